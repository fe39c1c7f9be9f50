"""Politeness that holds across crawls and processes: table `hosts`.

A row has the lease of a host (which crawl may visit it), its gate (whose request is under way), its last good
robots.txt, and until when it is left alone.
"""

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlite_utils import Database

from storage.db import sql, timestamps
from storage.db.processes import is_process_dead, read_boot_id
from storage.db.rows import Row, replace_surrogates

LONGEST_REQUEST_S: Final = 900.0  # a gate that a living process holds for longer was forgotten
# What lies further ahead was written by a clock that was wrong: it may silence no host.
LONGEST_COOL_DOWN: Final = timedelta(hours=25)  # an hour more than any is made, for clocks are corrected
LONGEST_LEASE: Final = timedelta(hours=1)
POLL_S: Final = 0.25  # how soon to ask again at a gate that somebody holds


@dataclass(frozen=True, slots=True)
class CrawlOwner:
    """One crawl of one process."""

    pid: int
    boot_id: str
    token: str  # random, because process ids are used again


@dataclass(frozen=True, slots=True)
class HostClaim:
    """Which crawl wants to use which host, and when it asks."""

    host: str
    owner: CrawlOwner
    at: datetime


@dataclass(frozen=True, slots=True)
class PlatformLimit:
    """How many hosts of one platform may be crawled at the same time, by all processes together."""

    platform: str
    max_crawls: int


@dataclass(frozen=True, slots=True)
class RobotsCopy:
    """The last good answer for a host's robots.txt."""

    fetched_at: datetime
    status: int
    text: str
    verdict: str  # rules, none or unknown


@dataclass(frozen=True, slots=True)
class CoolDown:
    """Until when a host is left alone, and why."""

    until: datetime
    reason: str


def acquire_lease(
    db: Database, claim: HostClaim, ttl_s: float, limit: PlatformLimit | None = None
) -> str | None:
    """Take the right to crawl a host; return None when it is taken, else one line that says who has it.

    That is another crawl of the host, or as many crawls of its platform as there may be. An expired lease is
    free; so is one that a process took which has died since this start of the machine.
    """
    row = _find_host(db, claim.host)
    if _is_leased_to_another(row, claim):
        return f"{claim.host} is being crawled already by process {row['lease_pid']}"
    if limit and _is_reached(db, limit, claim):
        return f"{claim.host} waits for others of {limit.platform}: max_platform_crawls = {limit.max_crawls}"
    platform = limit.platform if limit else None
    _update_host(db, claim.host, _lease_columns(claim, ttl_s) | {"lease_platform": platform})
    return None


def renew_lease(db: Database, claim: HostClaim, ttl_s: float) -> bool:
    """Extend a lease; False where another crawl holds it by now."""
    is_ours = bool(_find_host(db, claim.host)["lease_token"] == claim.owner.token)
    if is_ours:
        _update_host(db, claim.host, _lease_columns(claim, ttl_s))
    return is_ours


def release_lease(db: Database, claim: HostClaim) -> None:
    """Give back the lease, and the gate where it was left taken. Those of other crawls stay."""
    row = _find_host(db, claim.host)
    if row["lease_token"] == claim.owner.token:
        _update_host(db, claim.host, NO_LEASE)
    if row["gate_token"] == claim.owner.token:
        _update_host(db, claim.host, _open_gate(claim.at))


def is_held_by_this_process(db: Database, host: str) -> bool:
    """Return whether this process has the lease or the gate of a host."""
    row = _find_host(db, host)
    return _is_ours(row, "lease") or _is_ours(row, "gate")


def free_host(db: Database, host: str, at: datetime) -> None:
    """Give back the lease and the gate that this process left, because the disk was full as its crawl ended.

    Call it only where no crawl of the host is at work in this process.
    """
    row = _find_host(db, host)
    if _is_ours(row, "lease"):
        _update_host(db, host, NO_LEASE)
    if _is_ours(row, "gate"):
        _update_host(db, host, _open_gate(at))


