"""Pages that break off in their text: unreadable, unless two siblings of the run show the site's way."""

from dataclasses import replace

import pytest

from crawler.crawl import broken_pages
from crawler.crawl.broken_pages import BrokenPages
from storage.models import Fields, Look, Page, Role, Verdict
from tests.support.make_looks import address, after, fields

PARAGRAPHS = ("The first paragraph is made up.", "The second one tells more.")
WHOLE = replace(fields(), paragraphs=PARAGRAPHS)
HALF = replace(WHOLE, paragraphs=("The first paragraph is made up.", "The sec"), has_end=False)
OTHER = replace(WHOLE, paragraphs=("Quite another text stands here.", PARAGRAPHS[1]), has_end=False)
OPEN_PAGE = b"<html><body><p>"


def look(number: str, read: Fields | None, content: bytes = OPEN_PAGE) -> Look:
    where = address(number)
    page = Page(where.url, 200, (("content-type", "text/html"),), content)
    return Look(Role.ARTICLE, where, after(1), Verdict.LIVE, "wing-news", 1, page, read)


def pages_of(known: Fields | None) -> BrokenPages:
    return BrokenPages(lambda look: known)


def test_half_a_known_text_waits_and_is_unreadable_at_the_end() -> None:
    pages = pages_of(WHOLE)
    assert pages.sort_look(look("1", HALF)) == ()
    assert pages.held_keys == {"1"}
    (broken,) = pages.release_rest()
    assert (broken.verdict, broken.reason) == (Verdict.UNREADABLE, "the page breaks off")
    assert (broken.fields, broken.is_damaged, pages.release_rest()) == (None, True, ())


def test_two_siblings_without_the_end_show_the_way_of_the_site() -> None:
    pages = pages_of(WHOLE)
    first = look("1", OTHER)
    assert pages.sort_look(first) == ()
    same = look("2", replace(WHOLE, has_end=False))  # the text that we know
    assert pages.sort_look(same) == (same,)
    third = look("3", OTHER)
    assert pages.sort_look(third) == (first, third)
    assert pages.release_rest() == ()


def test_one_posting_seen_often_is_no_sibling_of_itself() -> None:
    pages = pages_of(WHOLE)
    assert [pages.sort_look(look("1", OTHER)) for _ in range(4)] == [(), (), (), ()]
    assert all(one.verdict is Verdict.UNREADABLE for one in pages.release_rest())


def test_half_of_a_text_that_was_whole_is_never_the_way_of_the_site() -> None:
    pages = pages_of(WHOLE)
    saved = [one for number in "123" for one in pages.sort_look(look(number, HALF))]
    assert [one.verdict for one in saved] == [Verdict.UNREADABLE] * 3


def test_a_site_that_never_closed_its_page_is_read() -> None:
    pages = pages_of(replace(WHOLE, has_end=False))
    one = look("1", OTHER)
    assert pages.sort_look(one) == (one,)


def test_two_cuts_of_one_text_are_no_edit() -> None:
    pages = pages_of(HALF)
    longer = replace(HALF, paragraphs=("The first paragraph is made up.", "The second one te"))
    assert pages.sort_look(look("1", longer)) == ()


@pytest.mark.parametrize("known", [None, WHOLE])
def test_first_looks_and_whole_pages_are_saved_at_once(known: Fields | None) -> None:
    pages = pages_of(known)
    one = look("1", HALF) if known is None else look("1", WHOLE, b"<html></html>")
    assert pages.sort_look(one) == (one,)


def test_only_so_many_pages_wait() -> None:
    pages = pages_of(WHOLE)
    for _ in range(broken_pages.MOST_HELD):
        assert pages.sort_look(look("1", OTHER)) == ()
    (oldest,) = pages.sort_look(look("1", OTHER))
    assert oldest.verdict is Verdict.UNREADABLE
