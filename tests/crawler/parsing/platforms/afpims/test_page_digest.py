"""An article that is recognized by its digest reads as it did; what changes a field changes the digest."""

import random
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.crawl import response
from crawler.parsing import reader, urls, verdicts
from crawler.parsing.html import ParseError
from crawler.parsing.platforms.afpims import article as afpims
from crawler.parsing.platforms.afpims import page_digest
from simulator import Post, Section, edits, practice_newsroom, truth
from simulator.edits import EditDesk
from simulator.responses import Request, answer_request
from simulator.sites import WRITING_STYLES
from storage.models import Address, Fields, Look, Page, PreviousRead, Role, Verdict
from tests.conftest import Sample, corpus_params
from tests.support.page_cases import list_pages, load_page

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
NEWSROOM = practice_newsroom(posts=120)
SITES = [site.name for site in NEWSROOM.sites]
BASES = {site.name: f"https://www.{site.name}.mil" for site in NEWSROOM.sites}


MADE_UP = {path.name: load_page(path) for path in list_pages("afpims", "article")}


def digest(page: Page) -> str | None:
    """Return the digest that a crawl would compare; None where it would not come so far."""
    try:
        return reader.read_page(page, "afpims").digest
    except (ParseError, ValueError):
        return None


def judged(page: Page, known: str | None = None) -> Look:
    held = PreviousRead(article_digest=known, revision_id=7) if known else None
    where = urls.parse_address(page.url)
    look = Look(Role.ARTICLE, where, NOON, Verdict.UNREACHABLE)
    return response.judge_page(look, page, "afpims", held)


def assert_recognized_alike(page: Page, other: Page) -> None:
    """Hold the law: what is recognized as another page's article is what reading it in full gives."""
    known = digest(page)
    assert known is not None
    short, full, first = judged(other, known), judged(other), judged(page)
    if short.revision_id is None:
        assert short == full
        return
    assert full.fields is not None
    assert first.fields is not None
    if not full.fields.has_end:  # a page that breaks off waits for its siblings: crawl/broken_pages.py
        return
    assert full.fields == first.fields
    assert full.verdict is first.verdict is Verdict.LIVE
    assert replace(short, revision_id=None, fields=full.fields, page_digest=None) == full
    by_page = recognized_by_page(page, other)
    assert by_page is None or by_page == short


def recognized_by_page(page: Page, other: Page) -> Look | None:
    """Return the look at another page where it is recognized by the first one as a whole."""
    first = judged(page, digest(page))
    held = PreviousRead(article_digest="none", revision_id=7, page_digest=first.page_digest)
    look = response.judge_page(
        Look(Role.ARTICLE, urls.parse_address(other.url), NOON, Verdict.UNREACHABLE), other, "afpims", held
    )
    return replace(look, article_digest=first.article_digest) if look.revision_id == 7 else None


@pytest.mark.parametrize("name", MADE_UP)
def test_a_page_is_recognized_as_itself(name: str) -> None:
    page = MADE_UP[name]
    known = digest(page)
    if judged(page).verdict is not Verdict.LIVE:
        return
    assert judged(page, known).revision_id == 7
    assert_recognized_alike(page, page)


@pytest.mark.parametrize("sample", corpus_params("print", "article"))
def test_a_real_page_is_recognized_as_itself(sample: Sample) -> None:
    if sample.label.get("platform", "afpims") != "afpims":
        pytest.skip("a page of another platform has no digest")
    page = Page(sample.label["url"], 200, (), sample.path.read_bytes())
    assert judged(page, digest(page)).revision_id == 7
    assert_recognized_alike(page, page)


@pytest.mark.parametrize("name", MADE_UP)
@settings(max_examples=6)
@given(data=st.data())
def test_what_is_recognized_reads_as_it_did_wherever_a_page_changes(name: str, data: st.DataObject) -> None:
    page = MADE_UP[name]
    if judged(page).verdict is not Verdict.LIVE:
        return
    content = page.content
    at = data.draw(st.integers(0, len(content)))
    until = min(len(content), at + data.draw(st.integers(0, 12)))
    put = data.draw(
        st.sampled_from([b"", b"x", b" ", b"<p>", b"</div>", b"class", b'"', b"<h1>X</h1>", b"%20"])
    )
    assert_recognized_alike(page, replace(page, content=content[:at] + put + content[until:]))


