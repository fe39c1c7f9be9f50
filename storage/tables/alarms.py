"""Alarms as they begin and end, so that each is told once, also by a watch that was started anew."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from storage.db import timestamps
from storage.db.reading import Readable, Row, ask
from storage.db.rows import storable
from storage.store import Store

STANDING: Final = "SELECT * FROM alarms WHERE ended_at IS NULL ORDER BY began_at, id"


@dataclass(frozen=True, slots=True)
class KeptAlarm:
    """Something that is wrong with a newsroom, as it was told."""

    source: str
    kind: str
    line: str
    advice: str
    since_at: datetime  # when it went wrong
    began_at: datetime  # when we noticed


def standing(store: Readable) -> tuple[KeptAlarm, ...]:
    """Return the alarms that have not ended, the oldest first."""
    return tuple(map(_alarm, ask(store, STANDING)))


def begin(store: Store, alarms: Iterable[KeptAlarm]) -> None:
    """Keep alarms that begin; one of a kind stands for a newsroom at a time."""
    with store.writing() as db:
        for alarm in alarms:
            db.table("alarms").insert(_row(alarm))


def end(store: Store, alarms: Sequence[KeptAlarm], at: datetime) -> None:
    """Note that alarms ended."""
    with store.writing() as db:
        for alarm in alarms:
            db.execute(
                "UPDATE alarms SET ended_at = ? WHERE source_id = ? AND kind = ? AND ended_at IS NULL",
                [timestamps.text(at), alarm.source, alarm.kind],
            )


def _alarm(row: Row) -> KeptAlarm:
    return KeptAlarm(
        source=row["source_id"],
        kind=row["kind"],
        line=row["line"],
        advice=row["advice"],
        since_at=timestamps.instant(row["since_at"]),
        began_at=timestamps.instant(row["began_at"]),
    )


def _row(alarm: KeptAlarm) -> dict[str, object]:
    return {
        "source_id": alarm.source,
        "kind": alarm.kind,
        "line": storable(alarm.line),
        "advice": storable(alarm.advice),
        "since_at": timestamps.text(alarm.since_at),
        "began_at": timestamps.text(alarm.began_at),
    }
