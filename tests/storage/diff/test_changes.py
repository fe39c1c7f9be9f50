"""What counts as a change, and when two postings are one release."""

import hashlib
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.diff import changes
from storage.models import Image, Link
from tests.support.make_looks import LONG, START, fields


def test_the_hash_is_sha256_over_folded_title_and_blocks_joined_by_line_feeds() -> None:
    expected = hashlib.sha256(b'A "title"\nfirst - block\nsecond').hexdigest()
    assert (
        changes.compute_content_hash("A  “title”", ["first\u00a0— block", " second\u200b "])
        == f"v1:{expected}"
    )


@pytest.mark.parametrize(
    "other",
    [
        "It\u2019s the wing's \u201cday\u201d - at last",
        "It's the wing\u02bcs".replace("\u02bc", "\u2018") + ' "day" \u2013 at last',
        "It's  the\u00a0wing's \u200b\u201cday\u201d\u00ad \u2014 at\nlast ",
        "It's the wing's \uff02day\uff02 \u2212 at last",
    ],
)
def test_quote_dash_and_space_style_is_not_an_edit(other: str) -> None:
    plain = "It's the wing's \"day\" - at last"
    assert changes.compute_content_hash("T", [plain]) == changes.compute_content_hash("T", [other])
    assert not changes.list_changes(fields(body=plain), fields(body=other))


def test_dateline_date_byline_and_tags_take_no_part_in_the_hash_and_are_changes_all_the_same() -> None:
    before = fields()
    after = replace(
        before, dateline="SEOUL", published_on=date(2026, 3, 2), byline="A. Writer", tags=("rescue",)
    )
    assert changes.compute_content_hash(before.title, before.paragraphs) == changes.compute_content_hash(
        after.title, after.paragraphs
    )
    assert [change.field for change in changes.list_changes(before, after)] == [
        "published",
        "byline",
        "dateline",
        "tags",
    ]


def test_changes_tell_both_sides_as_they_are() -> None:
    (change,) = changes.list_changes(fields(title="Four  aircraft"), fields(title="Five “aircraft”"))
    assert (change.field, change.before, change.after) == ("title", "Four  aircraft", "Five “aircraft”")


def test_order_of_tags_pictures_and_links_is_not_an_edit() -> None:
    one, two = Image("https://m.example.mil/1.jpg"), Image("https://m.example.mil/2.jpg", "caption")
    page, file = (
        Link("https://a.example.mil/", "a"),
        Link("https://a.example.mil/f.pdf", "f", attachment=True),
    )
    before = fields(tags=("a", "b"), images=(one, two), links=(page, file))
    assert not changes.list_changes(before, fields(tags=("b", "a"), images=(two, one), links=(file, page)))
    assert [c.field for c in changes.list_changes(before, fields(tags=("a", "b")))] == [
        "images",
        "attachments",
        "links",
    ]


def test_a_time_of_day_is_never_an_edit() -> None:
    assert not changes.list_changes(fields(), fields(published_at=START, published_source="jss"))


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert changes.normalize_text(changes.normalize_text(text)) == changes.normalize_text(text)


@given(st.text(), st.lists(st.text(), max_size=4))
def test_a_hash_is_the_same_for_blocks_cut_at_blank_lines(title: str, blocks: list[str]) -> None:
    joined = "\n\n".join(blocks)
    assert changes.compute_content_hash(title, [joined]) == changes.compute_content_hash(
        title, joined.split("\n\n")
    )


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        ("Wing holds drill", "WING HOLDS DRILL", True),
        ("Wing holds “drill”", 'Wing holds "drill"', True),
        ("Wing holds a yearly drill", "Wing holds a yearly drill on the river", True),
        ("Wing", "Wing holds drill", False),
        ("Wing holds drill", "Wing cancels drill", False),
        ("訓練を実施", "訓練を実施", True),
        ("訓練を実施", "訓練を中止", False),
        ("!!!", "???", False),
    ],
)
def test_titles_agree_when_they_say_the_same_words_or_one_is_cut(one: str, other: str, agree: bool) -> None:
    assert changes.have_same_title(one, other) is agree
    assert changes.have_same_title(other, one) is agree


def test_the_same_words_are_one_release_on_one_day_or_when_they_are_many() -> None:
    week, next_week = fields("AF Week in Photos"), fields("AF Week in Photos", on=date(2026, 3, 8))
    assert changes.is_same_release(week, week)
    assert not changes.is_same_release(week, next_week)
    assert changes.is_same_release(fields(body=LONG), fields(body=LONG, on=None))
    assert not changes.is_same_release(fields(on=None), fields(on=None))


def test_two_hundred_japanese_signs_pass_for_a_hundred_words() -> None:
    assert changes.is_long_text(fields(body="訓" * 200))
    assert not changes.is_long_text(fields(body="訓" * 199))
