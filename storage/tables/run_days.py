"""Old runs, folded into a row a newsroom and day: what a watch writes while nothing happens may not pile up.

What somebody still asks for stays a row of `runs`: see KEPT. Imports stay too; people make them, and few.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Final

from sqlite_utils import Database

from storage.db import timestamps
from storage.db.rows import Row, as_json

BATCH: Final = 500  # runs at once: some hundredths of a second, for which other writers wait
FEW: Final = 20  # of each newsroom that stay, however old
COUNTED: Final = ("runs", "failed", "requests", "found", "published", "edited")

# The last complete run, the last that asked for a list, the last ones that health is read from (the newest of
# all among them, so that its number is never given again), those whose looks wait, that of a quarantine.
LAST: Final = "SELECT id FROM (SELECT id FROM runs WHERE source_id = :source AND {} DESC LIMIT {})"
POLL: Final = "kind NOT IN ('import', 'looks') AND requests > 0 AND state <> 'interrupted'"
FINISHED: Final = "kind <> 'import' AND state <> 'running'"
KEPT: Final = " UNION ALL ".join(
    (
        LAST.format("complete ORDER BY id", 1),
        LAST.format(f"{POLL} ORDER BY started_at", 1),
        LAST.format(f"{FINISHED} ORDER BY id", FEW),
        *(f"SELECT run_id FROM {table} WHERE source_id = :source" for table in ("findings", "quarantines")),  # noqa: S608
    )
)
OLD: Final = f"""SELECT id, substr(started_at, 1, 10) AS day, 1 AS runs, requests, found, published, edited,
        state NOT IN ('ok', 'limited') OR failures <> '[]' AS failed, verdicts
    FROM runs WHERE source_id = :source AND started_at < :before AND {FINISHED}
        AND id NOT IN ({KEPT})
    ORDER BY started_at LIMIT :most"""  # noqa: S608  # words of ours alone


def old(db: Database, source_id: str, before: datetime, most: int = BATCH) -> list[Row]:
    """Return runs of a source to be folded, of days before that of an instant, the oldest first."""
    midnight = before.replace(hour=0, minute=0, second=0, microsecond=0)
    return list(db.query(OLD, {"source": source_id, "before": timestamps.text(midnight), "most": most}))


def fold(db: Database, source_id: str, runs: Iterable[Row]) -> None:
    """Put runs into the rows of their days, in the transaction the caller has begun; runs come by day."""
    for day, rows in groupby(runs, key=lambda row: row["day"]):
        folded = list(rows)
        _add(db, source_id, day, folded)
        ids = json.dumps([row["id"] for row in folded])
        db.execute("DELETE FROM runs WHERE id IN (SELECT value FROM json_each(?))", [ids])


def _add(db: Database, source_id: str, day: str, runs: Sequence[Row]) -> None:
    kept = db.query("SELECT * FROM run_days WHERE source_id = ? AND day = ?", [source_id, day])
    parts = [*runs, *kept]
    verdicts: Counter[str] = Counter()
    for part in parts:
        verdicts.update(json.loads(part["verdicts"]))
    row = {name: sum(part[name] for part in parts) for name in COUNTED}
    row |= {"source_id": source_id, "day": day, "verdicts": as_json(verdicts)}
    db.table("run_days").upsert(row, pk=("source_id", "day"))
