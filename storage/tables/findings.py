"""The looks of a run that wait for detection: table `findings`, a queue that detection empties.

A finding is written with its look, in the same transaction, so that a kill between looks and detection loses
nothing. It has brought no event yet; its capture is in the ledger already. Findings of a source in quarantine
wait until it ends (see quarantines.py); a newer parser may replace what was read.
"""

import json
from collections.abc import Sequence
from typing import Final

from sqlite_utils import Database

from storage.db import rows, sql, timestamps
from storage.db.rows import Row
from storage.models import Address, Entry, Fields, Look, PostingFinding, Role, RunKind, SiteFinding, Verdict

ROLES: Final = frozenset({Role.ARTICLE, Role.LISTING, Role.FEED, Role.CONTROL, Role.SITEMAP})


def awaits_detection(db: Database, run_id: int | None) -> bool:
    """Return whether looks of a run wait for detection at its end. Those of an import or of no run do not."""
    row = db.execute("SELECT kind FROM runs WHERE id = ?", [run_id]).fetchone()
    return row is not None and row[0] != RunKind.IMPORT


def save_finding(db: Database, look: Look, posting_id: int | None = None, columns: Row | None = None) -> None:
    """Save what a look showed of a known posting, a list or a control address.

    `columns` are the revision it saw, or the `fields` it read that are no revision yet, and the capture.
    """
    if look.role not in ROLES or (look.role is Role.ARTICLE and posting_id is None):
        return
    entries = look.listing.entries if look.listing else ()
    if look.role is Role.SITEMAP and not (entries := _list_mapped_postings(db, look)):
        return
    row = {
        "source_id": look.source_id,
        "run_id": look.run_id,
        "role": str(look.role),
        "url": look.address.url,
        "at": timestamps.format_timestamp(look.at),
        "verdict": str(look.verdict),
        "status": look.page.status if look.page else None,
        "is_damaged": int(look.is_damaged),
        "is_refused_alone": int(look.is_refused_alone),
        "answer_digest": look.answer_digest,
        "led_to": look.led_to,
        "posting_id": posting_id,
        "found_site": look.found_address.site if look.found_address else None,
        "found_number": look.found_address.number if look.found_address else None,
        "found_url": look.found_address.url if look.found_address else None,
        "entries": _dump_entries(entries) if look.listing or entries else None,
    }
    sql.insert_row(db, "findings", row | (columns or {}), ignore=True)


def _list_mapped_postings(db: Database, look: Look) -> tuple[Entry, ...]:
    """Return those of the source's postings that a file of a site map names: it may name 50,000 addresses."""
    known = set(db.execute(MAPPED, [look.source_id])) if look.mapped else set()
    return tuple(Entry(one, "") for one in look.mapped if (one.site, one.key) in known)


MAPPED: Final = """SELECT p.site, p.key FROM posting_sources x JOIN postings p ON p.id = x.posting_id
    WHERE x.source_id = ?"""


def find_waiting_text(db: Database, posting_id: int) -> tuple[Fields, int | None] | None:
    """Return the text that the newest look at a posting brought and its capture, where it waits."""
    row = next(db.query(NEWEST, [posting_id]), None)
    return (load_fields(row["fields"]), row["capture_id"]) if row and row["fields"] else None


NEWEST: Final = """SELECT fields, capture_id FROM findings WHERE posting_id = ? AND verdict = 'live'
    ORDER BY at DESC, id DESC LIMIT 1"""


def list_waiting_runs(db: Database, source_id: str) -> list[int]:
    """Return the runs of a source with findings that wait for detection, the earliest first."""
    rows_found = db.execute(
        "SELECT DISTINCT run_id FROM findings WHERE source_id = ? AND NOT is_quarantined ORDER BY run_id",
        [source_id],
    )
    return [int(row[0]) for row in rows_found]


def list_findings(db: Database, source_id: str, run_id: int) -> list[Row]:
    """Return the findings of a run that wait for detection, in the order of time, as rows of the table."""
    return list(db.query(OF_RUN, [source_id, run_id]))


OF_RUN: Final = """SELECT * FROM findings WHERE source_id = ? AND run_id = ? AND NOT is_quarantined
    ORDER BY at, id"""


def list_later_looks(db: Database, source_id: str, run_id: int) -> list[Row]:
    """Return the looks at postings of runs after one, which wait for detection, in the order of time."""
    return list(db.query(LATER, [source_id, run_id]))


