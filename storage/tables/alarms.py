"""What is wrong with newsrooms: table `alarms`. A watch that restarts does not report one twice."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlite_utils import Database

from storage.db import sql, timestamps
from storage.db.rows import Row, replace_surrogates

OPEN: Final = "SELECT * FROM alarms WHERE ended_at IS NULL ORDER BY began_at, id"


@dataclass(frozen=True, slots=True)
class StoredAlarm:
    """Something that is wrong with a newsroom, as the watch reported it."""

    source: str
    kind: str
    line: str
    advice: str
    since_at: datetime  # when it went wrong
    began_at: datetime  # when we noticed


def list_open_alarms(db: Database) -> tuple[StoredAlarm, ...]:
    """Return the alarms that have not ended, the oldest first."""
    return tuple(map(_to_alarm, db.query(OPEN)))


def record_alarms(db: Database, alarms: Iterable[StoredAlarm]) -> None:
    """Save alarms that begin. A newsroom has at most one open alarm of a kind."""
    for alarm in alarms:
        sql.insert_row(db, "alarms", _to_row(alarm))


def end_alarms(db: Database, alarms: Iterable[StoredAlarm], at: datetime) -> None:
    """Note that alarms ended."""
    for alarm in alarms:
        db.execute(END, [timestamps.format_timestamp(at), alarm.source, alarm.kind])


END: Final = "UPDATE alarms SET ended_at = ? WHERE source_id = ? AND kind = ? AND ended_at IS NULL"


def _to_alarm(row: Row) -> StoredAlarm:
    return StoredAlarm(
        source=row["source_id"],
        kind=row["kind"],
        line=row["line"],
        advice=row["advice"],
        since_at=timestamps.parse_timestamp(row["since_at"]),
        began_at=timestamps.parse_timestamp(row["began_at"]),
    )


def _to_row(alarm: StoredAlarm) -> Row:
    return {
        "source_id": alarm.source,
        "kind": alarm.kind,
        "line": replace_surrogates(alarm.line),
        "advice": replace_surrogates(alarm.advice),
        "since_at": timestamps.format_timestamp(alarm.since_at),
        "began_at": timestamps.format_timestamp(alarm.began_at),
    }
