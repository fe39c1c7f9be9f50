"""Looks as the storage tests make them: short to write, whole records."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from storage.models import (
    Address,
    Confidence,
    Entry,
    Event,
    Fields,
    Listing,
    Look,
    Page,
    Role,
    Source,
    Verdict,
)
from storage.store import RunOutcome, Store

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = date(2026, 3, 1)
LONG = " ".join(f"word{n}" for n in range(120))
LISTING_URL = "https://www.wing.example.mil/News/"
SOURCE = Source(
    "wing-news",
    "www.wing.example.mil",
    "Wing",
    "Air Force",
    "generic",
    "News",
    LISTING_URL,
    None,
    Confidence.HIGH,
)


def after(hours: float) -> datetime:
    """Return an instant of the tests' clock."""
    return START + timedelta(hours=hours)


def address(number: str = "100", site: str = "www.wing.example.mil", slug: str = "a-story") -> Address:
    """Return where an article lives."""
    return Address(site, number, f"https://{site}/News/Article/{number}/{slug}/")


def fields(
    title: str = "Wing completes yearly river rescue drill",
    body: str = "Crews trained.",
    on: date | None = DAY,
    **rest: object,
) -> Fields:
    """Return the fields of an article; blank lines part its paragraphs."""
    known: dict[str, object] = {"parser": "afpims:1", "confidence": Confidence.HIGH, "design": "g4"}
    paragraphs = tuple(body.split("\n\n")) if body else ()
    return Fields(title=title, paragraphs=paragraphs, published_on=on, **(known | rest))  # type: ignore[arg-type]  # free-form


def page(url: str, status: int = 200, content: bytes = b"<html>as it came</html>") -> Page:
    """Return a response."""
    return Page(url, status, (("content-type", "text/html"),), content)


def seen(
    at: datetime,
    read: Fields,
    where: Address | None = None,
    source: str = "wing-news",
    run: int | None = None,
) -> Look:
    """Return a look that read an article."""
    place = where or address()
    return Look(Role.ARTICLE, place, at, Verdict.LIVE, source, run, page(place.url), read)


def bad(at: datetime, verdict: Verdict, where: Address | None = None, status: int = 404) -> Look:
    """Return a look that brought no article."""
    place = where or address()
    answer = None if verdict is Verdict.UNREACHABLE else page(place.url, status)
    return Look(Role.ARTICLE, place, at, verdict, "wing-news", None, answer, reason=f"HTTP {status}")


def entry(number: str, on: date | None = DAY, at: datetime | None = None, **rest: str) -> Entry:
    """Return an announcement of an article."""
    source = "rss" if at else None
    return Entry(
        address(number, **rest), f"Story {number}", published_on=on, published_at=at, published_source=source
    )


def listed(
    at: datetime,
    *entries: Entry,
    run: int | None = None,
    role: Role = Role.LISTING,
    source: str = "wing-news",
) -> Look:
    """Return a look at a listing or feed."""
    where = Address("www.wing.example.mil", None, LISTING_URL + ("" if role is Role.LISTING else "feed"))
    listing = Listing(entries, "afpims:1")
    return Look(role, where, at, Verdict.LIVE, source, run, page(where.url), listing=listing)


def outcome(*, complete: bool, state: str = "ok") -> RunOutcome:
    """Return how a run ended."""
    return RunOutcome(complete, 0, 0, 0, 1, (), state)


@contextmanager
def store_at(path: Path, now: datetime = START) -> Iterator[Store]:
    """Open a store and close it again."""
    store = Store.open(path, clock=lambda: now)
    try:
        yield store
    finally:
        store.close()


def crawl(store: Store, *looks: Look, at: datetime, complete: bool = True, kind: str = "crawl") -> list[str]:
    """Save looks as one run of `wing-news` and return the kinds of the events, in order."""
    run = store.start_run("wing-news", kind, at)
    events = [event for look in looks for event in store.save_look(replace(look, run_id=run))]
    events += store.detect_changes("wing-news")
    store.finish_run(run, outcome(complete=complete))
    return kinds(events)


def table(store: Store, name: str, columns: str = "*") -> list[tuple[object, ...]]:
    """Return the rows of a table or view in the order of their first two columns."""
    return list(store.db.execute(f"SELECT {columns} FROM {name} ORDER BY 1, 2"))


def everything(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """Return all that is kept; file names of captures aside, the process's own, and what covers them."""
    told = "id, kind, title, at, last_before_at, first_after_at, url, source_id, posting_id, release_id"
    columns = {
        "captures": "url, status, at, sha256",
        "events": f"{told}, revision_id, capture_id, detail",
    }
    names = [name for name in store.db.table_names() if not name.startswith(("_", "revisions_", "sqlite_"))]
    return {name: table(store, name, columns.get(name, "*")) for name in names}


def kinds(events: Sequence[Event]) -> list[str]:
    """Return what kind of events these are, in order."""
    return [str(event.kind) for event in events]


def bodies(store: Store) -> list[tuple[str, str]]:
    """Return the revisions of all postings in the order of their time."""
    return list(store.db.execute("SELECT observed_at, body FROM revisions ORDER BY observed_at, seq"))


def groups(store: Store) -> set[frozenset[tuple[str, str]]]:
    """Return which postings are one release."""
    found: dict[int, set[tuple[str, str]]] = {}
    for release, site, key in store.db.execute("SELECT release_id, site, key FROM postings"):
        found.setdefault(release, set()).add((site, key))
    return set(map(frozenset, found.values()))
