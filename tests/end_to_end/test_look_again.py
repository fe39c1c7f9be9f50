"""Looking again, the whole way: what a practice newsroom did to its releases, and nothing else."""

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.crawl.pagination import CrawlPlan
from simulator import Absence, Fault, Post, Trouble, another_post, practice_newsroom, serve
from simulator.truth import Banner, Template
from storage.models import HIDDEN_EVENTS, EventKind, Role, Verdict
from storage.store import Store
from tests.support.crawled_newsroom import SITE, CrawledNewsroom, kinds, longer
from tests.support.paths import ROOT
from tests.support.practice_crawls import AGAIN

CONFIRMED = (
    Absence.NOT_FOUND,
    Absence.REDIRECT_HOME,
    *(
        pytest.param(how, marks=pytest.mark.slow)
        for how in (Absence.GONE, Absence.LISTING, Absence.HOME, Absence.ERROR_REDIRECT)
    ),
)


@pytest.fixture
def newsroom(tmp_path: Path) -> Iterator[CrawledNewsroom]:
    with serve(practice_newsroom()) as served:
        yield CrawledNewsroom(served, tmp_path / "milwire.db")


def test_nothing_happened_nothing_is_told(newsroom: CrawledNewsroom) -> None:
    crawled = newsroom.crawl()
    assert crawled.result.failures == ()
    assert newsroom.told(2) == []
    asked = {look.address.url for look in crawled.of(Role.ARTICLE)}
    assert asked == {row["url"] for row in newsroom.query("SELECT url FROM postings")}
    assert crawled.of(Role.CONTROL) == []
    assert newsroom.query("SELECT * FROM findings") == []


def test_an_edit_is_told_with_its_fields_and_kinds_once(newsroom: CrawledNewsroom) -> None:
    post = newsroom.posts[0]
    newsroom.edit(post, paragraphs=longer(post.fields))
    (event,) = newsroom.told(2)
    assert (event.kind, event.posting) == (EventKind.EDITED, newsroom.url(post))
    assert [change.field for change in event.changes] == ["body"]
    assert event.detail["edit_kinds"] == ["paragraph_added"]
    assert event.detail["dates"] == "text_only"
    assert event.last_before_at is not None
    assert event.first_after_at is not None
    assert event.last_before_at < event.first_after_at


def test_there_and_back_is_two_edits(newsroom: CrawledNewsroom) -> None:
    post = newsroom.posts[0]
    newsroom.edit(post, title="Another title for this story here")
    first = newsroom.told()
    newsroom.edit(post)
    assert kinds(first + newsroom.told()) == ["edited", "edited"]
    assert len(newsroom.query(f"SELECT * FROM revisions WHERE article_id = '{post.number}'")) == 3


@pytest.mark.parametrize("how", CONFIRMED)
def test_a_removal_is_suspected_confirmed_once_and_says_why(newsroom: CrawledNewsroom, how: Absence) -> None:
    post = newsroom.posts[1]
    newsroom.remove(post, how)
    suspected, removed = newsroom.told(4)
    assert kinds([suspected, removed]) == ["suspected", "removed"]
    assert removed.posting == newsroom.url(post)
    assert removed.detail["looks"] == 3
    assert str(removed.detail["controls"]).startswith("the rest of the site was working: ")
    assert "still_live" not in removed.detail
    assert newsroom.states() == {"live", "removed"}


@pytest.mark.parametrize("how", CONFIRMED)
def test_a_return_tells_what_was_changed_meanwhile(newsroom: CrawledNewsroom, how: Absence) -> None:
    post = newsroom.posts[1]
    newsroom.remove(post, how)
    newsroom.told(3)
    newsroom.served.restore(SITE, post.number)
    newsroom.edit(post, paragraphs=longer(post.fields))
    (returned,) = newsroom.told(2)
    assert returned.kind is EventKind.RETURNED
    assert [change.field for change in returned.changes] == ["body"]
    assert returned.detail["edit_kinds"] == ["paragraph_added"]
    assert newsroom.states() == {"live"}


