"""Exports say what is stored, once, and no spreadsheet runs them."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import date

import pytest

from storage.queries import export, releases
from storage.queries.filters import Filter
from storage.store import Store
from tests.support.sample_database import HOSTILE, JAPAN, KOREA, make_sample


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = make_sample(tmp_path_factory.mktemp("export") / "milwire.db")
    yield opened
    opened.close()


def lines(store: Store, wanted: Filter) -> list[dict[str, object]]:
    out = io.StringIO()
    written = export.write_json_lines(store, out, wanted)
    found = [json.loads(line) for line in out.getvalue().splitlines()]
    assert written == len(found)
    return found


def rows(store: Store, wanted: Filter) -> list[dict[str, str]]:
    out = io.StringIO(newline="")
    written = export.write_csv(store, out, wanted)
    found = list(csv.DictReader(io.StringIO(out.getvalue(), newline="")))
    assert written == len(found)
    return found


def test_json_lines_hold_every_release_whole(store: Store) -> None:
    found = lines(store, Filter())
    assert [one["id"] for one in found] == [one.id for one in releases.list_releases(store)]
    exercise = next(one for one in found if one["title"] == "Exercise ends")
    assert exercise["published_on"] == "2026-01-30"
    assert exercise["first_seen_at"] == "2026-01-31T10:01:00Z"
    assert exercise["tags"] == ["exercise"]
    assert exercise["sources"] == [JAPAN, KOREA]
    assert exercise["images"] == [
        {
            "url": "https://media.example.mil/a.jpg",
            "caption": f"A caption {HOSTILE}",
            "credit": "Photo by A. Maker",
            "virin": None,
        }
    ]
    assert str(exercise["body"]).count("\n\n") == 1


def test_text_stays_readable_in_json_lines(store: Store) -> None:
    out = io.StringIO()
    export.write_json_lines(store, out, Filter(source=JAPAN))
    assert "横田基地" in out.getvalue()


def test_csv_holds_the_same_releases(store: Store) -> None:
    wanted = Filter(source=JAPAN, since=date(2025, 1, 1))
    assert [one["title"] for one in rows(store, wanted)] == [one["title"] for one in lines(store, wanted)]
    (japanese, exercise) = rows(store, wanted)
    assert japanese["body"] == "横田基地で日米共同訓練が行われました。"
    assert exercise["sources"].split("\n") == [JAPAN, KOREA]


def test_no_stored_text_becomes_a_formula(store: Store) -> None:
    texts = [value for row in rows(store, Filter()) for value in row.values()]
    assert "'=Range hours change" in texts
    assert "'-Range" in texts
    assert not [text for text in texts if text.lstrip().startswith(("=", "+", "-", "@"))]


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1", "＠x"]
)
def test_a_cell_that_looks_like_a_formula_begins_with_an_apostrophe(text: str) -> None:
    assert export.escape_cell(text) == f"'{text}"


@pytest.mark.parametrize(("value", "text"), [(None, ""), (7, "7"), ("1 - 1", "1 - 1"), ("", "")])
def test_other_cells_stay_as_they_are(value: object, text: str) -> None:
    assert export.escape_cell(value) == text


def test_nothing_wanted_is_a_header_alone(store: Store) -> None:
    out = io.StringIO(newline="")
    assert export.write_csv(store, out, Filter(source="nobody")) == 0
    assert out.getvalue().strip() == ",".join(export.COLUMNS)
    assert lines(store, Filter(source="nobody")) == []


CONTROLS = "".join(map(chr, (0x1B, 0x7F, 0x85, 0x9B, 0x061C, 0x200E, 0x200F, 0x202E, 0x2028, 0x2066, 0x2069)))


def test_no_export_holds_a_control_character_or_a_direction_mark() -> None:
    cell, line = export.escape_cell(f"a{CONTROLS}b\n"), export.format_json_line({"a": f"a{CONTROLS}b"})
    assert not set(CONTROLS) & set(cell + line)
    assert cell.startswith("a\\u001b\\u007f\\u0085")
    assert cell.endswith("b\n")
    assert json.loads(line) == {"a": f"a{CONTROLS}b"}
