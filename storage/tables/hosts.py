"""Politeness that holds across crawls and processes: who crawls a host, who asks it, what it allows."""

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlite_utils import Database

from storage.db import sql, timestamps
from storage.db.connection import explained
from storage.db.processes import boot_id, is_dead
from storage.db.rows import Row, storable
from storage.store import Store

LONGEST_REQUEST_S: Final = 900.0  # a gate that a living process holds longer than this was forgotten
# What lies further ahead was written by a clock that was wrong: it may silence no host.
LONGEST_COOLING: Final = timedelta(hours=25)  # an hour more than any is made, for clocks are corrected
LONGEST_LEASE: Final = timedelta(hours=1)
ASK_AGAIN_S: Final = 0.25  # how soon to ask again at a gate that somebody holds


@dataclass(frozen=True, slots=True)
class Owner:
    """One crawl of one process."""

    pid: int
    boot_id: str
    token: str  # random: a process id comes back


@dataclass(frozen=True, slots=True)
class Share:
    """What the crawls of one platform may take together, in all processes."""

    platform: str
    at_once: int


@dataclass(frozen=True, slots=True)
class RobotsCopy:
    """The last good answer for a host's robots.txt."""

    fetched_at: datetime
    status: int
    text: str
    verdict: str  # rules, none or unknown


@dataclass(frozen=True, slots=True)
class Cooling:
    """Until when a host is left alone, and why."""

    until: datetime
    reason: str


def acquire_lease(
    store: Store, host: str, owner: Owner, now: datetime, ttl_s: float, share: Share | None = None
) -> str | None:
    """Take the right to crawl a host; return None when it is taken, else in words what is in the way.

    That is another crawl of the host, or as many crawls of its platform as there may be. A lease that ran out
    is free; one whose process died on this start of the machine is free at once.
    """
    with store.writing() as db:
        row = _row(db, host)
        if _is_leased(row, owner, now):
            return f"{host} is being crawled already by process {row['lease_pid']}"
        if share and _is_spent(db, share, owner, now):
            return f"{host} waits for others of {share.platform}: max_platform_crawls = {share.at_once}"
        _lease(db, host, owner, now, ttl_s)
        _set(db, host, {"lease_platform": share.platform if share else None})
    return None


def renew_lease(store: Store, host: str, owner: Owner, now: datetime, ttl_s: float) -> bool:
    """Extend a lease; False where somebody else holds it by now."""
    with store.writing() as db:
        is_ours = bool(_row(db, host)["lease_token"] == owner.token)
        if is_ours:
            _lease(db, host, owner, now, ttl_s)
    return is_ours


def release_lease(store: Store, host: str, owner: Owner) -> None:
    """Give a lease back, and a gate that was left shut; somebody else's stay."""
    with store.writing() as db:
        free = dict.fromkeys(LEASE)
        row = _row(db, host)
        if row["lease_token"] == owner.token:
            _set(db, host, free)
        if row["gate_token"] == owner.token:
            _set(db, host, FREE | {"last_request_at": timestamps.text(store.clock())})


def reclaim(store: Store, host: str, now: datetime) -> None:
    """Give back the lease and the gate that this very process left: the disk was full as its crawl ended.

    To be called where no crawl of the host is at work in this process.
    """
    us = (os.getpid(), boot_id())
    with explained(store.path):
        row = _row(store.db, host)
    left: Row = {}
    if (row["lease_pid"], row["lease_boot_id"]) == us:
        left |= dict.fromkeys(LEASE)
    if (row["gate_pid"], row["gate_boot_id"]) == us:
        left |= FREE | {"last_request_at": timestamps.text(now)}
    if left:
        with store.writing() as db:
            _set(db, host, left)


def begin_request(store: Store, host: str, owner: Owner, now: datetime, delay_s: float) -> float:
    """Take the one slot of a host and return 0.0, or return the seconds after which to ask again.

    There is never a second request at once, not even of the same owner, and at least `delay_s` from the end
    of the last answer to the start of the next request. The slot of a dead process counts as just given back:
    the host may still be busy with what it asked. So does a request that a wrong clock put into the future.
    """
    with explained(store.path):
        row = _row(store.db, host)
        wait_s = _wait_s(row, now, delay_s)
    if wait_s > 0:
        return wait_s
    if _take(store, row, owner, now):
        return 0.0
    with store.writing() as db:
        row = _row(db, host)
        if _is_abandoned(row, now) if row["gate_token"] else _is_ahead(row, now):
            _set(db, host, FREE | {"last_request_at": timestamps.text(now)})
            return delay_s
        wait_s = _wait_s(row, now, delay_s)
        if wait_s == 0:
            gate = {"gate_pid": owner.pid, "gate_boot_id": owner.boot_id, "gate_token": owner.token}
            _set(db, host, gate | {"gate_since_at": timestamps.text(now)})
        return wait_s


def end_request(store: Store, host: str, owner: Owner, now: datetime) -> None:
    """Give the slot back; the pause begins. Somebody else's slot stays taken."""
    with store.lightly() as db:
        db.execute(GIVE_BACK, [timestamps.text(now), host, owner.token])


# A look costs less without a sync for each end of its request. After a loss of power the gate is free in any
# case: who held it did so before this start of the machine, which took longer than any pause.
TAKE: Final = """UPDATE hosts SET gate_pid = ?, gate_boot_id = ?, gate_token = ?, gate_since_at = ?
    WHERE host = ? AND gate_token IS NULL AND last_request_at = ?"""
