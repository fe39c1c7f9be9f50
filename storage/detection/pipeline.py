"""The judgement of a source's looks in the database: cases are read, judged, what they become is written.

Runs are taken one after another, the earliest first, so that what a killed run left is judged once, before
the run that closes now. Where a run looked at a posting more than once, its looks are taken in rounds.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from sqlite_utils import Database

from storage.db import ledger, timestamps
from storage.db.ledger import Evidence, NewEvent
from storage.db.rows import Row
from storage.detection import copies, detect, site_pieces
from storage.detection.inputs import Case, Judgement, Subject, Told
from storage.detection.posting_state import PRESENT
from storage.models import Address, Event, EventKind, Fields, PostingFinding, RemovalPolicy, Role, Verdict
from storage.tables import findings, pending, posting_states, revisions
from storage.tables import looks as spans


def judge(db: Database, source_id: str, policy: RemovalPolicy) -> list[Event]:
    """Judge all that waits of a source, in the transaction the caller has begun; return the events."""
    events: list[Event] = []
    for run_id in findings.runs(db, source_id):
        rows = findings.of_run(db, source_id, run_id)
        for looks in _rounds(rows):
            events += _Round(db, source_id, run_id, looks, policy).judged()
    return events


def quarantine(db: Database, source_id: str) -> str | None:
    """Return since when and why a source is in quarantine, in one line, or None."""
    row = next(db.query("SELECT * FROM quarantines WHERE source_id = ?", [source_id]), None)
    if row is None:
        return None
    return f"in quarantine since {row['since_at'][:16].replace('T', ' ')} UTC: {row['reason']}"


def _rounds(rows: list[Row]) -> list[list[Row]]:
    """Return the looks with one at each posting a round; lists and controls belong to all of them."""
    places = [row for row in rows if row["role"] != Role.ARTICLE]
    looks: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        if row["role"] == Role.ARTICLE:
            looks[row["posting_id"]].append(row)
    most = max(map(len, looks.values()), default=1)
    return [
        [*places, *sorted((each[n] for each in looks.values() if len(each) > n), key=_when)]
        for n in range(most)
    ]


def _when(row: Row) -> tuple[str, int]:
    return row["at"], row["id"]


class _Round:
    """Looks of one run, one at each posting."""

    def __init__(
        self, db: Database, source_id: str, run_id: int, rows: list[Row], policy: RemovalPolicy
    ) -> None:
        self.db = db
        self.source_id = source_id
        self.run_id = run_id
        self.rows = rows
        self.looks = {row["id"]: row for row in rows if row["role"] == Role.ARTICLE}
        self.looked_at = {row["posting_id"] for row in self.looks.values()}
        self.postings = _postings(db, source_id, rows)
        self.sites = sorted({row["site"] for row in self.postings.values()})
        self.case = self._case(policy)

    def judged(self) -> list[Event]:
        """Write what the looks become; return the events."""
        found = detect.judge(self.case)
        if found.is_held:
            return self._hold(found)
        if found.is_recovered:
            findings.forget_held(self.db, self.source_id)
        brought = self._revise(found)
        posting_states.keep(self.db, found.standings, found.readable)
        at = max((one.at for one in self.case.findings), default=None)
        if at is not None:
            site_pieces.keep(self.db, self.sites, found, at)
        events = [ledger.append(self.db, self._event(told, brought)) for told in found.told]
        named = {told.finding for told in found.told}
        events += [self._baseline(one, brought) for one in found.revised if one not in named]
        findings.done(self.db, [row["id"] for row in self.rows])
        return events

    def _case(self, policy: RemovalPolicy) -> Case:
        quarantined = quarantine(self.db, self.source_id) is not None
        texts = {row["id"]: self._text(row) for row in self.looks.values()}
        compared = {row["posting_id"] for row in self.looks.values() if texts[row["id"]]}
        return Case(
            findings=tuple(self._finding(row, texts[row["id"]]) for row in self.looks.values()),
            places=tuple(findings.place(row) for row in self.rows if row["role"] != Role.ARTICLE),
            subjects={
                key: self._subject(row, is_compared=key in compared) for key, row in self.postings.items()
            },
            policy=policy,
            known=site_pieces.known(self.db, self.sites),
            lately=site_pieces.lately(self.db, self.source_id, self.sites, len(self.looks)),
            moves=_moves(self.db),
            is_quarantined=quarantined,
            is_of_feed=self._is_of_feed(),
        )

    def _is_of_feed(self) -> bool:
        """Tell whether this run left the listing alone that the source has."""
        roles = {row["role"] for row in self.rows}
        if Role.FEED not in roles or Role.LISTING in roles:
            return False
        return pending.has_listing(self.db, self.source_id)

    def _text(self, row: Row) -> Fields | None:
        """Return the text that a look brought, where it is not what the posting says anyway."""
        if row["read"]:
            return findings.text_of(row["read"])
        if row["revision_id"] is not None:
            is_new = row["revision_id"] != self.postings[row["posting_id"]]["revision_id"]
            return self._fields(row["revision_id"]) if is_new else None
        if row["verdict"] == Verdict.REDIRECTED and row["found_url"]:
            return self._elsewhere(Address(row["found_site"], row["found_number"], row["found_url"]))
        return None

    def _elsewhere(self, where: Address) -> Fields | None:
        row = self.db.execute(
            "SELECT revision_id FROM postings WHERE site = ? AND key = ?", [where.site, where.key]
        ).fetchone()
        return self._fields(row[0]) if row else None

    def _fields(self, revision_id: int) -> Fields | None:
        kept = revisions.kept(self.db, revision_id)
        return kept.fields if kept else None

    def _finding(self, row: Row, text: Fields | None) -> PostingFinding:
        one = findings.finding(row, text)
        return replace(one, found=self._met(row, one)) if one.verdict in PRESENT else one

    def _met(self, row: Row, one: PostingFinding) -> Address | None:
        """Return the address under which a posting answered or was listed for the first time since."""
        subject = self.postings[one.posting]
        if one.found and one.found.site == subject["site"] and _host(one.found.url) != _host(subject["url"]):
            return one.found
        new = self.db.execute(NEW_ADDRESS, [one.posting, subject["last_look_at"], row["at"]]).fetchone()
        return Address(subject["site"], subject["number"], new[0]) if new else None

    def _subject(self, row: Row, *, is_compared: bool) -> Subject:
        reposted = copies.reposted(self.db, row) if row["posting_id"] in self.looked_at else None
        return Subject(
            standing=posting_states.of(row),
            published_on=timestamps.day(row["published_on"]),
            text=self._fields(row["revision_id"]) if is_compared else None,
            is_readable=bool(row["is_readable"]),
            reposted=reposted,
        )

    def _hold(self, found: Judgement) -> list[Event]:
        findings.hold(self.db, [row["id"] for row in self.rows])
        if found.quarantine is None:
            return []
        row = {"source_id": self.source_id, "reason": found.quarantine.reason, "run_id": self.run_id}
        since = timestamps.text(found.told[0].at)
        self.db.table("quarantines").insert(row | {"since_at": since}, replace=True)
        return [ledger.append(self.db, self._event(told, {})) for told in found.told]

    def _revise(self, found: Judgement) -> dict[int, Evidence]:
        """Make revisions of the texts that are what their postings say now; return them by finding."""
        texts = {one.id: one.text for one in self.case.findings}
        brought = {}
        for row in self.looks.values():
            text = texts[row["id"]]
            if row["id"] in found.revised and text:
                brought[row["id"]] = self._revision(row, text)
            elif row["read"] and row["verdict"] == Verdict.LIVE:
                self.db.execute(TIE, [self.postings[row["posting_id"]]["revision_id"], *_span(row)])
        return brought

    def _revision(self, row: Row, text: Fields) -> Evidence:
        at, posting_id = timestamps.instant(row["at"]), row["posting_id"]
        capture = row["capture_id"]
        if capture is None:  # a text that was there before: its response is kept with that revision
            kept = revisions.kept(self.db, row["revision_id"])
            capture = kept.evidence.capture_id if kept else None
        evidence = self._capture(capture)
        new = revisions.insert(self.db, posting_id, text, at, evidence)
        if row["read"]:
            self.db.execute(TIE, [new.id, *_span(row)])
        else:
            spans.reassign(self.db, posting_id, (row["revision_id"], new.id), at)
        return new.evidence

    def _capture(self, capture_id: int | None) -> Evidence:
        row = self.db.execute("SELECT digest FROM captures WHERE id = ?", [capture_id]).fetchone()
        return Evidence(capture_id=capture_id, capture_digest=row[0]) if row else Evidence()

    def _event(self, told: Told, brought: Mapping[int, Evidence]) -> NewEvent:
        if told.posting is None:
            return _site_event(told, self.source_id)
        look = self.looks.get(told.finding or 0)
        evidence = brought.get(told.finding or 0) or self._capture(look["capture_id"] if look else None)
        row = next(self.db.query(POSTING, [told.posting]))
        shared = copies.told(self.db, row, told)
        return NewEvent(
            kind=told.kind,
            at=told.at,
            address=Address(row["site"], row["number"], row["url"]),
            source_id=self.source_id,
            posting_id=told.posting,
            release_id=row["release_id"],
            title=row["title"],
            last_before_at=told.last_before_at,
            first_after_at=told.first_after_at,
            changes=told.changes,
            evidence=evidence,
            detail={**told.detail, **shared},
        )

    def _baseline(self, finding: int, brought: Mapping[int, Evidence]) -> Event:
        """Write the hidden line of a text that is the new measure, though nobody edited it."""
        row = self.looks[finding]
        at = timestamps.instant(row["at"])
        told = Told(EventKind.BASELINED, at, row["posting_id"], finding, first_after_at=at)
        return ledger.append(self.db, self._event(told, brought))


def _site_event(told: Told, source_id: str) -> NewEvent:
    return NewEvent(
        kind=told.kind,
        at=told.at,
        address=None,
        source_id=source_id,
        last_before_at=told.last_before_at,
        first_after_at=told.first_after_at,
        detail=told.detail,
    )


def _postings(db: Database, source_id: str, rows: Iterable[Row]) -> dict[int, Row]:
    """Return the postings that were looked at, and all of the source where lists were."""
    ids = json.dumps([row["posting_id"] for row in rows if row["posting_id"] is not None])
    is_listed = any(row["listed"] for row in rows)
    found = db.query(SUBJECTS, {"ids": ids, "source": source_id if is_listed else None})
    return {row["posting_id"]: row for row in found}


SUBJECTS: Final = """SELECT s.*, p.site, p.number, p.release_id, p.revision_id, p.published_on
    FROM standings s JOIN postings p ON p.id = s.posting_id
    WHERE p.id IN (SELECT value FROM json_each(:ids))
    OR p.id IN (SELECT posting_id FROM posting_sources WHERE source_id = :source)"""
POSTING: Final = "SELECT * FROM postings WHERE id = ?"
NEW_ADDRESS: Final = """SELECT url FROM addresses WHERE posting_id = ? AND first_at > ? AND first_at <= ?
    ORDER BY last_at DESC, first_at DESC LIMIT 1"""
TIE: Final = """UPDATE looks SET revision_id = ?
    WHERE posting_id = ? AND capture_id = ? AND revision_id IS NULL"""


def _span(row: Row) -> tuple[int, int]:
    return row["posting_id"], row["capture_id"]


def _host(url: str) -> str:
    return url.split("/")[2]


def _moves(db: Database) -> frozenset[tuple[str, str]]:
    rows = db.execute("SELECT detail FROM events WHERE kind = ?", [str(EventKind.SITE_MOVED)])
    told = [json.loads(row[0]) for row in rows]
    return frozenset((one["from_host"], one["to_host"]) for one in told)
