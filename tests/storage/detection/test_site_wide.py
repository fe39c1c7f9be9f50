"""What changed everywhere is one change of the site, what changed somewhere is an edit."""

import pytest

from storage.detection.shared_passages import Reach, digest_passage
from storage.detection.site_wide import (
    PostingEdit,
    RecentEdits,
    SiteChange,
    find_gradual_changes,
    list_kept_passages,
    separate_edits,
    separate_gradual_edits,
)
from storage.models import Change

OLD, NEW = "Notice: the office is closed.", "Notice: the office is open."


def edit(posting: int, field: str, before: object, after: object) -> PostingEdit:
    return PostingEdit(f"p{posting:04}", (Change(field, before, after),))


def body(posting: int, *paragraphs: str) -> str:
    return "\n\n".join(
        (*paragraphs, f"Story {posting} tells of crew {posting}.", f"It ends on page {posting}.")
    )


def existing(change: SiteChange | None) -> SiteChange:
    assert change is not None
    return change


def test_a_banner_swapped_on_a_thousand_postings_is_one_change_and_no_edit() -> None:
    edits = [edit(n, "body", body(n, OLD), body(n, NEW)) for n in range(1_000)]
    separated = separate_edits(edits, looked_at=1_000)
    assert separated.edits == ()
    assert existing(separated.site_change).postings == 1_000
    assert existing(separated.site_change).sample == ("p0000", "p0001", "p0002", "p0003", "p0004")


@pytest.mark.parametrize(("before", "after"), [((), (NEW,)), ((OLD,), ())])
def test_a_notice_that_came_or_went_is_no_edit(before: tuple[str, ...], after: tuple[str, ...]) -> None:
    edits = [edit(n, "body", body(n, *before), body(n, *after)) for n in range(30)]
    assert separate_edits(edits, looked_at=100).edits == ()


def test_a_notice_inside_the_sentences_of_half_the_postings_is_no_edit() -> None:
    edits = [edit(n, "body", f"Story {n} starts.", f"ARCHIVED Story {n} starts.") for n in range(60)]
    assert separate_edits(edits, looked_at=100).edits == ()


@pytest.mark.parametrize("office", ["8th Office", "Office {}"])
def test_a_new_byline_format_is_no_edit(office: str) -> None:
    edits = [edit(n, "byline", f"By Writer {n}", f"By Writer {n}, {office.format(n)}") for n in range(50)]
    separated = separate_edits(edits, looked_at=60)
    assert separated.edits == ()
    assert {passage.reach for passage in existing(separated.site_change).passages} == {Reach.FORMAT}


def test_all_names_replaced_by_one_is_the_sites_doing() -> None:
    edits = [edit(n, "byline", f"By Writer {n}", "By Staff") for n in range(50)]
    assert separate_edits(edits, looked_at=60).edits == ()


def test_pictures_on_a_new_host_are_no_edit() -> None:
    edits = [
        edit(n, "images", (f"https://old.example.mil/{n}.jpg",), (f"https://new.example.mil/{n}.jpg",))
        for n in range(20)
    ]
    assert separate_edits(edits, looked_at=20).edits == ()


def test_a_tag_taken_off_everywhere_is_no_edit() -> None:
    edits = [edit(n, "tags", ("Theme", f"Tag {n}"), (f"Tag {n}",)) for n in range(30)]
    assert separate_edits(edits, looked_at=30).edits == ()


@pytest.mark.parametrize("looked_at", [3, 10, 1_000])
def test_three_different_edits_in_one_run_are_three_edits(looked_at: int) -> None:
    edits = [
        edit(1, "body", body(1, "Five boats sank."), body(1, "Six boats sank.")),
        edit(2, "body", body(2, "He stayed."), body(2)),
        edit(3, "byline", "By A. Writer", "By B. Writer"),
    ]
    separated = separate_edits(edits, looked_at)
    assert separated.site_change is None
    assert list(separated.edits) == edits