GIVE_BACK: Final = """UPDATE hosts SET gate_pid = NULL, gate_boot_id = NULL, gate_token = NULL,
    gate_since_at = NULL, last_request_at = ? WHERE host = ? AND gate_token = ?"""


def _take(store: Store, row: Row, owner: Owner, now: datetime) -> bool:
    """Take the slot of a host whose row is still as it was read, in one statement; tell whether it was."""
    if row["gate_token"] or row["last_request_at"] is None or _is_ahead(row, now):
        return False
    gate = [owner.pid, owner.boot_id, owner.token, timestamps.text(now)]
    with store.lightly() as db:
        return db.execute(TAKE, [*gate, row["host"], row["last_request_at"]]).rowcount == 1


FREE: Final[Row] = {"gate_pid": None, "gate_boot_id": None, "gate_token": None, "gate_since_at": None}


def robots(store: Store, host: str) -> RobotsCopy | None:
    """Return the last good robots.txt of a host, None before there was one."""
    with explained(store.path):
        row = _row(store.db, host)
    if row["robots_fetched_at"] is None:
        return None
    fetched_at = timestamps.instant(row["robots_fetched_at"])
    return RobotsCopy(fetched_at, row["robots_status"], row["robots_text"], row["robots_verdict"])


def save_robots(store: Store, host: str, copy: RobotsCopy) -> None:
    """Keep a good answer for robots.txt."""
    kept = {
        "robots_fetched_at": timestamps.text(copy.fetched_at),
        "robots_status": copy.status,
        "robots_text": storable(copy.text),
        "robots_verdict": copy.verdict,
    }
    with store.writing() as db:
        _set(db, host, kept)


def cool_down(store: Store, host: str, until: datetime, reason: str) -> None:
    """Leave a host alone until then; an earlier, longer cool-down stays."""
    with store.writing() as db:
        known = _cooling(_row(db, host), store.clock())
        if known is None or known.until < until:
            _set(db, host, {"cooling_until": timestamps.text(until), "cooling_reason": reason})


def cooling(store: Store, host: str, now: datetime) -> Cooling | None:
    """Return until when a host is left alone, None where it may be asked."""
    with explained(store.path):
        return _cooling(_row(store.db, host), now)


def _cooling(row: Row, now: datetime) -> Cooling | None:
    until = timestamps.parse_optional_instant(row["cooling_until"])
    is_so = until is not None and now < until <= now + LONGEST_COOLING
    return Cooling(until, row["cooling_reason"] or "") if until and is_so else None


def _is_leased(row: Row, owner: Owner, now: datetime) -> bool:
    if row["lease_token"] in (None, owner.token):
        return False
    left = timestamps.instant(row["lease_expires_at"]) - now
    if left <= timedelta(0) or is_dead(row["lease_pid"], row["lease_boot_id"]):
        return False
    return left <= LONGEST_LEASE or row["lease_boot_id"] == boot_id()  # a living holder renews what is wrong


def _is_spent(db: Database, share: Share, owner: Owner, now: datetime) -> bool:
    """Tell whether as many hosts of a platform are being crawled as may be."""
    rows = db.query("SELECT * FROM hosts WHERE lease_platform = ?", [share.platform])
    return sum(_is_leased(row, owner, now) for row in rows) >= share.at_once


def _lease(db: Database, host: str, owner: Owner, now: datetime, ttl_s: float) -> None:
    lease = {"lease_pid": owner.pid, "lease_boot_id": owner.boot_id, "lease_token": owner.token}
    _set(db, host, lease | {"lease_expires_at": timestamps.text(now + timedelta(seconds=ttl_s))})


def _wait_s(row: Row, now: datetime, delay_s: float) -> float:
    """Return the seconds to wait; 0.0 also for what is wrong in the row: whoever writes sorts that out."""
    if row["gate_token"]:
        return 0.0 if _is_abandoned(row, now) else max(0.001, min(delay_s, ASK_AGAIN_S))
    last = timestamps.parse_optional_instant(row["last_request_at"])
    if last is None or _is_ahead(row, now):
        return 0.0
    return max(delay_s - (now - last).total_seconds(), 0.0)


def _is_ahead(row: Row, now: datetime) -> bool:
    """Tell whether the last request was in the future: a clock was set back since."""
    last = timestamps.parse_optional_instant(row["last_request_at"])
    return last is not None and last > now


def _is_abandoned(row: Row, now: datetime) -> bool:
    since = timestamps.instant(row["gate_since_at"])
    if abs((now - since).total_seconds()) > LONGEST_REQUEST_S:
        return True
    return is_dead(row["gate_pid"], row["gate_boot_id"])


def _row(db: Database, host: str) -> Row:
    """Return the row of a host; nothing but None where there is none yet."""
    row = next(db.query("SELECT * FROM hosts WHERE host = ?", [host]), None)
    return row or dict.fromkeys(COLUMNS)


LEASE: Final = ("lease_pid", "lease_boot_id", "lease_token", "lease_expires_at", "lease_platform")
COLUMNS: Final = (
    *("host", "last_request_at", "cooling_until", "cooling_reason"),
    *("robots_verdict", "robots_status", "robots_fetched_at", "robots_text"),
    *LEASE,
    *("gate_pid", "gate_boot_id", "gate_token", "gate_since_at"),
)


def _set(db: Database, host: str, values: Row) -> None:
    sql.upsert(db, "hosts", {"host": host} | values, "host")