def test_a_blip_is_suspected_and_cleared(newsroom: CrawledNewsroom) -> None:
    post = newsroom.posts[1]
    newsroom.remove(post)
    told = newsroom.told()
    newsroom.served.restore(SITE, post.number)
    newsroom.edit(post, subtitle="What happened on the day")
    assert kinds(told + newsroom.told(2)) == ["suspected", "cleared", "edited"]


def test_an_empty_answer_tells_nothing(newsroom: CrawledNewsroom) -> None:
    newsroom.remove(newsroom.posts[1], Absence.EMPTY)
    assert newsroom.told(4) == []
    assert newsroom.states() == {"live"}


def test_a_redirect_to_the_same_story_is_a_move(newsroom: CrawledNewsroom) -> None:
    post = newsroom.posts[1]
    other = replace(another_post(newsroom.served.newsroom, SITE), slug=post.slug, story=post.story)
    other = replace(other, fields=replace(post.fields, article_id=other.number))
    newsroom.served.publish(SITE, other)
    lead_away(newsroom, post, newsroom.url(other))
    told = newsroom.told(4)
    assert kinds(told) == ["published", "moved"]
    assert told[1].detail == {"from_url": newsroom.url(post), "to_url": newsroom.url(other)}
    assert newsroom.states() == {"live", "moved"}


def test_a_redirect_to_another_story_is_an_absence(newsroom: CrawledNewsroom) -> None:
    post, other = newsroom.posts[1:3]
    lead_away(newsroom, post, newsroom.url(other))
    assert kinds(newsroom.told(4)) == ["suspected", "removed"]


def test_a_redirect_to_another_site_tells_nothing(newsroom: CrawledNewsroom) -> None:
    elsewhere = newsroom.served.site("meridian").base_url
    lead_away(newsroom, newsroom.posts[1], f"{elsewhere}/News/")
    assert newsroom.told(4) == []


def lead_away(newsroom: CrawledNewsroom, post: Post, target: str) -> None:
    """Let a release's address redirect to another one."""
    site = newsroom.served.newsroom.site(SITE)
    rows = tuple(
        replace(each, absence=Absence.REDIRECT, target=target) if each.number == post.number else each
        for each in site.sections[0].posts
    )
    newsroom.served.put_site(
        replace(site, sections=(replace(site.sections[0], posts=rows), *site.sections[1:]))
    )


@pytest.mark.parametrize("site", ["calder", "northreach"])
def test_another_slug_is_a_new_name_and_no_edit(tmp_path: Path, site: str) -> None:
    with serve(practice_newsroom()) as served:
        newsroom = CrawledNewsroom(served, tmp_path / "milwire.db", site)
        post = newsroom.posts[0]
        served.edit(site, post.number, post.fields, slug="quite-another-name")
        (renamed,) = newsroom.told(2)
        assert renamed.kind is EventKind.RENAMED
        assert "/quite-another-name" in str(renamed.detail["to_url"])


def test_what_listing_and_feed_drop_is_unlisted_while_it_answers(newsroom: CrawledNewsroom) -> None:
    post = newsroom.posts[2]
    newsroom.remove(post, Absence.UNLISTED)
    (unlisted,) = newsroom.told(4)
    assert (unlisted.kind, unlisted.posting) == (EventKind.UNLISTED, newsroom.url(post))
    assert newsroom.states() == {"live", "unlisted"}
    newsroom.served.restore(SITE, post.number)
    assert kinds(newsroom.told(2)) == ["relisted"]
    assert newsroom.states() == {"live"}


EVERYWHERE = r"^(?!/robots)"
ARTICLES = "/Article/"


