"""Fields become a row and come back without loss."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.db.rows import (
    DIGEST_COLUMNS,
    digest_revision,
    dump_json,
    fields_to_row,
    replace_surrogates,
    row_to_fields,
)
from storage.models import Confidence, Fields, Image, Link
from tests.support.make_looks import fields

FULL = fields(
    "Wing completes yearly river rescue drill",
    "First paragraph.\n\nSecond paragraph.",
    subtitle="Sub",
    byline="A. Maker",
    organization="Wing",
    dateline="SEOUL",
    section="News",
    tags=("a", "b"),
    article_id="100",
    published_raw="March 1, 2026",
    published_at=datetime(2026, 3, 1, 12, tzinfo=UTC),
    published_source="jss",
    images=(Image("https://x.mil/a.jpg", "caption"),),
    links=(Link("https://x.mil/a.pdf", "Annex", attachment=True),),
)
EMPTY = Fields("Title", (), "generic:1", Confidence.LOW, "json-ld")
TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize("read", [FULL, EMPTY])
def test_fields_come_back_as_they_were(read: Fields) -> None:
    assert row_to_fields(fields_to_row(read)) == read


@given(TEXT, st.lists(TEXT, max_size=3), st.none() | TEXT, st.none() | st.dates())
def test_any_text_comes_back(title: str, tags: list[str], byline: str | None, on: date | None) -> None:
    read = replace(FULL, title=title, tags=tuple(tags), byline=byline, published_on=on)
    assert row_to_fields(fields_to_row(read)) == read


def test_the_digest_of_a_row_covers_every_field() -> None:
    row = fields_to_row(FULL)
    assert set(DIGEST_COLUMNS) == set(row) - {"digest"}
    for name in DIGEST_COLUMNS:
        assert digest_revision(row | {name: "another"}) != row["digest"], name


def test_the_digest_does_not_depend_on_where_the_row_is() -> None:
    row = fields_to_row(FULL)
    assert digest_revision(row | {"id": 5, "posting_id": 6, "seq": 7}) == row["digest"]


def test_equal_text_has_an_equal_content_hash_whatever_else_differs() -> None:
    hashes = {fields_to_row(one)["content_hash"] for one in (FULL, replace(FULL, byline="B. Maker"))}
    assert len(hashes) == 1


def test_half_a_character_is_replaced_and_the_rest_stays() -> None:
    assert replace_surrogates("Zoë \ud83d news") == "Zoë ? news"
    assert replace_surrogates(None) is None
    assert dump_json(["한국어", "\ud83d"]) == '["한국어", "?"]'
    assert fields_to_row(replace(FULL, title="A \udc00 b"))["title"] == "A ? b"