def compute_gate_wait_s(db: Database, claim: HostClaim, delay_s: float) -> float:
    """Return the seconds after which to ask again at the gate of a host; 0.0 where it may be tried now.

    This only reads, so that waiting takes no lock.
    """
    return _compute_wait_s(_find_host(db, claim.host), claim.at, delay_s)


def take_gate(db: Database, claim: HostClaim, delay_s: float) -> bool:
    """Take the gate of a host in one statement where it is free and the pause is over; return whether it was.

    False also where only the write lock can decide (see `take_gate_locked`): on the first request to a host,
    and where a dead process or a wrong clock left something in the row.
    """
    rested_since = timestamps.format_timestamp(claim.at - timedelta(seconds=delay_s))
    values = [*_gate_columns(claim).values(), claim.host, rested_since]
    return db.execute(TAKE_GATE, values).rowcount == 1


TAKE_GATE: Final = """UPDATE hosts SET gate_pid = ?, gate_boot_id = ?, gate_token = ?, gate_since_at = ?
    WHERE host = ? AND gate_token IS NULL AND last_request_at <= ?"""


def take_gate_locked(db: Database, claim: HostClaim, delay_s: float) -> float:
    """Take the gate of a host under the write lock; return 0.0, or the seconds after which to ask again.

    There is never a second request at once, not even of the same owner, and at least `delay_s` from the end
    of the last answer to the start of the next request. The gate of a dead process counts as just given back,
    because the host may still be busy with what it asked. So does a last request that a wrong clock put into
    the future.
    """
    row = _find_host(db, claim.host)
    if _is_abandoned(row, claim.at) if row["gate_token"] else _is_ahead(row, claim.at):
        _update_host(db, claim.host, _open_gate(claim.at))
        return delay_s
    wait_s = _compute_wait_s(row, claim.at, delay_s)
    if wait_s == 0:
        _update_host(db, claim.host, _gate_columns(claim))
    return wait_s


def release_gate(db: Database, claim: HostClaim) -> None:
    """Give the gate back; the pause begins. The gate of another crawl stays taken."""
    db.execute(RELEASE_GATE, [timestamps.format_timestamp(claim.at), claim.host, claim.owner.token])


RELEASE_GATE: Final = """UPDATE hosts SET gate_pid = NULL, gate_boot_id = NULL, gate_token = NULL,
    gate_since_at = NULL, last_request_at = ? WHERE host = ? AND gate_token = ?"""


def find_robots(db: Database, host: str) -> RobotsCopy | None:
    """Return the last good robots.txt of a host, None before there was one."""
    row = _find_host(db, host)
    if row["robots_fetched_at"] is None:
        return None
    fetched_at = timestamps.parse_timestamp(row["robots_fetched_at"])
    return RobotsCopy(fetched_at, row["robots_status"], row["robots_text"], row["robots_verdict"])


def save_robots(db: Database, host: str, copy: RobotsCopy) -> None:
    """Save a good answer for robots.txt."""
    columns = {
        "robots_fetched_at": timestamps.format_timestamp(copy.fetched_at),
        "robots_status": copy.status,
        "robots_text": replace_surrogates(copy.text),
        "robots_verdict": copy.verdict,
    }
    _update_host(db, host, columns)


def find_cool_down(db: Database, host: str, now: datetime) -> CoolDown | None:
    """Return until when a host is left alone, None where it may be asked."""
    row = _find_host(db, host)
    until = timestamps.parse_optional_timestamp(row["cooling_until"])
    if until is None or not now < until <= now + LONGEST_COOL_DOWN:
        return None
    return CoolDown(until, row["cooling_reason"] or "")


def start_cool_down(db: Database, host: str, cool_down: CoolDown, now: datetime) -> None:
    """Leave a host alone; a cool-down that lasts longer stays."""
    present = find_cool_down(db, host, now)
    if present is None or present.until < cool_down.until:
        until = timestamps.format_timestamp(cool_down.until)
        _update_host(db, host, {"cooling_until": until, "cooling_reason": cool_down.reason})


