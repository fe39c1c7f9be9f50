"""A new headline with a new slug is the same posting, where the old address or its absence says so."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.crawl.renamed_stories import RenamedStories
from storage.archive.writer import get_archive_folder
from storage.detection import renames
from storage.integrity.verify import verify_database
from storage.models import Address, Entry, Fields, Look, Verdict
from storage.store import Store
from storage.tables import revisions
from tests.support.make_looks import address, after, bad, crawl, fields, listed, seen, store_at, table

SITE = "www.wing.example.mil"
TEXT = (
    "The ferry takes lorries again since Monday, after a crew of nine welded the ramp in two cold nights.\n\n"
    "Islanders had waited five weeks for it, and the baker had rowed his flour over the sound himself."
)
OLD = Address(SITE, None, f"https://{SITE}/stories/77120/ferry-sails-again")
NEW = Address(SITE, None, f"https://{SITE}/stories/77120/baker-stops-rowing")
BEFORE = fields("Ferry sails again", TEXT)
AFTER = fields("Baker stops rowing", TEXT)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with store_at(tmp_path / "milwire.db") as opened:
        crawl(opened, list_of(0, OLD), seen(after(0), BEFORE, OLD), at=after(0))
        yield opened


def list_of(hour: float, *where: Address) -> Look:
    return listed(after(hour), *(Entry(each, "A story") for each in where))


def redirected(hour: float, read: Fields = AFTER) -> Look:
    return replace(seen(after(hour), read, OLD), verdict=Verdict.REDIRECTED, found_address=NEW)


def follow(store: Store, hour: float, *looks: Look, known: tuple[Address, ...] = (OLD,)) -> list[str]:
    """Save the looks of a crawl as they may be saved; return the kinds of what happened."""
    stories = RenamedStories(
        lambda where, read: renames.list_postings_with_text(store.db, where, read),
        lambda look: revisions.find_known_text(store.db, look.address, look.at),
    )
    run = store.start_run("wing-news", "crawl", after(hour))
    events = []
    for look in looks:
        for ready in stories.sort_look(look, is_known=look.address in known)[0]:
            events += store.save_look(replace(ready, run_id=run))
    for ready in stories.release_rest():
        events += store.save_look(replace(ready, run_id=run))
    events += store.detect_changes("wing-news")
    return [str(event.kind) for event in events if not event.kind.is_hidden]


@pytest.mark.parametrize("answer", [redirected(1.2), bad(after(1.2), Verdict.GONE, OLD)], ids=["led", "gone"])
@pytest.mark.parametrize("is_old_first", [False, True])
def test_a_new_slug_is_one_posting_renamed_and_edited(
    store: Store, answer: Look, *, is_old_first: bool
) -> None:
    looks = [seen(after(1.1), AFTER, NEW), answer]
    if is_old_first:
        looks = [replace(answer, at=after(1.05)), looks[0]]
    assert sorted(follow(store, 1, list_of(1, NEW), *looks)) == ["edited", "renamed"]
    assert table(store, "postings", "url, title, state") == [(NEW.url, "Baker stops rowing", "live")]
    later = [list_of(2, NEW), replace(seen(after(2), AFTER, NEW))]
    assert follow(store, 2, *later, known=(NEW,)) == []
    assert verify_database(store.db, get_archive_folder(store.path)).problem is None


def test_an_old_address_that_leads_to_the_story_is_enough(store: Store) -> None:
    assert sorted(follow(store, 1, redirected(1))) == ["edited", "renamed"]
    assert follow(store, 2, list_of(2, NEW), seen(after(2), AFTER, NEW), known=()) == []


def test_two_stories_listed_at_once_are_two(store: Store) -> None:
    looks = [list_of(1, NEW, OLD), seen(after(1.1), AFTER, NEW), redirected(1.2)]
    follow(store, 1, *looks)
    assert len(table(store, "postings", "id, key")) == 2


def test_a_redirect_to_another_text_joins_nothing(store: Store) -> None:
    other = fields("Regatta won by a dentist", " ".join(f"wave{n}" for n in range(60)))
    follow(store, 1, list_of(1, NEW), seen(after(1.1), other, NEW), redirected(1.2, other))
    assert len(table(store, "postings", "id, key")) == 2


def test_a_story_that_still_answers_keeps_its_address(store: Store) -> None:
    follow(store, 1, list_of(1, NEW), seen(after(1.1), AFTER, NEW), seen(after(1.2), BEFORE, OLD))
    assert len(table(store, "postings", "id, key")) == 2


def test_the_same_words_of_another_day_are_another_story_without_a_redirect(store: Store) -> None:
    weekly = fields("Week in pictures", TEXT, on=after(24 * 7).date())
    follow(store, 1, list_of(1, NEW), seen(after(1.1), weekly, NEW), bad(after(1.2), Verdict.GONE, OLD))
    assert len(table(store, "postings", "id, key")) == 2


def test_the_old_address_is_asked_once(store: Store) -> None:
    stories = RenamedStories(
        lambda where, read: renames.list_postings_with_text(store.db, where, read), lambda look: None
    )
    look = seen(after(1), AFTER, NEW)
    assert stories.sort_look(look, is_known=False) == ((), OLD)
    assert stories.sort_look(look, is_known=False) == ((), None)


def test_addresses_with_a_number_are_left_alone(store: Store) -> None:
    stories = RenamedStories(lambda where, read: [(OLD, BEFORE)], lambda look: None)
    look = seen(after(1), AFTER, address())
    assert stories.sort_look(look, is_known=False) == ((look,), None)
