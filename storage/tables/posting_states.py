"""What is known of postings between looks: table `posting_states`, and what `postings` shows of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlite_utils import Database

from storage.db import sql, timestamps
from storage.db.rows import Row
from storage.models import Absence, Address, PostingState, PostingStatus, start_posting_status


def insert_posting_status(db: Database, posting_id: int, address: Address, at: datetime) -> None:
    """Save the status of a posting that was read for the first time."""
    sql.insert_row(db, "posting_states", status_to_row(posting_id, start_posting_status(address, at)))


def read_posting_status(row: Row) -> PostingStatus:
    """Return the status in a row of `posting_states`, joined with its posting's site and number."""
    return PostingStatus(
        state=PostingState(row["state"]),
        since=timestamps.parse_timestamp(row["since_at"]),
        address=Address(row["site"], row["number"], row["url"]),
        last_seen_at=timestamps.parse_timestamp(row["last_seen_at"]),
        last_look_at=timestamps.parse_timestamp(row["last_look_at"]),
        absence=_to_absence(row, "absent"),
        moved_to=row["moved_to"],
        last_listed_at=timestamps.parse_optional_timestamp(row["last_listed_at"]),
        unlisting=_to_absence(row, "unlisted"),
        is_in_mass_absence=bool(row["is_in_mass_absence"]),
        unlisting_reported=bool(row["unlisting_reported"]),
    )


def count_open_postings(db: Database, source_id: str) -> int:
    """Return how many postings of a source are live or suspected."""
    row = db.execute(COUNT_OPEN, [source_id]).fetchone()
    return int(row[0])


COUNT_OPEN: Final = """SELECT count(*) FROM posting_sources x JOIN posting_states s USING (posting_id)
    WHERE x.source_id = ? AND s.state IN ('live', 'suspect')"""


def save_posting_statuses(
    db: Database, changed: Mapping[int, PostingStatus], readable: Mapping[int, bool]
) -> None:
    """Save statuses by posting, show them on the postings, and whether the last answers could be read."""
    for posting_id, status in changed.items():
        sql.upsert_row(db, "posting_states", status_to_row(posting_id, status), "posting_id")
        shown = [
            str(status.shown_state),
            timestamps.format_timestamp(status.since),
            status.address.url,
            posting_id,
        ]
        db.execute(SHOW, shown)
    for posting_id, value in readable.items():
        db.execute("UPDATE posting_states SET is_readable = ? WHERE posting_id = ?", [int(value), posting_id])


SHOW: Final = """UPDATE postings SET state = ?1, since_at = iif(state <> ?1, ?2, since_at), url = ?3
    WHERE id = ?4 AND (state <> ?1 OR url <> ?3)"""


def status_to_row(posting_id: int, status: PostingStatus) -> Row:
    """Return the row of `posting_states` that holds a status."""
    return {
        "posting_id": posting_id,
        "state": str(status.state),
        "url": status.address.url,
        "site": status.address.site,
        "since_at": timestamps.format_timestamp(status.since),
        "last_seen_at": timestamps.format_timestamp(status.last_seen_at),
        "last_look_at": timestamps.format_timestamp(status.last_look_at),
        "moved_to": status.moved_to,
        "last_listed_at": timestamps.format_optional_timestamp(status.last_listed_at),
        "is_in_mass_absence": int(status.is_in_mass_absence),
        "unlisting_reported": int(status.unlisting_reported),
        **_absence_columns("absent", status.absence),
        **_absence_columns("unlisted", status.unlisting),
    }


def _to_absence(row: Row, prefix: str) -> Absence | None:
    if row[f"{prefix}_looks"] is None:
        return None
    first, last = (timestamps.parse_timestamp(row[f"{prefix}_{name}_at"]) for name in ("first", "last"))
    return Absence(first, last, row[f"{prefix}_looks"])


def _absence_columns(prefix: str, absence: Absence | None) -> Row:
    return {
        f"{prefix}_first_at": timestamps.format_timestamp(absence.first_at) if absence else None,
        f"{prefix}_last_at": timestamps.format_timestamp(absence.last_at) if absence else None,
        f"{prefix}_looks": absence.looks if absence else None,
    }