def test_the_same_name_corrected_in_four_releases_of_ten_is_four_edits() -> None:
    edits = [edit(n, "body", f"Story {n} by Smith.", f"Story {n} by Smyth.") for n in range(4)]
    assert list(separate_edits(edits, looked_at=10).edits) == edits


def test_different_writers_put_in_at_once_are_edits() -> None:
    edits = [edit(n, "byline", "By Staff", f"By Writer {n}") for n in range(8)]
    assert separate_edits(edits, looked_at=10).site_change is None


def test_a_comma_in_every_edit_does_not_hide_them() -> None:
    edits = [edit(n, "body", f"Boat {n} sank here.", f"Boat {n + 50} sank, here.") for n in range(9)]
    separated = separate_edits(edits, looked_at=10)
    assert separated.site_change is None
    assert len(separated.edits) == 9


def test_the_same_paragraph_on_both_copies_of_a_story_is_an_edit_of_each() -> None:
    edits = [edit(n, "body", body(n), body(n, "Update: all are well.")) for n in range(2)]
    assert separate_edits(edits, looked_at=2).site_change is None


def test_an_edit_under_a_new_banner_remains_without_the_banner() -> None:
    edits = [edit(n, "body", body(n, OLD), body(n, NEW)) for n in range(30)]
    edits[4] = edit(4, "body", body(4, OLD, "Five boats sank."), body(4, NEW, "Six boats sank."))
    separated = separate_edits(edits, looked_at=30)
    assert existing(separated.site_change).postings == 30
    assert separated.edits == (edit(4, "body", body(4, "Five boats sank."), body(4, "Six boats sank.")),)


def test_other_fields_of_a_posting_under_a_new_banner_remain() -> None:
    edits = [edit(n, "body", body(n, OLD), body(n, NEW)) for n in range(30)]
    own = Change("title", "A title", "Another title")
    edits[4] = PostingEdit(edits[4].posting, (*edits[4].changes, own))
    assert separate_edits(edits, looked_at=30).edits == (PostingEdit("p0004", (own,)),)


def test_postings_looked_at_in_a_later_run_are_not_told_again() -> None:
    first = existing(
        separate_edits(
            [edit(n, "body", body(n, OLD), body(n, NEW)) for n in range(30)], looked_at=30
        ).site_change
    )
    known = frozenset(passage for passage in first.passages if passage.is_kept_for_later)
    later = separate_edits([edit(77, "body", body(77, OLD), body(77, NEW))], looked_at=1, known=known)
    assert (later.site_change, later.edits) == (None, ())


def test_words_within_sentences_are_not_remembered() -> None:
    edits = [edit(n, "title", f"Plan {n} of 2024", f"Plan {n} of 2025") for n in range(20)]
    assert not any(
        passage.is_kept_for_later
        for passage in existing(separate_edits(edits, looked_at=20).site_change).passages
    )


def notice(posting: int) -> PostingEdit:
    change = Change("body", body(posting), body(posting, NEW))
    return PostingEdit(str(posting), (change,))


def test_a_notice_met_one_posting_at_a_time_is_site_wide_at_the_third() -> None:
    (passage,) = (one for one in list_kept_passages(notice(1)) if one.reach is Reach.EDGE)
    for earlier, is_found in ((frozenset({2}), False), (frozenset({2, 3}), True)):
        recent = RecentEdits({digest_passage(passage): earlier}, compared=10)
        assert (passage in find_gradual_changes([notice(1)], recent)) is is_found


def test_a_notice_met_gradually_is_no_edit_and_names_its_postings() -> None:
    (passage,) = (one for one in list_kept_passages(notice(1)) if one.reach is Reach.EDGE)
    recent = RecentEdits({digest_passage(passage): frozenset({2, 3})}, compared=10)
    separated = separate_gradual_edits(separate_edits([notice(1)], looked_at=1), 1, recent)
    assert separated.edits == ()
    assert existing(separated.site_change).sample == ("1", "2", "3")


