"""Where postings stand between judgements: table `standings`, and what `postings` shows of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlite_utils import Database

from storage.db import sql, timestamps
from storage.db.rows import Row
from storage.models import Absence, Address, PostingState, PostingStatus, start_posting_status


def begin(db: Database, posting_id: int, address: Address, at: datetime) -> None:
    """Keep the standing of a posting that was read for the first time."""
    db.table("standings").insert(_row(posting_id, start_posting_status(address, at)))


def of(row: Row) -> PostingStatus:
    """Return the standing that a row of `standings` holds, joined with its posting's site and number."""
    return PostingStatus(
        state=PostingState(row["state"]),
        since=timestamps.instant(row["since_at"]),
        address=Address(row["site"], row["number"], row["url"]),
        last_seen_at=timestamps.instant(row["last_seen_at"]),
        last_look_at=timestamps.instant(row["last_look_at"]),
        absence=_absence(row, "absent"),
        moved_to=row["moved_to"],
        last_listed_at=timestamps.parse_optional_instant(row["last_listed_at"]),
        unlisting=_absence(row, "unlisted"),
        is_unlisted=bool(row["unlisted_told"]),
    )


def keep(db: Database, changed: Mapping[int, PostingStatus], readable: Mapping[int, bool]) -> None:
    """Keep standings, show their state on the postings, and whether the last answer could be read."""
    for posting_id, standing in changed.items():
        sql.upsert(db, "standings", _row(posting_id, standing), "posting_id")
        shown = [
            str(standing.shown_state),
            timestamps.text(standing.since),
            standing.address.url,
            posting_id,
        ]
        db.execute(SHOW, shown)
    for posting_id, value in readable.items():
        db.execute("UPDATE standings SET is_readable = ? WHERE posting_id = ?", [int(value), posting_id])


SHOW: Final = """UPDATE postings SET state = ?1, since_at = iif(state <> ?1, ?2, since_at), url = ?3
    WHERE id = ?4 AND (state <> ?1 OR url <> ?3)"""


def _row(posting_id: int, standing: PostingStatus) -> Row:
    return {
        "posting_id": posting_id,
        "state": str(standing.state),
        "url": standing.address.url,
        "since_at": timestamps.text(standing.since),
        "last_seen_at": timestamps.text(standing.last_seen_at),
        "last_look_at": timestamps.text(standing.last_look_at),
        "moved_to": standing.moved_to,
        "last_listed_at": timestamps.maybe_text(standing.last_listed_at),
        "unlisted_told": int(standing.is_unlisted),
        **_columns("absent", standing.absence),
        **_columns("unlisted", standing.unlisting),
    }


def _absence(row: Row, prefix: str) -> Absence | None:
    if row[f"{prefix}_looks"] is None:
        return None
    first, last = (timestamps.instant(row[f"{prefix}_{name}_at"]) for name in ("first", "last"))
    return Absence(first, last, row[f"{prefix}_looks"])


def _columns(prefix: str, absence: Absence | None) -> Row:
    return {
        f"{prefix}_first_at": timestamps.text(absence.first_at) if absence else None,
        f"{prefix}_last_at": timestamps.text(absence.last_at) if absence else None,
        f"{prefix}_looks": absence.looks if absence else None,
    }
