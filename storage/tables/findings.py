"""What the looks of a run told, until the run is judged: table `findings`, a queue that judging empties.

A finding is written with its look, in the same transaction, so that a kill between looks and judgement loses
nothing. It tells no event yet; its capture is in the chain already. Findings of a source in quarantine are
held: `held` gives them, `reread` puts another reading in the place of one, `release` lets the next judgement
take them up, run by run.
"""

import json
from collections.abc import Sequence
from typing import Final

from sqlite_utils import Database

from storage.db import rows, sql, timestamps
from storage.db.rows import Row
from storage.models import Address, Entry, Fields, Look, PostingFinding, Role, SiteFinding, Verdict

ROLES: Final = frozenset({Role.ARTICLE, Role.LISTING, Role.FEED, Role.CONTROL})


def awaits_judgement(db: Database, run_id: int | None) -> bool:
    """Tell whether looks of a run are judged at its end; an import's, and those of no run, are at once."""
    row = db.execute("SELECT kind FROM runs WHERE id = ?", [run_id]).fetchone()
    return row is not None and row[0] != "import"


def keep(db: Database, look: Look, posting_id: int | None = None, brought: Row | None = None) -> None:
    """Keep what a look told of a known posting, a list or a control.

    `brought` are columns: the revision it saw, or the text it `read` that is none yet, and the capture.
    """
    if look.role not in ROLES or (look.role is Role.ARTICLE and posting_id is None):
        return
    row = {
        "source_id": look.source_id,
        "run_id": look.run_id,
        "role": str(look.role),
        "url": look.address.url,
        "at": timestamps.text(look.at),
        "verdict": str(look.verdict),
        "status": look.page.status if look.page else None,
        "is_spoiled": int(look.spoiled),
        "posting_id": posting_id,
        "found_site": look.found.site if look.found else None,
        "found_number": look.found.number if look.found else None,
        "found_url": look.found.url if look.found else None,
        "listed": _entries_text(look.listing.entries) if look.listing else None,
    }
    sql.insert(db, "findings", row | (brought or {}), ignore=True)


def waiting(db: Database, posting_id: int) -> tuple[Fields, int | None] | None:
    """Return the text that the newest look at a posting brought, and its capture, if it waits."""
    row = next(db.query(NEWEST, [posting_id]), None)
    return (text_of(row["read"]), row["capture_id"]) if row and row["read"] else None


NEWEST: Final = """SELECT read, capture_id FROM findings WHERE posting_id = ? AND verdict = 'live'
    ORDER BY at DESC, id DESC LIMIT 1"""


def runs(db: Database, source_id: str) -> list[int]:
    """Return the runs of a source that wait for judgement, the earliest first."""
    rows_found = db.execute(
        "SELECT DISTINCT run_id FROM findings WHERE source_id = ? AND NOT is_held ORDER BY run_id",
        [source_id],
    )
    return [int(row[0]) for row in rows_found]


def of_run(db: Database, source_id: str, run_id: int) -> list[Row]:
    """Return the findings of a run that wait for judgement, in the order of time."""
    return list(db.query(OF_RUN, [source_id, run_id]))


OF_RUN: Final = """SELECT * FROM findings WHERE source_id = ? AND run_id = ? AND NOT is_held
    ORDER BY at, id"""


def done(db: Database, ids: Sequence[int]) -> None:
    """Forget findings that were judged."""
    db.execute("DELETE FROM findings WHERE id IN (SELECT value FROM json_each(?))", [json.dumps(ids)])


def hold(db: Database, ids: Sequence[int]) -> None:
    """Hold findings back: their source is in quarantine."""
    db.execute(
        "UPDATE findings SET is_held = 1 WHERE id IN (SELECT value FROM json_each(?))", [json.dumps(ids)]
    )


def held(db: Database, source_id: str) -> list[Row]:
    """Return the held findings of a source, in the order of time, as rows of the table."""
    return list(
        db.query("SELECT * FROM findings WHERE source_id = ? AND is_held ORDER BY at, id", [source_id])
    )


def reread(db: Database, finding_id: int, verdict: Verdict, read: Fields | None) -> None:
    """Put another reading of its capture in the place of a finding's; the text is no revision yet."""
    text = text_kept(read) if read is not None else None
    change = [str(verdict), text, finding_id]
    db.execute("UPDATE findings SET verdict = ?, read = ?, revision_id = NULL WHERE id = ?", change)


def relist(db: Database, finding_id: int, verdict: Verdict, entries: Sequence[Entry]) -> None:
    """Put another reading of its capture in the place of a finding about a list or a feed."""
    change = [str(verdict), _entries_text(entries) if entries else None, finding_id]
    db.execute("UPDATE findings SET verdict = ?, listed = ? WHERE id = ?", change)


def release(db: Database, source_id: str) -> None:
    """End a source's quarantine; the next judgement takes up what was held."""
    db.execute("DELETE FROM quarantines WHERE source_id = ?", [source_id])
    db.execute("UPDATE findings SET is_held = 0 WHERE source_id = ?", [source_id])


def forget_held(db: Database, source_id: str) -> None:
    """End a source's quarantine and forget what was held: the site reads as it did before."""
    db.execute("DELETE FROM quarantines WHERE source_id = ?", [source_id])
    db.execute("DELETE FROM findings WHERE source_id = ? AND is_held", [source_id])


def place(row: Row) -> SiteFinding:
    """Return a row as a look at a list, a feed or a control address."""
    return SiteFinding(
        role=Role(row["role"]),
        at=timestamps.instant(row["at"]),
        verdict=Verdict(row["verdict"]),
        status=row["status"],
        entries=_entries(row["listed"]) if row["listed"] else (),
        is_spoiled=bool(row["is_spoiled"]),
    )


def finding(row: Row, text: Fields | None) -> PostingFinding:
    """Return a row as a look at a known posting, with the text it brought."""
    return PostingFinding(
        id=row["id"],
        posting=row["posting_id"],
        at=timestamps.instant(row["at"]),
        verdict=Verdict(row["verdict"]),
        status=row["status"],
        text=text,
        found=found(row),
        is_spoiled=bool(row["is_spoiled"]),
    )


def found(row: Row) -> Address | None:
    """Return where the answer came from or leads to, as the look kept it."""
    return Address(row["found_site"], row["found_number"], row["found_url"]) if row["found_url"] else None


def text_kept(read: Fields) -> str:
    """Return fields as the column `read` keeps them."""
    return rows.as_json(rows.of_fields(read))


def text_of(kept: str) -> Fields:
    """Return the fields that the column `read` keeps."""
    return rows.fields_of(json.loads(kept))


def _entries_text(entries: Sequence[Entry]) -> str:
    listed = [
        [one.address.site, one.address.number, one.address.url, one.published_on and str(one.published_on)]
        for one in entries
    ]
    return rows.as_json(listed)


def _entries(kept: str) -> tuple[Entry, ...]:
    return tuple(
        Entry(Address(site, number, url), "", published_on=timestamps.day(on))
        for site, number, url, on in json.loads(kept)
    )
