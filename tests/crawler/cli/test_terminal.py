"""Stored text is somebody else's: it must never steer the terminal, and markup in it is only text."""

import io
import json
from datetime import UTC, date, datetime

import pytest
from rich.console import Console

from crawler.cli.terminal import escape_controls, escape_line, format_json, make_cell, make_table
from storage.models import Image


@pytest.mark.parametrize("steering", ["\x1b[2J", "\x9b31m", "\x07", "\r", "\x08", "\u202e", "\u2066", "\x7f"])
def test_control_characters_never_reach_the_terminal_raw(steering: str) -> None:
    assert steering[0] not in escape_controls(f"before{steering}after")
    assert steering[0] not in escape_line(f"before{steering}after")
    assert steering[0] not in format_json({"title": f"before{steering}after"})


def test_json_keeps_the_characters_it_escapes() -> None:
    title = "\x1b[31m \x9b \u202e 한국 “quoted”"
    assert json.loads(format_json(title)) == title


def test_korean_stays_readable_in_json() -> None:
    assert "한국" in format_json("한국")


def test_line_ends_in_a_title_become_spaces() -> None:
    assert escape_line("  two\n lines\t") == "two lines"


def test_markup_in_a_title_is_text() -> None:
    assert make_cell("[red]Alert[/red] [link=x]").plain == "[red]Alert[/red] [link=x]"


def test_a_table_shows_markup_and_nothing_as_they_are() -> None:
    written = io.StringIO()
    Console(file=written, width=60).print(make_table(("title", "day"), [("[bold]x", None)]))
    assert "[bold]x" in written.getvalue()
    assert "None" not in written.getvalue()


def test_days_instants_and_records_have_a_form_in_json() -> None:
    value = [
        date(2026, 11, 22),
        datetime(2026, 11, 22, 14, tzinfo=UTC),
        Image("https://www.example.mil/1.jpg"),
    ]
    day, instant, image = json.loads(format_json(value))
    assert (day, instant) == ("2026-11-22", "2026-11-22T14:00:00Z")
    assert image == {"url": "https://www.example.mil/1.jpg", "caption": None, "credit": None, "virin": None}