LATER: Final = """SELECT f.* FROM findings f JOIN posting_states s ON s.posting_id = f.posting_id
    WHERE f.source_id = ? AND f.run_id > ? AND f.role = 'article' AND NOT f.is_quarantined
    ORDER BY f.at, f.id"""


def delete_findings(db: Database, ids: Sequence[int]) -> None:
    """Delete findings that detection has taken up."""
    db.execute("DELETE FROM findings WHERE id IN (SELECT value FROM json_each(?))", [json.dumps(ids)])


def delete_findings_at(db: Database, run_id: int | None, posting_id: int, url: str) -> None:
    """Delete what a run found at an address where a posting is no more."""
    db.execute(
        "DELETE FROM findings WHERE run_id = ? AND posting_id = ? AND url = ?", [run_id, posting_id, url]
    )


def quarantine_findings(db: Database, ids: Sequence[int]) -> None:
    """Let findings wait until the quarantine of their source ends."""
    db.execute(
        "UPDATE findings SET is_quarantined = 1 WHERE id IN (SELECT value FROM json_each(?))",
        [json.dumps(ids)],
    )


def list_quarantined_findings(db: Database, source_id: str) -> list[Row]:
    """Return the findings that wait for a quarantine to end, in the order of time, as rows."""
    return list(
        db.query("SELECT * FROM findings WHERE source_id = ? AND is_quarantined ORDER BY at, id", [source_id])
    )


def update_article_finding(db: Database, finding_id: int, verdict: Verdict, read: Fields | None) -> None:
    """Replace what a finding read by another reading of its capture; the text is no revision yet."""
    text = dump_fields(read) if read is not None else None
    change = [str(verdict), text, finding_id]
    db.execute("UPDATE findings SET verdict = ?, fields = ?, revision_id = NULL WHERE id = ?", change)


def update_list_finding(db: Database, finding_id: int, verdict: Verdict, entries: Sequence[Entry]) -> None:
    """Replace the entries of a finding about a list by another reading of its capture."""
    change = [str(verdict), _dump_entries(entries) if entries else None, finding_id]
    db.execute("UPDATE findings SET verdict = ?, entries = ? WHERE id = ?", change)


def read_site_finding(row: Row) -> SiteFinding:
    """Return a row about a list or a control address as a finding."""
    return SiteFinding(
        role=Role(row["role"]),
        at=timestamps.parse_timestamp(row["at"]),
        verdict=Verdict(row["verdict"]),
        status=row["status"],
        entries=_load_entries(row["entries"]) if row["entries"] else (),
        is_damaged=bool(row["is_damaged"]),
        answer_digest=row["answer_digest"],
    )


def read_posting_finding(row: Row, text: Fields | None) -> PostingFinding:
    """Return a row about a known posting as a finding, with the text that it brought."""
    return PostingFinding(
        id=row["id"],
        posting_id=row["posting_id"],
        at=timestamps.parse_timestamp(row["at"]),
        verdict=Verdict(row["verdict"]),
        status=row["status"],
        fields=text,
        found_address=read_found_address(row),
        is_damaged=bool(row["is_damaged"]),
        is_refused_alone=bool(row["is_refused_alone"]),
        led_to=row["led_to"],
        answer_digest=row["answer_digest"],
    )


def read_found_address(row: Row) -> Address | None:
    """Return where the answer came from or leads to, or None where it came from the address itself."""
    return Address(row["found_site"], row["found_number"], row["found_url"]) if row["found_url"] else None


def dump_fields(read: Fields) -> str:
    """Return fields as JSON for the column `fields`."""
    return rows.dump_json(rows.fields_to_row(read))


def load_fields(stored: str) -> Fields:
    """Return the fields from the JSON of the column `fields`."""
    return rows.row_to_fields(json.loads(stored))


def _dump_entries(entries: Sequence[Entry]) -> str:
    listed = [
        [one.address.site, one.address.number, one.address.url, one.published_on and str(one.published_on)]
        for one in entries
    ]
    return rows.dump_json(listed)


def _load_entries(stored: str) -> tuple[Entry, ...]:
    return tuple(
        Entry(Address(site, number, url), "", published_on=timestamps.parse_stored_day(on))
        for site, number, url, on in json.loads(stored)
    )
