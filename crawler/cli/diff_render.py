"""Differences on a terminal: colour where there is any, `[-removed-]` and `{+added+}` where there is none."""

from collections.abc import Iterator, Sequence
from typing import Final

from rich.console import Console
from rich.text import Text

from crawler.cli.terminal import COLUMN, safe
from storage.diff.fields import FieldDiff, field_diff
from storage.diff.lines import Line, Mark, Piece, lines
from storage.diff.paragraphs import PassageKind
from storage.models import Change

# Struck and underlined as well: red and green are one colour to one reader in twelve.
STYLES: Final = {Mark.REMOVED: "red strike", Mark.ADDED: "green underline", Mark.OMITTED: "dim"}
SIGNS: Final = {Mark.REMOVED: ("[-", "-]"), Mark.ADDED: ("{+", "+}")}
REMARKS: Final = {PassageKind.MOVED: "(moved here) ", PassageKind.REFLOWED: "(cut into other paragraphs) "}


def print_changes(changes: Sequence[Change], console: Console, indent: int = 2) -> None:
    """Print fields that differ, words in colour."""
    for change in changes:
        print_field(field_diff(change), console, indent)


def print_field(found: FieldDiff, console: Console, indent: int = 2) -> None:
    """Print what differs in a field: short ones on the line of their name, others below it."""
    shown = list(shown_lines(found, coloured=is_coloured(console)))
    space = " " * indent
    width = max(min(COLUMN, console.width) - indent, 20)
    if len(shown) == 1 and len(found.field) + 2 + shown[0].cell_len <= width and "\n" not in shown[0].plain:
        console.print(Text.assemble(space, (f"{found.field}: ", "bold"), shown[0]), soft_wrap=True)
        return
    console.print(Text.assemble(space, (found.field, "bold")))
    for line in shown:
        for part in line.wrap(console, width - 2):
            part.rstrip()
            console.print(Text.assemble(space, "  ", part), soft_wrap=True)


def shown_lines(found: FieldDiff, *, coloured: bool) -> Iterator[Text]:
    """Yield the lines of a field as a terminal shows them; stored text cannot steer it."""
    for line in lines(found):
        yield _line(line, coloured=coloured)


def is_coloured(console: Console) -> bool:
    """Tell whether colours will be seen."""
    return console.color_system is not None and not console.no_color


def _line(line: Line, *, coloured: bool) -> Text:
    if line.kind is PassageKind.KEPT:
        many = "1 paragraph" if line.kept == 1 else f"{line.kept} paragraphs"
        return Text(f"… {many} unchanged …", style="dim")
    shown = Text().append(REMARKS.get(line.kind, ""), style="dim")
    for piece in line.pieces:
        shown.append_text(_piece(piece, coloured=coloured))
    return shown


def _piece(piece: Piece, *, coloured: bool) -> Text:
    text = safe(piece.text)
    if not coloured and piece.mark in SIGNS:
        before, after = SIGNS[piece.mark]
        return Text(f"{before}{text}{after}")
    return Text(text, style=STYLES.get(piece.mark, ""))