@pytest.mark.parametrize(
    ("trouble", "target"),
    [
        (Trouble.BLOCKED, ARTICLES),
        (Trouble.THROTTLED, EVERYWHERE),
        (Trouble.BROKEN, EVERYWHERE),
        (Trouble.EMPTY, ARTICLES),
        pytest.param(Trouble.BLOCKED, EVERYWHERE, marks=pytest.mark.slow),
        pytest.param(Trouble.UNAVAILABLE, ARTICLES, marks=pytest.mark.slow),
        pytest.param(Trouble.TRUNCATED, ARTICLES, marks=pytest.mark.slow),
        pytest.param(Trouble.EMPTY, EVERYWHERE, marks=pytest.mark.slow),
        pytest.param(Trouble.GARBAGE, ARTICLES, marks=pytest.mark.slow),
        pytest.param(Trouble.NOT_FOUND, EVERYWHERE, marks=pytest.mark.slow),
    ],
)
def test_trouble_of_the_site_changes_no_state(
    newsroom: CrawledNewsroom, trouble: Trouble, target: str
) -> None:
    newsroom.remove(newsroom.posts[1])
    newsroom.served.fault(Fault(trouble, SITE, target, retry_after_s=0))
    assert newsroom.told(3) == []
    assert newsroom.states() == {"live"}
    newsroom.served.lift()
    assert kinds(newsroom.told()) == ["suspected"]


def test_when_every_release_is_gone_there_is_one_alarm_and_no_removal(newsroom: CrawledNewsroom) -> None:
    newsroom.served.fault(Fault(Trouble.GONE, SITE, ARTICLES))
    events = kinds(newsroom.told(4))
    assert events.count("mass_absence") == 1
    assert set(events) == {"mass_absence", "suspected"}
    newsroom.served.lift()
    assert set(kinds(newsroom.told())) == {"cleared"}
    assert newsroom.states() == {"live"}


@pytest.mark.parametrize("trouble", [Trouble.STALE_FEED, Trouble.NO_ITEMS, Trouble.FEW_ITEMS])
def test_a_spoilt_list_drops_nobody(newsroom: CrawledNewsroom, trouble: Trouble) -> None:
    newsroom.served.fault(Fault(trouble, SITE, keep=3))
    assert newsroom.told(4) == []


def test_a_new_banner_is_nothing_and_a_new_notice_is_no_edit(newsroom: CrawledNewsroom) -> None:
    site = newsroom.served.newsroom.site(SITE)
    newsroom.served.put_site(replace(site, banner=Banner(government="state"), notice="Gates close early."))
    assert newsroom.told(2) == []


def test_a_redesign_is_one_alarm_and_keeps_what_came(newsroom: CrawledNewsroom) -> None:
    site = newsroom.served.newsroom.site(SITE)
    newsroom.served.put_site(replace(site, template=Template.NEXT))
    first = newsroom.crawl()
    told = [event for event in first.events if event.kind not in HIDDEN_EVENTS]
    assert kinds(told) == ["quarantined"]
    assert any("quarantine" in line for line in first.result.failures)
    assert newsroom.told(2) == []
    assert newsroom.states() == {"live"}
    held = newsroom.query("SELECT * FROM findings WHERE role = 'article' AND capture_id IS NULL")
    assert held == []


def test_a_design_that_comes_back_ends_the_quarantine(newsroom: CrawledNewsroom) -> None:
    site = newsroom.served.newsroom.site(SITE)
    post = newsroom.posts[0]
    newsroom.served.put_site(replace(site, template=Template.NEXT))
    newsroom.told(2)
    newsroom.served.put_site(site)
    newsroom.edit(post, paragraphs=longer(post.fields))
    assert kinds(newsroom.told(2)) == ["edited"]
    assert newsroom.query("SELECT * FROM quarantines") == []
    assert newsroom.query("SELECT * FROM findings") == []


def test_a_sentence_on_every_page_is_one_change_of_the_site(newsroom: CrawledNewsroom) -> None:
    for post in newsroom.posts:
        newsroom.edit(post, paragraphs=longer(post.fields, "This site is moving to another address."))
    (event,) = newsroom.told(2)
    assert event.kind is EventKind.SITE_CHANGED
    assert event.detail["postings"] == len(newsroom.posts)
    assert event.detail["fields"] == ["body"]
    baselined = newsroom.query("SELECT * FROM events WHERE kind = 'baselined'")
    assert len(baselined) == len(newsroom.posts)


def test_an_edit_below_a_change_of_the_site_is_still_told(newsroom: CrawledNewsroom) -> None:
    notice = "This site is moving to another address."
    for post in newsroom.posts[1:]:
        newsroom.edit(post, paragraphs=longer(post.fields, notice))
    post = newsroom.posts[0]
    newsroom.edit(post, paragraphs=(*longer(post.fields, "Seven were hurt."), notice))
    told = newsroom.told(2)
    assert kinds(told) == ["site_changed", "edited"]
    assert "moving" not in str(told[1].changes[0].after)