@pytest.mark.slow
@pytest.mark.parametrize("sample", corpus_params("print", "article"))
def test_what_is_recognized_of_a_real_page_reads_as_it_did(sample: Sample) -> None:
    page = Page(sample.label["url"], 200, (), sample.path.read_bytes())
    chance = random.Random(sample.path.name)
    for _ in range(3):
        at = chance.randrange(len(page.content))
        put = chance.choice([b"", b"x", b"<p>", b"</div>", b"%20"])
        assert_recognized_alike(page, replace(page, content=page.content[:at] + put + page.content[at + 3 :]))


def ordinary(name: str) -> tuple[Section, Post]:
    """Return a post of a site that has a day and some text."""
    return next(
        (section, post)
        for section, post in truth.list_posts(NEWSROOM.site(name))
        if post.absence is None and len(post.fields.paragraphs) > 3 and post.fields.published_on
    )


def shown(name: str, fields: Fields | None = None, noise: int = 1) -> Page:
    """Return a page of a practice site as it would be served, its post edited if asked for."""
    section, post = ordinary(name)
    newsroom = truth.with_changed_post(NEWSROOM, name, replace(post, fields=fields or post.fields))
    path = truth.post_path(section, post)
    body = answer_request(newsroom, Request(name, path, NOON, noise), BASES).body
    return Page(BASES[name] + path, 200, (), body)


@pytest.mark.parametrize("name", SITES)
def test_view_state_and_cache_numbers_leave_the_digest(name: str) -> None:
    one, other = shown(name, noise=1), shown(name, noise=4711)
    assert one.content != other.content
    assert digest(one) is not None
    assert digest(one) == digest(other)
    assert_recognized_alike(one, other)
    assert recognized_by_page(one, other) is not None


VALUES = st.text("0123456789", min_size=1, max_size=12).map(str.encode)
STATES = st.text("abcXYZ019+/=", min_size=1, max_size=30).map(str.encode)
PLACES = ('<img src="/a.jpg?{}">', "<p>Text ?{} more.</p>", "<!-- ?{} -->", "<script>x='?{}'</script>", "?{}")


@pytest.mark.parametrize("name", SITES)
@settings(max_examples=25)
@given(data=st.data())
def test_a_changing_value_anywhere_hides_no_change_of_the_article(name: str, data: st.DataObject) -> None:
    page = shown(name)
    at = data.draw(st.sampled_from([each.start() for each in re.finditer(b"<", page.content)]))
    place = data.draw(st.sampled_from(PLACES)).encode()
    kind = data.draw(st.sampled_from([b"cdv=", b"ver="]))

    def with_value() -> Page:
        put = place.replace(b"{}", kind + data.draw(VALUES))
        return replace(page, content=page.content[:at] + put + page.content[at:])

    one, other = with_value(), with_value()
    if judged(one).verdict is Verdict.LIVE:
        found, full = recognized_by_page(one, other), judged(other)
        assert found is None or full.verdict is Verdict.LIVE
        assert found is None or full.fields == judged(one).fields


@pytest.mark.parametrize("name", SITES)
@settings(max_examples=10)
@given(data=st.data())
def test_a_hidden_field_in_the_article_is_no_change_and_one_in_its_words_is(
    name: str, data: st.DataObject
) -> None:
    page = shown(name)
    field = b'<input type="hidden" name="__STATE" id="__STATE" value="%s" />'
    one, other = (field % data.draw(STATES) for _ in range(2))
    heading = page.content.rindex(b"</h1>")
    for start, end in ((b"", b""), (b"<img alt='", b"'>"), (b"<textarea>", b"</textarea>")):
        pages = [
            replace(page, content=page.content[:heading] + start + each + end + page.content[heading:])
            for each in (one, other)
        ]
        if judged(pages[0]).verdict is Verdict.LIVE:
            found = recognized_by_page(*pages)
            assert found is None or judged(pages[1]).fields == judged(pages[0]).fields
            assert found is not None or start or one == other


