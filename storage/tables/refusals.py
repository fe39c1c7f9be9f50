"""Hosts that refuse us: since when, how often in a row, and until when they are left alone."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from storage.db import timestamps
from storage.db.reading import Readable, ask
from storage.db.rows import Row
from storage.models import Address, Role, Verdict
from storage.queries.results import Refusal
from storage.store import Store
from storage.tables import hosts

OF_HOST: Final = "SELECT * FROM refusals WHERE host = ?"
LAST_LOOK: Final = """SELECT outcome, last_at FROM looks WHERE url = ? AND role = ?
    ORDER BY last_at DESC, id DESC LIMIT 1"""
ANSWERED: Final = """SELECT 1 FROM looks WHERE source_id = ? AND last_at > ? AND outcome = 'live'
    AND role IN ('feed', 'listing', 'article') LIMIT 1"""


def refuse(store: Store, host: str, at: datetime, reason: str, pause: Callable[[int], timedelta]) -> Refusal:
    """Count a refusal and leave the host alone; `pause` says for how long after so many in a row."""
    with store.writing() as db:
        before = next(db.query(OF_HOST, [host]), None)
        times = (before["times"] if before else 0) + 1
        since_at = timestamps.instant(before["since_at"]) if before else at
        counted = Refusal(host, since_at, at, times, at + pause(times), reason)
        db.table("refusals").upsert(_row(counted), pk="host")
        hosts.cool_down(store, host, counted.until_at, reason)
    return counted


def forget(store: Store, host: str) -> None:
    """Note that a host lets us look again."""
    if ask(store, OF_HOST, [host]):
        with store.writing() as db:
            db.execute("DELETE FROM refusals WHERE host = ?", [host])


def times(store: Readable, host: str) -> int:
    """Return how often in a row a host refused us."""
    return sum(row["times"] for row in ask(store, OF_HOST, [host]))


def refused_at(store: Readable, role: Role, address: Address) -> datetime | None:
    """Return when the last look at an address was turned away, or None where it was not."""
    row = next(iter(ask(store, LAST_LOOK, [address.url, str(role)])), None)
    return timestamps.instant(row["last_at"]) if row and row["outcome"] == Verdict.BLOCKED else None


def answered_since(store: Readable, source_id: str, at: datetime) -> bool:
    """Tell whether a newsroom let us look at anything of it since an instant."""
    return bool(ask(store, ANSWERED, [source_id, timestamps.text(at)]))


def standing(store: Readable) -> tuple[Refusal, ...]:
    """Return the hosts that refuse us, the longest first."""
    return tuple(_refusal(row) for row in ask(store, "SELECT * FROM refusals ORDER BY since_at, host"))


def _row(refusal: Refusal) -> Row:
    return {
        "host": refusal.host,
        "since_at": timestamps.text(refusal.since_at),
        "last_at": timestamps.text(refusal.last_at),
        "times": refusal.times,
        "until_at": timestamps.text(refusal.until_at),
        "reason": refusal.reason,
    }


def _refusal(row: Mapping[str, Any]) -> Refusal:
    return Refusal(
        host=row["host"],
        since_at=timestamps.instant(row["since_at"]),
        last_at=timestamps.instant(row["last_at"]),
        times=row["times"],
        until_at=timestamps.instant(row["until_at"]),
        reason=row["reason"],
    )
