"""Prints differences: in colour where there is colour, else as `[-removed-]` and `{+added+}`."""

from collections.abc import Iterator, Sequence
from typing import Final

from rich.console import Console
from rich.text import Text

from crawler.cli.terminal import TEXT_WIDTH, escape_controls
from storage.diff.fields import FieldDiff, diff_field
from storage.diff.lines import DiffLine, MarkedText, WordMark, list_diff_lines
from storage.diff.paragraphs import PassageKind
from storage.models import Change

# Struck through and underlined as well: one man in twelve cannot tell red from green.
STYLES: Final = {WordMark.REMOVED: "red strike", WordMark.ADDED: "green underline", WordMark.OMITTED: "dim"}
SIGNS: Final = {WordMark.REMOVED: ("[-", "-]"), WordMark.ADDED: ("{+", "+}")}
REMARKS: Final = {PassageKind.MOVED: "(moved here) ", PassageKind.REFLOWED: "(paragraph breaks changed) "}


def print_changes(changes: Sequence[Change], console: Console, indent: int = 2) -> None:
    """Print the fields that differ, with the changed words marked."""
    for change in changes:
        print_field(diff_field(change), console, indent)


def print_field(found: FieldDiff, console: Console, indent: int = 2) -> None:
    """Print what differs in a field: beside its name if it fits on one line, else below it."""
    shown = list(render_lines(found, coloured=is_coloured(console)))
    space = " " * indent
    width = max(min(TEXT_WIDTH, console.width) - indent, 20)
    if len(shown) == 1 and len(found.field) + 2 + shown[0].cell_len <= width and "\n" not in shown[0].plain:
        console.print(Text.assemble(space, (f"{found.field}: ", "bold"), shown[0]), soft_wrap=True)
        return
    console.print(Text.assemble(space, (found.field, "bold")))
    for line in shown:
        for part in line.wrap(console, width - 2):
            part.rstrip()
            console.print(Text.assemble(space, "  ", part), soft_wrap=True)


def render_lines(found: FieldDiff, *, coloured: bool) -> Iterator[Text]:
    """Yield the lines of a field with their marks; control characters in stored text are written out."""
    for line in list_diff_lines(found):
        yield _render_line(line, coloured=coloured)


def is_coloured(console: Console) -> bool:
    """Return whether the console shows colours."""
    return console.color_system is not None and not console.no_color


def _render_line(line: DiffLine, *, coloured: bool) -> Text:
    if line.kind is PassageKind.KEPT:
        count = line.unchanged_paragraphs
        return Text(f"… {count} {'paragraph' if count == 1 else 'paragraphs'} unchanged …", style="dim")
    shown = Text().append(REMARKS.get(line.kind, ""), style="dim")
    for piece in line.parts:
        shown.append_text(_render_part(piece, coloured=coloured))
    return shown


def _render_part(piece: MarkedText, *, coloured: bool) -> Text:
    text = escape_controls(piece.text)
    if not coloured and piece.mark in SIGNS:
        before, after = SIGNS[piece.mark]
        return Text(f"{before}{text}{after}")
    return Text(text, style=STYLES.get(piece.mark, ""))
