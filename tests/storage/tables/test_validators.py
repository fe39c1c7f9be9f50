"""What a server gives to ask by: taken only where it is harmless, kept only as long as it may be believed."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.parsing import reader
from storage.models import Address, Entry, Listing, Look, Page, PreviousRead, Role, Validators, Verdict
from storage.store import Store
from storage.tables import validators
from storage.tables.validators import MAX_AGE, MAX_CONFIRMATIONS, _dump_listing, _load_listing
from tests.support.make_looks import address, after, bad, crawl, entry, fields, listed, page, seen, store_at

GIVEN = Validators('"abc"', "Sun, 22 Nov 2026 10:00:00 GMT")
PARSERS = frozenset({"afpims:1"})
DIGEST = "sha256:" + "0" * 64

TEXT = st.text(max_size=20)
DAYS = st.none() | st.dates()
INSTANTS = st.none() | st.datetimes(timezones=st.just(UTC))
ADDRESSES = st.builds(Address, TEXT, st.none() | TEXT, TEXT)
ENTRIES = st.builds(
    Entry,
    ADDRESSES,
    TEXT,
    published_raw=st.none() | TEXT,
    published_on=DAYS,
    published_at=INSTANTS,
    published_source=st.none() | TEXT,
    summary=st.none() | TEXT,
)
LISTINGS = st.builds(Listing, st.lists(ENTRIES, max_size=3).map(tuple), TEXT, st.none() | TEXT)


def answered(*headers: tuple[str, str], status: int = 200) -> Page:
    return Page("https://www.example.mil/News/", status, headers, b"")


@given(LISTINGS)
def test_a_list_comes_back_as_it_was(listing: Listing) -> None:
    assert _load_listing(_dump_listing(listing)) == listing


# -- what is held, and for how long


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "milwire.db", clock=lambda: after(0))


def read(hours: float, body: str = "Crews trained.", given: Validators | None = GIVEN) -> Look:
    return replace(seen(after(hours), fields(body=body)), validators=given, article_digest=DIGEST)


def unmodified(hours: float, revision_id: int | None = 1) -> Look:
    look = replace(seen(after(hours), fields()), page=page("https://www.wing.example.mil/", 304, b""))
    return replace(look, verdict=Verdict.UNCHANGED, fields=None, revision_id=revision_id)


def recognised(hours: float, revision_id: int = 1) -> Look:
    return replace(read(hours, given=None), fields=None, revision_id=revision_id)


def held(store: Store, hours: float = 1, parsers: frozenset[str] = PARSERS) -> PreviousRead | None:
    return validators.find_previous_articles(store.db, [address()], parsers, after(hours)).get(address().url)


def test_an_article_is_asked_for_by_what_came_with_it(store: Store) -> None:
    crawl(store, read(0), at=after(0))
    assert held(store) == PreviousRead(GIVEN, DIGEST, 1)


def test_a_new_parser_reads_everything_again(store: Store) -> None:
    crawl(store, read(0), at=after(0))
    assert held(store, parsers=frozenset({"afpims:2"})) is None


def test_after_a_few_304s_in_a_row_the_page_is_asked_for_in_full_once(store: Store) -> None:
    crawl(store, read(0), at=after(0))
    for n in range(MAX_CONFIRMATIONS):
        assert held(store) == PreviousRead(GIVEN, DIGEST, 1)
        crawl(store, unmodified(0.1 * (n + 1)), at=after(0.1 * (n + 1)))
    assert held(store) == PreviousRead(None, DIGEST, 1)
    crawl(store, replace(recognised(0.9), validators=GIVEN), at=after(0.9))
    assert held(store) == PreviousRead(GIVEN, DIGEST, 1)


def test_after_a_day_the_page_is_asked_for_in_full_once(store: Store) -> None:
    crawl(store, read(0), at=after(0))
    hours = MAX_AGE / timedelta(hours=1)
    assert held(store, hours) == PreviousRead(GIVEN, DIGEST, 1)
    assert held(store, hours + 0.1) == PreviousRead(None, DIGEST, 1)
    assert held(store, -0.1) == PreviousRead(None, DIGEST, 1)  # a clock that was set back


def test_what_waits_for_judgement_is_read_in_full(store: Store) -> None:
    crawl(store, read(0), at=after(0))
    run = store.start_run("wing-news", "crawl", after(1))
    store.save_look(replace(read(1, "Crews slept."), run_id=run))
    assert held(store, 2) is None
    store.detect_changes("wing-news")
    assert held(store, 2) is None  # the row is of the text before
    crawl(store, read(3, "Crews slept."), at=after(3))
    assert held(store, 4) == PreviousRead(GIVEN, DIGEST, 2)


def test_a_suspect_is_read_in_full(store: Store) -> None:
    other = address("200")
    crawl(store, read(0), seen(after(0), fields("Another title"), other), at=after(0))
    never = replace(bad(after(1), Verdict.GONE, address("9100")), role=Role.CONTROL)
    sibling = seen(after(1), fields("Another title"), other)
    looks_made = (bad(after(1), Verdict.GONE), sibling, never, listed(after(1), entry("100"), entry("200")))
    assert "suspected" in crawl(store, *looks_made, at=after(1))
    assert held(store, 1.5) is None


def test_looks_that_are_recognised_are_one_span_with_those_that_were_read(store: Store) -> None:
    crawl(store, read(0), at=after(0))
    for hours, look in enumerate([recognised(1), unmodified(2), read(3), unmodified(4, None)], 1):
        assert crawl(store, look, at=after(hours)) == []
    rows = list(store.db.query("SELECT outcome, looks, revision_id, article_digest FROM looks"))
    assert [tuple(row.values()) for row in rows] == [("live", 5, 1, DIGEST)]
    assert list(store.db.query("SELECT * FROM findings")) == []


def test_what_an_import_told_meanwhile_is_not_taken_for_what_was_recognised(store: Store) -> None:
    """A page that is as revision 1 was, seen after somebody else stored revision 2, is an edit back to it."""
    crawl(store, read(0), at=after(0))
    store.save_look(seen(after(1), fields(body="Crews slept.")))
    store.save_look(recognised(2))
    bodies = [row["body"] for row in store.db.query("SELECT body FROM revisions ORDER BY observed_at")]
    assert bodies == ["Crews trained.", "Crews slept.", "Crews trained."]


def test_a_304_about_what_is_not_the_last_any_more_is_no_sight_of_it(store: Store) -> None:
    crawl(store, read(0), at=after(0))
    store.save_look(seen(after(1), fields(body="Crews slept.")))
    store.save_look(unmodified(2))
    last = next(store.db.query("SELECT outcome, revision_id FROM looks ORDER BY first_at DESC"))
    assert (last["outcome"], last["revision_id"]) == ("unreadable", None)


def test_a_list_is_held_as_it_was_read(store: Store) -> None:
    on = datetime(2026, 3, 1, 9, tzinfo=UTC)
    look = replace(listed(after(0), entry("100", at=on), entry("90", on=date(2026, 2, 1))), validators=GIVEN)
    crawl(store, look, at=after(0))
    found = validators.find_previous_list(store.db, Role.LISTING, look.address.url, PARSERS, after(1))
    assert found == PreviousRead(GIVEN, listing=look.listing)
    assert validators.find_previous_list(store.db, Role.FEED, look.address.url, PARSERS, after(1)) is None
    assert (
        validators.find_previous_list(store.db, Role.LISTING, look.address.url, frozenset(), after(1)) is None
    )
    crawl(store, replace(look, at=after(1), validators=None), at=after(1))
    assert validators.find_previous_list(store.db, Role.LISTING, look.address.url, PARSERS, after(2)) is None


def test_a_purge_forgets_what_was_held(store: Store) -> None:
    crawl(store, read(0), replace(listed(after(0), entry("100")), validators=GIVEN), at=after(0))
    store.purge_posting(1, "names a minor")
    assert list(store.db.query("SELECT * FROM validators")) == []


def test_an_article_that_stays_as_it_is_costs_no_row_written(store: Store) -> None:
    crawl(store, read(0, given=None), at=after(0))
    crawl(store, replace(recognised(1), validators=None), at=after(1))
    (row,) = store.db.query("SELECT at, times_confirmed FROM validators")
    assert row["at"].startswith("2026-03-02T12:00")


def test_the_parsers_of_lists_are_those_that_read_them() -> None:
    names = {name.partition(":")[0] for name in reader.current_listing_parsers()}
    assert names == {"feeds", "afpims-listings", "army", "dvids", "generic"}


def test_a_store_can_be_opened_with_what_it_holds(tmp_path: Path) -> None:
    with store_at(tmp_path / "milwire.db") as one:
        crawl(one, read(0), at=after(0))
    with store_at(tmp_path / "milwire.db") as again:
        assert held(again) == PreviousRead(GIVEN, DIGEST, 1)