def _is_leased_to_another(row: Row, claim: HostClaim) -> bool:
    if row["lease_token"] in (None, claim.owner.token):
        return False
    left = timestamps.parse_timestamp(row["lease_expires_at"]) - claim.at
    if left <= timedelta(0) or is_process_dead(row["lease_pid"], row["lease_boot_id"]):
        return False
    return left <= LONGEST_LEASE or row["lease_boot_id"] == read_boot_id()  # a living holder corrects it soon


def _is_reached(db: Database, limit: PlatformLimit, claim: HostClaim) -> bool:
    rows = db.query("SELECT * FROM hosts WHERE lease_platform = ?", [limit.platform])
    return sum(_is_leased_to_another(row, claim) for row in rows) >= limit.max_crawls


def _is_ours(row: Row, kind: str) -> bool:
    return (row[f"{kind}_pid"], row[f"{kind}_boot_id"]) == (os.getpid(), read_boot_id())


def _lease_columns(claim: HostClaim, ttl_s: float) -> Row:
    return {
        "lease_pid": claim.owner.pid,
        "lease_boot_id": claim.owner.boot_id,
        "lease_token": claim.owner.token,
        "lease_expires_at": timestamps.format_timestamp(claim.at + timedelta(seconds=ttl_s)),
    }


def _gate_columns(claim: HostClaim) -> Row:
    """Return the columns of a gate that is taken, in the order of TAKE_GATE."""
    return {
        "gate_pid": claim.owner.pid,
        "gate_boot_id": claim.owner.boot_id,
        "gate_token": claim.owner.token,
        "gate_since_at": timestamps.format_timestamp(claim.at),
    }


def _open_gate(at: datetime) -> Row:
    """Return the columns of a gate that was given back at an instant."""
    return dict.fromkeys(GATE) | {"last_request_at": timestamps.format_timestamp(at)}


def _compute_wait_s(row: Row, now: datetime, delay_s: float) -> float:
    """Return the seconds to wait; 0.0 also where the row is wrong, which whoever has the lock corrects."""
    if row["gate_token"]:
        return 0.0 if _is_abandoned(row, now) else max(0.001, min(delay_s, POLL_S))
    last_at = timestamps.parse_optional_timestamp(row["last_request_at"])
    if last_at is None or _is_ahead(row, now):
        return 0.0
    return max(delay_s - (now - last_at).total_seconds(), 0.0)


def _is_ahead(row: Row, now: datetime) -> bool:
    """Return whether the last request was in the future: a clock was set back since."""
    last_at = timestamps.parse_optional_timestamp(row["last_request_at"])
    return last_at is not None and last_at > now


def _is_abandoned(row: Row, now: datetime) -> bool:
    since = timestamps.parse_timestamp(row["gate_since_at"])
    if abs((now - since).total_seconds()) > LONGEST_REQUEST_S:
        return True
    return is_process_dead(row["gate_pid"], row["gate_boot_id"])


def _find_host(db: Database, host: str) -> Row:
    """Return the row of a host; nothing but None where there is none yet."""
    row = next(db.query("SELECT * FROM hosts WHERE host = ?", [host]), None)
    return row or dict.fromkeys(COLUMNS)


GATE: Final = ("gate_pid", "gate_boot_id", "gate_token", "gate_since_at")
LEASE: Final = ("lease_pid", "lease_boot_id", "lease_token", "lease_expires_at", "lease_platform")
NO_LEASE: Final[Row] = dict.fromkeys(LEASE)
COLUMNS: Final = (
    *("host", "last_request_at", "cooling_until", "cooling_reason"),
    *("robots_verdict", "robots_status", "robots_fetched_at", "robots_text"),
    *LEASE,
    *GATE,
)


def _update_host(db: Database, host: str, columns: Row) -> None:
    sql.upsert_row(db, "hosts", {"host": host} | columns, "host")
