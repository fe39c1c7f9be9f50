"""A database with a history: an edit, a removal with a copy still live, a return, a suspect, a gap.

The store saves everything a run at a time and detects the changes, as for a real crawl.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from storage.db import ledger
from storage.db.ledger import EventContext
from storage.models import (
    Address,
    Confidence,
    DetectedEvent,
    Entry,
    EventKind,
    Fields,
    Listing,
    Look,
    Page,
    Role,
    Verdict,
)
from storage.store import RunOutcome, Store

WING, BASE = "wing-news", "base-news"
WING_SITE, BASE_SITE = "www.wing.mil", "www.base.mil"
START = datetime(2026, 3, 2, 12, tzinfo=UTC)
NOW = START + timedelta(days=40)
HOSTILE = "<script>alert(1)</script>"
EDITED, TAKEN, BACK, SUSPECT, PLAIN, LAST = "501", "502", "503", "504", "505", "506"
TITLES = {
    EDITED: "Wing counts its troops",
    TAKEN: "Range closes for good",
    BACK: "Commander answers questions",
    SUSPECT: "Gate hours change",
    PLAIN: f"Plain story {HOSTILE}",
    LAST: "Band plays in the park",
}
BODIES = {
    EDITED: "The wing counted 1,200 troops on Friday.\n\nNobody was hurt in the exercise.\n\nIt rained.",
    TAKEN: "The range closed. " * 60,
    BACK: "“We will stay for ten years,” the commander said.\n\nShe took no further questions.",
    SUSPECT: "The gate opens at six.",
    PLAIN: f"Nothing happens here {HOSTILE}.",
    LAST: "The band played on.",
}
SILENT_EDIT = "The wing counted 1,250 troops on Friday.\n\nOne person was hurt in the exercise.\n\nIt rained."
SAID_ANEW = "“We will stay for two years,” the commander said.\n\nShe took no further questions."

Answers = Mapping[str, Fields | Verdict]


def address(number: str, site: str = WING_SITE) -> Address:
    """Return the address of a release."""
    return Address(site, number, f"https://{site}/News/Article/{number}/story/")


def fields(number: str, body: str | None = None) -> Fields:
    """Return the fields of a release."""
    return Fields(
        title=TITLES[number],
        paragraphs=tuple((body or BODIES[number]).split("\n\n")),
        parser="afpims:1",
        confidence=Confidence.HIGH,
        design="g4",
        published_raw="March 1, 2026",
        published_on=date(2026, 3, 1),
        organization="Example Wing",
    )


def look_again(store: Store, at: datetime, answers: Answers, source: str = WING) -> None:
    """Crawl a newsroom and all its releases, with a control look beside an absence, and detect changes."""
    site = WING_SITE if source == WING else BASE_SITE
    run = store.start_run(source, "crawl", at)
    store.save_look(_listing(at, source, run, [address(number, site) for number in answers]))
    for minute, (number, answer) in enumerate(answers.items(), 1):
        store.save_look(_look(at + timedelta(minutes=minute), source, run, address(number, site), answer))
    if Verdict.GONE in answers.values():
        never = address("9501", site)
        look = _look(at + timedelta(minutes=30), source, run, never, Verdict.GONE)
        store.save_look(replace(look, role=Role.CONTROL))
    store.detect_changes(source)
    store.finish_run(run, RunOutcome(True, 0, 0, 0, len(answers) + 1, (), "ok"))


def make_history(path: Path) -> Store:
    """Return a store after a month of looks.

    501 was edited silently (number and negation), 502 was taken down while a copy stayed on another site, 503
    was taken down and returned with another number in a quotation, 504 did not answer at the last look, and
    for ten days there were no looks.
    """
    store = Store.open(path, clock=lambda: NOW)
    first: dict[str, Fields | Verdict] = {number: fields(number) for number in TITLES}
    look_again(store, START, first)
    look_again(store, START + timedelta(hours=1), {TAKEN: fields(TAKEN)}, BASE)
    edited = first | {EDITED: fields(EDITED, SILENT_EDIT)}
    look_again(store, START + timedelta(days=1), edited)
    gone = edited | {TAKEN: Verdict.GONE, BACK: Verdict.GONE}
    for hours in (48, 52, 56):
        look_again(store, START + timedelta(hours=hours), gone)
    back = gone | {BACK: fields(BACK, SAID_ANEW)}
    look_again(store, START + timedelta(days=12), back)
    look_again(store, START + timedelta(days=13), back | {SUSPECT: Verdict.GONE})
    return store


def add_rare_events(store: Store) -> None:
    """Append one event of each kind that only a whole site or its lists can cause."""
    about_one = {"from_url": address(LAST).url, "to_url": "https://www.wing.mil/News/Article/506/new/"}
    _append_event(store, EventKind.MOVED, about_one)
    _append_event(store, EventKind.RENAMED, about_one)
    _append_event(store, EventKind.UNLISTED, {"looks": 3})
    _append_event(store, EventKind.RELISTED, {})
    changed = {"postings": 40, "fields": ["body"], "sample": [address(LAST).url]}
    _append_site_event(store, EventKind.SITE_CHANGED, changed)
    moved = {"from_host": "www.wing.mil", "to_host": "www.new.mil", "postings": 6}
    _append_site_event(store, EventKind.SITE_MOVED, moved)
    _append_site_event(
        store, EventKind.QUARANTINED, {"reason": "9 of 9 known-good postings broke in one run"}
    )


def _append_event(store: Store, kind: EventKind, detail: Mapping[str, object]) -> None:
    with store.writing() as db:
        row = db.execute("SELECT id, release_id, title FROM postings WHERE number = ?", [LAST]).fetchone()
        posting, release, title = row
        event = replace(_make_event(kind, detail), posting_id=posting)
        ledger.append_event(db, event, EventContext(WING, address(LAST), release, title))


def _append_site_event(store: Store, kind: EventKind, detail: Mapping[str, object]) -> None:
    with store.writing() as db:
        ledger.append_event(db, _make_event(kind, detail), EventContext(WING))


def _make_event(kind: EventKind, detail: Mapping[str, object]) -> DetectedEvent:
    at = START + timedelta(days=14)
    last = at - timedelta(days=1)
    return DetectedEvent(kind, at, last_before_at=last, first_after_at=at, detail=detail)


def _listing(at: datetime, source: str, run: int, places: list[Address]) -> Look:
    where = Address(places[0].site, None, f"https://{places[0].site}/News/")
    found = Listing(tuple(Entry(one, TITLES[one.key]) for one in places), "afpims:1")
    return Look(
        Role.LISTING, where, at, Verdict.LIVE, source, run, Page(where.url, 200, (), b"list"), listing=found
    )


def _look(at: datetime, source: str, run: int, where: Address, answer: Fields | Verdict) -> Look:
    if isinstance(answer, Fields):
        page = Page(where.url, 200, (("content-type", "text/html"),), repr(answer).encode())
        return Look(Role.ARTICLE, where, at, Verdict.LIVE, source, run, page, answer)
    page = Page(where.url, 404, (("content-type", "text/html"),), b"not found")
    return Look(Role.ARTICLE, where, at, answer, source, run, page, reason="HTTP 404")
