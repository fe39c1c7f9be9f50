"""Small visits: what one release shows is held against its siblings before it is told."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.crawl.pagination import CrawlPlan
from crawler.parsing import urls
from simulator import Absence, Post, Served, practice_newsroom, serve
from simulator.truth import Template
from storage.detection.siblings import SIBLINGS_TO_COMPARE, RunLook, count_wanted_siblings
from storage.models import HIDDEN_EVENTS, EventKind, PostingState, Role, Verdict
from tests.support.practice_crawls import QUICK, Crawled, crawl, source_of

SITE = "calder"
SAME = RunLook(Verdict.LIVE, PostingState.LIVE)
OTHER = replace(SAME, differs=True)
BROKEN = RunLook(Verdict.UNREADABLE, PostingState.LIVE)
GONE = RunLook(Verdict.GONE, PostingState.LIVE)


@pytest.mark.parametrize(
    ("seen", "siblings"),
    [
        ([], 0),
        ([SAME], 0),
        ([OTHER], SIBLINGS_TO_COMPARE - 1),
        ([OTHER, SAME, SAME], SIBLINGS_TO_COMPARE - 3),
        ([OTHER] * SIBLINGS_TO_COMPARE, 0),
        ([OTHER] * 20, 0),
        ([OTHER] * 3 + [SAME] * 5, 8),
        ([OTHER] * 3 + [SAME] * 13, 0),
        ([OTHER] * 2 + [SAME] * 6, 0),
        ([BROKEN], SIBLINGS_TO_COMPARE - 1),
        ([replace(BROKEN, is_damaged=True)], 0),
        ([replace(BROKEN, was_readable=False)], 0),
        ([RunLook(Verdict.SOFT_GONE, PostingState.LIVE)], SIBLINGS_TO_COMPARE - 1),
        ([RunLook(Verdict.BLOCKED, PostingState.LIVE)], 0),
        ([RunLook(Verdict.UNREACHABLE, PostingState.LIVE)], 0),
        ([GONE], 1),
        ([GONE, SAME], 0),
        ([GONE, replace(SAME, state=PostingState.SUSPECT)], 1),
        ([replace(GONE, state=PostingState.SUSPECT)], 1),
        ([replace(GONE, state=PostingState.REMOVED)], 0),
        ([GONE, OTHER], SIBLINGS_TO_COMPARE - 2),
    ],
)
def test_siblings_are_looked_at_until_a_difference_can_be_judged(
    seen: Sequence[RunLook], siblings: int
) -> None:
    assert count_wanted_siblings(seen) == siblings


@pytest.fixture
def served() -> Iterator[Served]:
    with serve(practice_newsroom()) as practice:
        yield practice


@pytest.fixture
def database(tmp_path: Path, served: Served) -> Path:
    """Return a database that knows the newsroom."""
    path = tmp_path / "milwire.db"
    crawl(path, source_of(served, SITE), CrawlPlan())
    return path


def posts(served: Served) -> list[Post]:
    """Return the releases of the first listing page with some text each."""
    section = served.newsroom.site(SITE).sections[0]
    return [post for post in section.posts[: section.per_page] if len(post.fields.paragraphs) > 2]


def add(served: Served, post: Post, words: str) -> None:
    served.edit(SITE, post.number, replace(post.fields, paragraphs=(*post.fields.paragraphs, words)))


def visit(database: Path, served: Served, post: Post, *, limit: int | None = None) -> Crawled:
    """Look at one release, as a watch does."""
    again = (urls.parse_address(served.url(SITE, post.number)),)
    return crawl(
        database,
        source_of(served, SITE),
        CrawlPlan(known_addresses=again, reads_lists=False, limit=limit),
        QUICK,
    )


def told(crawled: Crawled) -> list[EventKind]:
    return [event.kind for event in crawled.events if event.kind not in HIDDEN_EVENTS]


def test_an_edit_is_told_after_its_siblings_were_seen_as_they_were(database: Path, served: Served) -> None:
    post = posts(served)[0]
    add(served, post, "The gate opens at nine.")
    crawled = visit(database, served, post)
    assert told(crawled) == [EventKind.EDITED]
    assert len(crawled.of(Role.ARTICLE)) == SIBLINGS_TO_COMPARE


def test_an_unchanged_release_takes_nobody_along(database: Path, served: Served) -> None:
    crawled = visit(database, served, posts(served)[0])
    assert told(crawled) == []
    assert len(crawled.of(Role.ARTICLE)) == 1


def test_a_limit_is_a_limit(database: Path, served: Served) -> None:
    post = posts(served)[0]
    add(served, post, "The gate opens at nine.")
    assert len(visit(database, served, post, limit=1).of(Role.ARTICLE)) == 1


def test_a_notice_on_all_pages_is_no_edit_of_the_one_that_was_looked_at(
    database: Path, served: Served
) -> None:
    first, *rest = posts(served)
    for post in (first, *rest):
        add(served, post, "This site is moving to another address.")
    assert told(visit(database, served, first)) == [EventKind.SITE_CHANGED]
    assert [kind for post in rest for kind in told(visit(database, served, post))] == []


def test_a_redesign_raises_its_alarm_in_a_visit_to_one_release(database: Path, served: Served) -> None:
    served.put_site(replace(served.newsroom.site(SITE), template=Template.NEXT))
    assert told(visit(database, served, posts(served)[0])) == [EventKind.QUARANTINED]


def test_an_absence_is_held_against_a_sibling_that_answers(database: Path, served: Served) -> None:
    post = posts(served)[0]
    served.remove(SITE, post.number, Absence.NOT_FOUND)
    crawled = visit(database, served, post)
    assert told(crawled) == [EventKind.SUSPECTED]
    assert [look.verdict for look in crawled.of(Role.ARTICLE)] == [Verdict.GONE, Verdict.LIVE]