def test_gradual_changes_need_a_share_of_all_that_was_compared() -> None:
    (passage,) = (one for one in list_kept_passages(notice(1)) if one.reach is Reach.EDGE)
    recent = RecentEdits({digest_passage(passage): frozenset({2, 3})}, compared=100)
    edits = separate_edits([notice(1)], looked_at=1)
    assert separate_gradual_edits(edits, 1, recent) is edits


def insert(posting: int, *paragraphs: str) -> PostingEdit:
    """Return a posting with paragraphs put in between its own."""
    own = body(posting).split("\n\n")
    after = "\n\n".join((own[0], *paragraphs, own[1]))
    return edit(posting, "body", body(posting), after)


CORRECTION = "Correction: the bridge was opened in May."


@pytest.mark.parametrize(("edited", "looked_at"), [(3, 9), (4, 9), (14, 30), (60, 300)])
def test_a_sentence_put_into_fewer_than_half_of_the_texts_is_an_edit_of_each(
    edited: int, looked_at: int
) -> None:
    edits = [insert(n, CORRECTION) for n in range(edited)]
    separated = separate_edits(edits, looked_at)
    assert separated.site_change is None
    assert list(separated.edits) == edits
    assert len(separated.shared_with["p0001"]) == edited - 1


@pytest.mark.parametrize(("edited", "looked_at"), [(5, 9), (15, 30), (150, 300)])
def test_a_sentence_put_into_half_of_the_texts_is_the_sites_doing(edited: int, looked_at: int) -> None:
    separated = separate_edits([insert(n, CORRECTION) for n in range(edited)], looked_at)
    assert separated.edits == ()
    assert existing(separated.site_change).postings == edited


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize(("edited", "looked_at"), [(3, 9), (6, 30), (60, 300)])
def test_a_notice_above_or_below_a_fifth_of_the_texts_is_the_sites_doing(
    edited: int, looked_at: int, is_first: bool
) -> None:
    edits = [
        edit(n, "body", body(n), f"{NEW}\n\n{body(n)}" if is_first else f"{body(n)}\n\n{NEW}")
        for n in range(edited)
    ]
    separated = separate_edits(edits, looked_at)
    assert separated.edits == ()
    assert separated.site_parts["p0002"].changes == (Change("body", None, NEW),)


def test_what_is_a_notice_above_most_texts_is_one_within_a_text_too() -> None:
    edits = [edit(n, "body", body(n), body(n, NEW)) for n in range(28)] + [insert(40, NEW)]
    separated = separate_edits(edits, looked_at=30)
    assert separated.edits == ()
    assert len(existing(separated.site_change).passages) == 1


def test_a_link_in_a_correction_is_told_with_it() -> None:
    link = Change("links", (), ("https://www.wing.example.mil/bridge/",))
    edits = [PostingEdit(f"p{n}", (*insert(n, CORRECTION).changes, link)) for n in range(3)]
    separated = separate_edits(edits, looked_at=9)
    assert separated.site_change is None
    assert list(separated.edits) == edits


def test_an_own_edit_under_a_notice_is_no_part_of_the_sites_doing() -> None:
    edits = [edit(n, "body", body(n, OLD), body(n, NEW)) for n in range(30)]
    edits[4] = edit(4, "body", body(4, OLD, "Five boats sank."), body(4, NEW, "Six boats sank."))
    assert separate_edits(edits, 30).site_parts["p0004"].changes == (Change("body", OLD, NEW),)


def test_equal_words_put_into_different_sentences_are_shared_and_a_comma_is_not() -> None:
    numbers = [edit(n, "body", f"Story {n}: 20 ran.", f"Story {n}: 30 ran.") for n in (1, 2)]
    commas = [edit(n, "body", f"Story {n} it ran.", f"Story {n} it, ran.") for n in (3, 4)]
    assert separate_edits([*numbers, *commas], 30).shared_with.keys() == {"p0001", "p0002"}
