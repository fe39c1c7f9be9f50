"""An article that is recognised by its digest reads as it did; what changes a field changes the digest."""

import json
import random
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler import looks, reading, urls, verdicts
from crawler.html import ParseError
from crawler.platforms import afpims
from simulator import Post, Section, edits, practice_newsroom, truth
from simulator.answers import Request, answer
from simulator.casting import VOICES
from simulator.edits import Desk
from storage.records import Address, Fields, Look, Page, Role, Verdict
from storage.validators import Held
from tests.conftest import Sample, corpus_params
from tests.page_cases import cases

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
NEWSROOM = practice_newsroom(posts=120)
SITES = [site.name for site in NEWSROOM.sites]
BASES = {site.name: f"https://www.{site.name}.mil" for site in NEWSROOM.sites}


def made_up(path: Path) -> Page:
    case = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    return Page(case["url"], case.get("status", 200), (), path.read_bytes())


MADE_UP = {path.name: made_up(path) for path in cases("afpims")}


def digest(page: Page) -> str | None:
    """Return the digest that a crawl would compare; None where it would not come so far."""
    try:
        return reading.read(page, "afpims").digest
    except (ParseError, ValueError):
        return None


def judged(page: Page, known: str | None = None) -> Look:
    held = Held(digest=known, revision_id=7) if known else None
    where = urls.address(page.url)
    look = Look(Role.ARTICLE, where, NOON, Verdict.UNREACHABLE)
    return looks.judged(look, page, "afpims", held)


def assert_recognised_alike(page: Page, other: Page) -> None:
    """Hold the law: what is recognised as another page's article is what reading it in full gives."""
    known = digest(page)
    assert known is not None
    short, full, first = judged(other, known), judged(other), judged(page)
    if short.revision_id is None:
        assert short == full
        return
    assert full.fields == first.fields
    assert full.verdict is first.verdict is Verdict.LIVE
    assert replace(short, revision_id=None, fields=full.fields) == full


@pytest.mark.parametrize("name", MADE_UP)
def test_a_page_is_recognised_as_itself(name: str) -> None:
    page = MADE_UP[name]
    known = digest(page)
    if judged(page).verdict is not Verdict.LIVE:
        return
    assert judged(page, known).revision_id == 7
    assert_recognised_alike(page, page)


@pytest.mark.parametrize("sample", corpus_params("print", "article"))
def test_a_real_page_is_recognised_as_itself(sample: Sample) -> None:
    page = Page(sample.label["url"], 200, (), sample.path.read_bytes())
    assert judged(page, digest(page)).revision_id == 7
    assert_recognised_alike(page, page)


@pytest.mark.parametrize("name", MADE_UP)
@settings(max_examples=6)
@given(data=st.data())
def test_what_is_recognised_reads_as_it_did_wherever_a_page_changes(name: str, data: st.DataObject) -> None:
    page = MADE_UP[name]
    if judged(page).verdict is not Verdict.LIVE:
        return
    content = page.content
    at = data.draw(st.integers(0, len(content)))
    until = min(len(content), at + data.draw(st.integers(0, 12)))
    put = data.draw(
        st.sampled_from([b"", b"x", b" ", b"<p>", b"</div>", b"class", b'"', b"<h1>X</h1>", b"%20"])
    )
    assert_recognised_alike(page, replace(page, content=content[:at] + put + content[until:]))


@pytest.mark.slow
@pytest.mark.parametrize("sample", corpus_params("print", "article"))
def test_what_is_recognised_of_a_real_page_reads_as_it_did(sample: Sample) -> None:
    page = Page(sample.label["url"], 200, (), sample.path.read_bytes())
    chance = random.Random(sample.path.name)
    for _ in range(3):
        at = chance.randrange(len(page.content))
        put = chance.choice([b"", b"x", b"<p>", b"</div>", b"%20"])
        assert_recognised_alike(page, replace(page, content=page.content[:at] + put + page.content[at + 3 :]))


def ordinary(name: str) -> tuple[Section, Post]:
    """Return a post of a site that has a day and some text."""
    return next(
        (section, post)
        for section, post in truth.posts(NEWSROOM.site(name))
        if post.absence is None and len(post.fields.paragraphs) > 3 and post.fields.published_on
    )


def shown(name: str, fields: Fields | None = None, noise: int = 1) -> Page:
    """Return a page of a practice site as it would be served, its post saying something else if told."""
    section, post = ordinary(name)
    newsroom = truth.changed(NEWSROOM, name, replace(post, fields=fields or post.fields))
    path = truth.path(section, post)
    body = answer(newsroom, Request(name, path, NOON, noise), BASES).body
    return Page(BASES[name] + path, 200, (), body)


@pytest.mark.parametrize("name", SITES)
def test_view_state_and_cache_numbers_leave_the_digest(name: str) -> None:
    one, other = shown(name, noise=1), shown(name, noise=4711)
    assert one.content != other.content
    assert digest(one) is not None
    assert digest(one) == digest(other)
    assert_recognised_alike(one, other)


@pytest.mark.parametrize("sort", edits.SORTS)
@pytest.mark.parametrize("name", SITES)
def test_every_edit_changes_the_digest(name: str, sort: str) -> None:
    before = shown(name)
    read = judged(before).fields
    known = digest(before)
    assert read is not None
    site, (_, post) = NEWSROOM.site(name), ordinary(name)
    after = edits.SORTS[sort].make(random.Random(1), post.fields, Desk(VOICES[name], site.template))
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
    told = judged(replace(page, content=content, status=status), digest(page))
    assert told.verdict is verdict
    assert (told.revision_id, told.article_digest) == (None, None)


def test_the_article_under_another_number_is_not_the_one_that_was_asked_for() -> None:
    page = MADE_UP["g4_command.html"]
    known = digest(page)
    other = Address("www.example.mil", "1", "https://www.example.mil/News/Article/1/")
    look = Look(Role.ARTICLE, other, NOON, Verdict.UNREACHABLE)
    told = looks.judged(look, page, "afpims", Held(digest=known, revision_id=7))
    assert told.verdict is Verdict.SOFT_GONE


def test_the_address_a_page_states_is_told_of_recognised_pages_too() -> None:
    page = shown("calder")
    assert judged(page, digest(page)).found == verdicts.stated(page, urls.address(page.url))


def test_a_new_version_of_the_parser_recognises_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    page = MADE_UP["g4_command.html"]
    known = digest(page)
    monkeypatch.setattr(afpims, "PARSER", "afpims:next")
    assert judged(page, known).fields is not None
