"""Write what detection found to the database: revisions, posting states, shared passages, events."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlite_utils import Database

from storage.db import ledger, timestamps
from storage.db.ledger import EventContext, Evidence
from storage.db.rows import Row
from storage.detection import copies
from storage.detection.inputs import DetectionResult, RunObservations
from storage.detection.load_observations import FindingBatch
from storage.detection.shared_passages import digest_passage
from storage.detection.site_wide import RECENT
from storage.models import Address, DetectedEvent, Event, EventKind, Fields, Verdict
from storage.tables import (
    findings,
    looks,
    posting_states,
    quarantines,
    revisions,
    site_passages,
)
from storage.tables.quarantines import SourceQuarantine


def write_result(
    db: Database, batch: FindingBatch, run: RunObservations, result: DetectionResult
) -> list[Event]:
    """Write a batch's result; return the events, hidden ones included."""
    writer = _ResultWriter(db, batch, run, result)
    return writer.put_on_hold() if result.is_on_hold else writer.write_changes()


@dataclass(frozen=True, slots=True)
class _ResultWriter:
    """One batch on its way into the database."""

    db: Database
    batch: FindingBatch
    run: RunObservations
    result: DetectionResult

    def put_on_hold(self) -> list[Event]:
        """Keep what waits until the quarantine ends, and write what reads as before."""
        sites = [row["id"] for row in self.batch.rows if row["id"] not in self.batch.looks]
        findings.quarantine_findings(self.db, [*sites, *self.result.held_ids])
        findings.delete_findings(self.db, self.result.unobserved_ids)
        if self.result.quarantine is not None:
            begun = SourceQuarantine(self.result.events[0].at, self.result.quarantine.reason)
            quarantines.start_quarantine(self.db, self.batch.source_id, self.batch.run_id, begun)
        return self.write_changes()

    def write_changes(self) -> list[Event]:
        """Write everything, and take the findings off the queue."""
        evidence = self._write_revisions()
        posting_states.save_posting_statuses(self.db, self.result.statuses, self.result.readable)
        if self.result.is_mass_over:
            quarantines.delete_mass_absence(self.db, self.batch.source_id)
        if self.result.mass_absence:
            quarantines.save_mass_absence(self.db, self.batch.source_id, self.result.mass_absence)
            quarantines.end_mass_absence(self.db, self.batch.source_id)
        events = [self._append_event(event, evidence) for event in self.result.events]
        self._write_passages(events)
        reported = {event.finding_id for event in self.result.events}
        for finding_id in self.result.revised_ids:
            baseline = self._make_baseline(finding_id, events)
            if finding_id not in reported or baseline.detail:
                events.append(self._append_baseline(baseline, evidence))
        findings.delete_findings(self.db, [row["id"] for row in self.batch.rows if not self._waits(row)])
        return events

    def _waits(self, row: Row) -> bool:
        is_look = row["id"] in self.batch.looks
        return self.result.is_on_hold and (not is_look or row["id"] in self.result.held_ids)

    def _write_revisions(self) -> dict[int, Evidence]:
        """Make revisions of the texts that are what their postings say now; return them by finding."""
        texts = {finding.id: finding.fields for finding in self.run.findings}
        written = {}
        for row in self.batch.looks.values():
            text = texts[row["id"]]
            if self._waits(row):
                continue
            if row["id"] in self.result.revised_ids and text:
                written[row["id"]] = self._write_revision(row, text)
            elif row["fields"] and row["verdict"] == Verdict.LIVE:
                self._assign_look(row, self._find_known_revision(row, text))
        return written

    def _write_revision(self, row: Row, text: Fields) -> Evidence:
        at, posting_id = timestamps.parse_timestamp(row["at"]), row["posting_id"]
        capture_id = row["capture_id"]
        if capture_id is None:  # the text was stored before: its response is kept with that revision
            revision = revisions.find_revision(self.db, row["revision_id"])
            capture_id = revision.evidence.capture_id if revision else None
        new = revisions.insert_revision(self.db, posting_id, text, at, self._find_capture(capture_id))
        if row["fields"]:
            self._assign_look(row, new.id)
        else:
            looks.reassign_looks(self.db, posting_id, (row["revision_id"], new.id), at)
        return new.evidence

    def _find_known_revision(self, row: Row, text: Fields | None) -> int | None:
        """Return the revision that a look showed which brought no new one: a later one begins with it."""
        posting_id = row["posting_id"]
        around = self.batch.late.get(posting_id)
        later = revisions.find_revision(self.db, around.after) if around else None
        before = self.batch.find_revision_before(posting_id)
        known = revisions.find_revision(self.db, before)
        if later and known and text and revisions.is_other_revision(known.fields, text):
            revisions.move_beginning(self.db, posting_id, later.id, timestamps.parse_timestamp(row["at"]))
            return later.id
        return before

    def _assign_look(self, row: Row, revision_id: int | None) -> None:
        """Note which revision a look showed that brought a text which was none yet."""
        self.db.execute(ASSIGN, [revision_id, row["posting_id"], row["capture_id"], row["at"]])

    def _find_capture(self, capture_id: int | None) -> Evidence:
        row = self.db.execute("SELECT digest FROM captures WHERE id = ?", [capture_id]).fetchone()
        return Evidence(capture_id=capture_id, capture_digest=row[0]) if row else Evidence()

    def _write_passages(self, events: Sequence[Event]) -> None:
        """Remember what is site-wide from now on, and what was edited; forget what is no longer recent."""
        at = max((finding.at for finding in self.run.findings), default=None)
        if at is None:
            return
        sites = self.batch.sites
        site_wide = map(digest_passage, self.result.site_passages)
        edited = {key: map(digest_passage, one) for key, one in self.result.edited_passages.items()}
        site_passages.record_site_wide(self.db, sites, site_wide, (at, _find_site_change(events)))
        site_passages.record_recent_edits(self.db, sites, edited, at)
        site_passages.delete_recent_edits(self.db, at - RECENT)

    def _append_event(self, event: DetectedEvent, written: dict[int, Evidence]) -> Event:
        """Append an event to the ledger, with the revision or the capture of its look as evidence."""
        if event.posting_id is None:
            return ledger.append_event(self.db, event, EventContext(self.batch.source_id))
        look = self.batch.looks.get(event.finding_id or 0)
        evidence = written.get(event.finding_id or 0)
        evidence = evidence or self._find_capture(look["capture_id"] if look else None)
        row = next(self.db.query("SELECT * FROM postings WHERE id = ?", [event.posting_id]))
        detail = {**event.detail, **copies.describe_copies(self.db, row, event)}
        context = EventContext(
            source_id=self.batch.source_id,
            address=Address(row["site"], row["number"], row["url"]),
            release_id=row["release_id"],
            title=row["title"],
            evidence=evidence,
        )
        return ledger.append_event(self.db, replace(event, detail=detail), context)

    def _append_baseline(self, baseline: DetectedEvent, written: dict[int, Evidence]) -> Event:
        event = self._append_event(baseline, written)
        if isinstance(site_change := baseline.detail.get("site_change"), int):
            site_passages.record_site_change_part(self.db, event.id, site_change)
        return event

    def _make_baseline(self, finding_id: int, events: Sequence[Event]) -> DetectedEvent:
        """Return the hidden event of a text that is the new baseline, though nobody edited it.

        Where the site changed it, it has the words, and names the event that says so: of this run or before.
        """
        row = self.batch.looks[finding_id]
        at, posting_id = timestamps.parse_timestamp(row["at"]), row["posting_id"]
        baseline = DetectedEvent(
            EventKind.BASELINED, at, first_after_at=at, posting_id=posting_id, finding_id=finding_id
        )
        part = self.result.site_parts.get(posting_id)
        if part is None:
            return baseline
        known = site_passages.find_site_change(self.db, self.batch.sites, map(digest_passage, part.passages))
        if (event_id := known or _find_site_change(events)) is None:
            return baseline
        seen_at = min(self.run.postings[posting_id].status.last_seen_at, at)
        detail = {"site_change": event_id}
        return replace(baseline, last_before_at=seen_at, changes=part.changes, detail=detail)


def _find_site_change(events: Iterable[Event]) -> int | None:
    return next((event.id for event in events if event.kind is EventKind.SITE_CHANGED), None)


ASSIGN: Final = """UPDATE looks SET revision_id = ?
    WHERE posting_id = ? AND capture_id = ? AND revision_id IS NULL AND ? BETWEEN first_at AND last_at"""
