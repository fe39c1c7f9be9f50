"""A database of many events whose titles and texts are as hostile as pages can be."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from storage.db import ledger
from storage.db.ledger import EventContext, Evidence
from storage.models import Address, Change, DetectedEvent, EventKind
from storage.store import Store

BEGIN: Final = datetime(2026, 2, 1, tzinfo=UTC)
LONG: Final = "0123456789 " * 95_000  # a megabyte
TITLES: Final = (
    "<script>alert(1)</script>",
    "]]> & &amp; &#0; <![CDATA[",
    "bell \x07, escape \x1b[31m, null \x00, \x0b \x7f \x9b",
    "turned \u202egpj.exe\u202c, isolated \u2067x\u2069",
    "\ufffe and \uffff are no characters",
    "تمرين مشترك",
    "תרגיל משותף",
    "주한미군, 연합훈련 실시",
    "two\r\nlines\u2028and\u2029more",
    "   ",
    "",
    "'\"><img src=x onerror=alert(1)>",
    "\U0001f680 above the plane",
)
BODIES: Final = (
    "Plain words.\n\nA second paragraph.",
    "<script>alert(1)</script>\n\n<img src=x onerror=alert(1)> & </p><iframe>",
    "null \x00 and \x1b[2J\n\n\u202eturned",
    "تمرين\n\nתרגיל",
    "]]>\n\n<![CDATA[ \ufffe",
)
NEWSROOMS: Final = ("korea-news", "japan-news", "army-news")
KINDS: Final = tuple(map(EventKind, ("published", "edited", "captured", "removed", "returned")))


def make_hostile_events(path: Path, count: int) -> Store:
    """Return a store with so many events, some of them hidden; a few have a megabyte of text."""
    store = Store.open(path)
    add_hostile_events(store, count)
    return store


def add_hostile_events(store: Store, count: int) -> None:
    """Add events after those that the ledger has."""
    with store.writing() as db:
        (first,) = db.execute("SELECT coalesce(max(id), 0) + 1 FROM events").fetchone()
        for number in range(first, first + count):
            _add_event(db, number)


def get_title(number: int) -> str:
    """Return the title of an event; of two hundred, one is a megabyte."""
    if number % 200 == 12:
        return "t" * 1_000_000
    return TITLES[number % len(TITLES)]


def get_body(number: int) -> str:
    """Return the text of an event's release."""
    return LONG if number % 200 in (50, 51) else BODIES[number % len(BODIES)]


def _add_event(db, number: int) -> None:  # type: ignore[no-untyped-def]
    kind = KINDS[number % len(KINDS)]
    at = BEGIN + timedelta(minutes=number)
    row = {"title": get_title(number), "first_seen_at": at.isoformat(), "content_hash": f"h{number}"}
    release = db.table("releases").insert(row).last_pk
    address = Address(
        "www.korea.mil", str(number), f"https://www.korea.mil/News/Article/{number}/?a=1&b='\"<x>"
    )
    revision = None
    if kind is EventKind.PUBLISHED:
        revision = _add_revision(db, number, release, address, at)
    changes = (Change("body", get_body(number), f"{get_body(number + 1)}\n\nNew."),)
    detected = DetectedEvent(kind, at, changes=changes if kind is EventKind.EDITED else ())
    source = NEWSROOMS[number // len(KINDS) % len(NEWSROOMS)]
    evidence = Evidence(revision_id=revision, revision_digest=f"d{number}" if revision else None)
    ledger.append_event(db, detected, EventContext(source, address, release, get_title(number), evidence))


def _add_revision(db, number: int, release: int, address: Address, at: datetime) -> int:  # type: ignore[no-untyped-def]
    seen = f"{at:%Y-%m-%dT%H:%M:%S.%fZ}"
    posting = {
        "title": get_title(number),
        "site": address.site,
        "number": address.number,
        "url": address.url,
        "release_id": release,
        "since_at": seen,
        "first_seen_at": seen,
        "last_seen_at": seen,
        "key": str(number),
    }
    posting_id = db.table("postings").insert(posting).last_pk
    revision = {
        "posting_id": posting_id,
        "seq": 1,
        "title": get_title(number),
        "body": get_body(number),
        "tags": "[]",
        "images": "[]",
        "links": "[]",
        "observed_at": seen,
        "confidence": "high",
        "has_end": 1,
        "design": "g1",
        "parser": "afpims:1",
        "content_hash": f"h{number}",
        "digest": f"d{number}",
    }
    return int(db.table("revisions").insert(revision).last_pk)