def test_a_picture_under_another_version_is_another_picture() -> None:
    page = shown("calder")
    article = page.content.replace(b"</h1>", b'</h1><img src="/Portals/9/a.jpg?ver=1a">', 1)
    known = judged(replace(page, content=article)).article_digest
    assert known is not None
    assert not page_digest.identifies_article(replace(page, content=article), known)


def test_a_page_that_is_not_utf_8_is_not_known_as_a_whole() -> None:
    page = shown("calder")
    assert page_digest.digest_page(replace(page, content=page.content + b"\xe9")) is None


def test_another_address_type_or_word_is_another_page() -> None:
    page = shown("calder")
    others = [
        replace(page, url=page.url + "?x=1"),
        replace(page, headers=(("content-type", "text/html; charset=latin-1"),)),
        replace(page, content=page.content + b" "),
    ]
    assert len({page_digest.digest_page(each) for each in (page, *others)}) == 4


@pytest.mark.parametrize("sort", edits.SORTS)
@pytest.mark.parametrize("name", SITES)
def test_every_edit_changes_the_digest(name: str, sort: str) -> None:
    before = shown(name)
    read = judged(before).fields
    known = digest(before)
    assert read is not None
    site, (_, post) = NEWSROOM.site(name), ordinary(name)
    after = edits.SORTS[sort].make(
        random.Random(1), post.fields, EditDesk(WRITING_STYLES[name], site.template)
    )
    if after is None:
        return
    page = shown(name, after)
    if judged(page).fields != read:
        assert digest(page) != known
        assert judged(page, known).revision_id is None


def test_an_address_in_another_spelling_changes_the_digest() -> None:
    """lxml writes both alike as HTML, but a picture's address is read from the tree."""
    page = MADE_UP["g4_command.html"]
    assert b"media.defense.gov/" in page.content
    one = replace(page, content=page.content.replace(b"media.defense.gov/", b"media.defense.gov/a b/"))
    other = replace(page, content=page.content.replace(b"media.defense.gov/", b"media.defense.gov/a%20b/"))
    assert digest(one) != digest(other)


@pytest.mark.parametrize(
    ("content", "status", "verdict"),
    [
        (b"<html><title>Just a moment...</title></html>", 200, Verdict.BLOCKED),
        (b"<html><title>Access Denied</title></html>", 403, Verdict.BLOCKED),
        (b"", 200, Verdict.UNREADABLE),
        (b"<html><h1>404 - page not found</h1></body></html>", 200, Verdict.SOFT_GONE),
        (b"gone", 404, Verdict.GONE),
        (b"later", 503, Verdict.SERVER_ERROR),
    ],
)
def test_a_known_digest_makes_no_other_page_live(content: bytes, status: int, verdict: Verdict) -> None:
    page = MADE_UP["g4_command.html"]
    result = judged(replace(page, content=content, status=status), digest(page))
    assert result.verdict is verdict
    assert (result.revision_id, result.article_digest) == (None, None)


def test_the_article_under_another_number_is_not_the_one_that_was_asked_for() -> None:
    page = MADE_UP["g4_command.html"]
    known = digest(page)
    other = Address("www.example.mil", "1", "https://www.example.mil/News/Article/1/")
    look = Look(Role.ARTICLE, other, NOON, Verdict.UNREACHABLE)
    result = response.judge_page(look, page, "afpims", PreviousRead(article_digest=known, revision_id=7))
    assert result.verdict is Verdict.SOFT_GONE


def test_a_recognized_page_still_states_its_address() -> None:
    page = shown("calder")
    assert judged(page, digest(page)).found_address == verdicts.find_stated_address(
        page, urls.parse_address(page.url)
    )


def test_a_new_version_of_the_parser_recognizes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    page = MADE_UP["g4_command.html"]
    known = digest(page)
    monkeypatch.setattr(afpims, "PARSER", "afpims:next")
    assert judged(page, known).fields is not None
