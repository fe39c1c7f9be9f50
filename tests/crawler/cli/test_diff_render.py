"""Differences on a terminal: changed words are marked, and stored text cannot control the terminal."""

import io

from rich.console import Console

from crawler.cli import diff_render
from storage.models import Change


def render(change: Change, *, coloured: bool = False, width: int = 80) -> str:
    """Return what a terminal of a width shows of a change."""
    written = io.StringIO()
    system = "standard" if coloured else None
    console = Console(file=written, width=width, color_system=system, force_terminal=coloured)  # type: ignore[arg-type]  # rich wants a literal
    diff_render.print_changes([change], console)
    return written.getvalue()


def test_a_short_field_stays_on_the_line_of_its_name() -> None:
    assert (
        render(Change("title", "Ten ships sail", "Two ships sail")) == "  title: [-Ten-]{+Two+} ships sail\n"
    )


def test_a_long_field_is_wrapped_below_its_name() -> None:
    lines = render(Change("title", "Ten ships " * 9, "Two ships " * 9), width=40).splitlines()
    assert lines[0] == "  title"
    assert all(line.startswith("    ") and len(line) <= 40 for line in lines[1:])


def test_unchanged_paragraphs_are_counted() -> None:
    before = ["One.", "Two.", "Three hundred came."]
    shown = render(Change("body", before, [*before[:2], "Four hundred came."]))
    assert "… 2 paragraphs unchanged …" in shown
    assert "[-Three-]{+Four+} hundred came." in shown


def test_colours_take_the_place_of_signs() -> None:
    shown = render(Change("title", "Ten ships", "Two ships"), coloured=True)
    assert "\x1b[9;31mTen" in shown
    assert "[-" not in shown


def test_control_characters_are_written_out() -> None:
    assert "\x1b" not in render(Change("title", "Ten", "\x1b[2JTwo"))
    assert "\\x1b[2J" in render(Change("title", "Ten", "\x1b[2JTwo"))