def test_a_known_release_is_not_fetched_without_being_asked_for(newsroom: CrawledNewsroom) -> None:
    newsroom.edit(newsroom.posts[0], title="Another title for this story here")
    crawled = newsroom.crawl(CrawlPlan())
    assert crawled.of(Role.ARTICLE) == []


def test_a_limit_looks_at_those_not_seen_for_longest(newsroom: CrawledNewsroom) -> None:
    first = newsroom.crawl(CrawlPlan(look_again=True, limit=4))
    second = newsroom.crawl(CrawlPlan(look_again=True, limit=4))
    assert len(first.articles) == len(second.articles) == 4
    assert not first.articles & second.articles


def test_the_control_asks_once_for_what_cannot_be_there(newsroom: CrawledNewsroom) -> None:
    newsroom.remove(newsroom.posts[1])
    newsroom.remove(newsroom.posts[2], Absence.LISTING)
    (control,) = newsroom.crawl().of(Role.CONTROL)
    assert control.verdict is Verdict.GONE
    assert control.address.url.endswith("/milwire-control/")


@pytest.mark.parametrize(
    "share", [pytest.param(0.2, marks=pytest.mark.slow), pytest.param(0.6, marks=pytest.mark.slow), 1.0]
)
def test_a_kill_between_looks_and_judgement_tells_everything_once(
    newsroom: CrawledNewsroom, share: float
) -> None:
    for post in newsroom.posts[:4]:
        newsroom.edit(post, paragraphs=longer(post.fields, f"Post {post.number} says more."))
    newsroom.remove(newsroom.posts[5])
    store = Store.open(newsroom.database)
    store.save_source(newsroom.source)
    known = len(newsroom.query("SELECT * FROM postings"))
    store.close()
    before = len(newsroom.served.log)
    command = [
        sys.executable,
        "-m",
        "tests.support.practice_crawls",
        str(newsroom.database),
        "0.01",
        newsroom.source.id,
        AGAIN,
    ]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        while len(newsroom.served.log) - before < share * known and process.poll() is None:
            time.sleep(0.002)  # the practice newsroom answers in this process
        process.kill()
    newsroom.told(2)
    edited = newsroom.query("SELECT url FROM events WHERE kind = 'edited'")
    assert sorted(str(row["url"]) for row in edited) == sorted(map(newsroom.url, newsroom.posts[:4]))
    assert len(newsroom.query("SELECT * FROM events WHERE kind = 'suspected'")) == 1
    assert newsroom.query("SELECT * FROM findings") == []


def test_copies_are_named(tmp_path: Path) -> None:
    with serve(practice_newsroom()) as served:
        database = tmp_path / "milwire.db"
        rooms = {site.name: CrawledNewsroom(served, database, site.name) for site in served.sites}
        shared = rooms["calder"].query(SHARED)
        assert shared
        (copy, other), *_ = [(row["url"], row["other"]) for row in shared]
        room = next(each for each in rooms.values() if each.source.host in str(copy))
        number = str(copy).partition("/Article/")[2].partition("/")[0]
        post = next(
            each for each in served.newsroom.site(room.site).sections[0].posts if each.number == number
        )
        room.edit(post, paragraphs=longer(post.fields))
        (edited,) = room.told()
        assert (edited.detail["edited_copies"], edited.detail["all_copies"]) == (1, 2)
        room.remove(post)
        removed = room.told(3)[-1]
        assert removed.detail["still_live"] == [other]


SHARED = """SELECT a.url, b.url AS other FROM postings a
    JOIN postings b ON b.release_id = a.release_id AND b.id <> a.id
    JOIN posting_sources s ON s.posting_id = a.id
    WHERE (SELECT count(*) FROM postings c WHERE c.release_id = a.release_id) = 2
    AND a.state = 'live' AND s.source_id IN ('practice-calder', 'practice-meridian', 'practice-northreach')
    ORDER BY a.id"""
