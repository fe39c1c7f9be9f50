"""What postings said, and since when: revisions, and the events that a new one brings.

A look is compared with its neighbours in time, which are the newest revision and nothing when looks come in
order. Looks that come late (an import of older captures) find their place by their own time:

- equal to the revision before: nothing new;
- equal to the revision after: that one begins earlier than we knew, no event;
- between two looks that both saw one revision: that revision ends, this one stands between, and the old text
  is a revision anew from the later look on (A, B, A is two changes), with an event for each change;
- different from both: a revision between them, with an event for each neighbour it differs from.

No revision is ever dropped or rewritten, and the same looks in any order give the same revisions; only `seq`,
which counts arrivals, and the events (a ledger does not take back what it said) tell the order of arrival.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlite_utils import Database

from storage.archive import captures
from storage.archive.captures import LookWrite
from storage.db import ledger, rows, timestamps
from storage.db.ledger import EventContext, Evidence
from storage.diff import changes
from storage.diff.dates import compare_dates
from storage.models import DetectedEvent, Event, EventKind, Fields
from storage.tables import findings, looks, pending, posting_addresses, posting_states, postings
from storage.tables.looks import NeighbourLooks


@dataclass(frozen=True, slots=True)
class StoredRevision:
    """A row of `revisions`."""

    id: int
    fields: Fields
    evidence: Evidence  # what of it enters the chain with an event that brings it


@dataclass(frozen=True, slots=True)
class SavedText:
    """Where the text of a look has its place."""

    posting_id: int
    revision_id: int | None  # None: a text that is none before it was judged
    capture_id: int | None = None  # the response, where this look brought a new text
    events: tuple[Event, ...] = ()
    is_first: bool = False  # the posting is new


def save_text(visit: LookWrite, fields: Fields) -> SavedText:
    """Keep what a posting says at the time of a look; the response is kept where that is new.

    A new text that is to be judged with the rest of its run becomes no revision yet.
    """
    db, look = visit.db, visit.look
    fields = rows.row_to_fields(rows.fields_to_row(fields))
    posting_id = posting_addresses.find_posting_id(db, look.address)
    if posting_id is None:
        return _first(visit, fields)
    around = looks.find_neighbour_looks(db, posting_id, look.at)
    place = _Place(posting_id, around, find_revision(db, around.before), find_revision(db, around.after))
    if place.before and not is_other_revision(place.before.fields, fields):
        return SavedText(posting_id, place.before.id)
    is_same_instant = place.before is not None and place.around.before_at == look.at  # two texts at one time
    if place.after and not is_same_instant and not is_other_revision(place.after.fields, fields):
        begin = {"at": timestamps.format_timestamp(look.at), "id": place.after.id, "posting": posting_id}
        db.execute(BEGIN, begin)
        return SavedText(posting_id, place.after.id)
    if (
        visit.awaits_detection
        and place.before
        and not place.after
        and place.before.fields.parser == fields.parser
    ):
        return _waiting(visit, posting_id, fields)
    return _between(visit, place, fields)


# With a revision begins what it took the place of when its capture was read again: no look names that.
BEGIN: Final = """UPDATE revisions SET observed_at = :at WHERE id = :id OR (posting_id = :posting
    AND observed_at = (SELECT observed_at FROM revisions WHERE id = :id)
    AND NOT EXISTS (SELECT 1 FROM looks l WHERE l.posting_id = :posting AND l.revision_id = revisions.id))"""


def insert_revision(
    db: Database, posting_id: int, fields: Fields, at: datetime, capture: Evidence
) -> StoredRevision:
    """Add what a posting says from an instant on."""
    row = rows.fields_to_row(fields)
    seq = db.execute("SELECT count(*) + 1 FROM revisions WHERE posting_id = ?", [posting_id]).fetchone()[0]
    place = {"posting_id": posting_id, "seq": seq, "observed_at": timestamps.format_timestamp(at)}
    table = db.table("revisions").insert(row | place | {"capture_id": capture.capture_id})
    identifier = int(table.last_pk)  # type: ignore[arg-type]  # the table has one integer key
    postings.refresh_posting(db, posting_id)
    postings.link_same_text(db, posting_id, row["content_hash"])
    return StoredRevision(
        identifier, fields, replace(capture, revision_id=identifier, revision_digest=row["digest"])
    )


def is_other_revision(before: Fields, after: Fields) -> bool:
    """Tell whether two readings are two revisions."""
    return bool(changes.list_changes(before, after))


def find_revision(db: Database, revision_id: int | None) -> StoredRevision | None:
    """Return a revision by its id, as read by the newest parser that reads it alike; None for None."""
    row = next(db.query(KEPT, [revision_id]), None)
    if row is None:
        return None
    evidence = Evidence(row["id"], row["digest"], row["capture_id"])
    return StoredRevision(row["id"], rows.row_to_fields(row | {"parser": row["read_by"]}), evidence)


KEPT: Final = """SELECT v.*, coalesce(w.parser, v.parser) AS read_by FROM revisions v
    LEFT JOIN reparses w ON w.revision_id = v.id WHERE v.id = ?"""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in a posting's time a look belongs."""

    posting_id: int
    around: NeighbourLooks
    before: StoredRevision | None
    after: StoredRevision | None


def _first(visit: LookWrite, fields: Fields) -> SavedText:
    db, address = visit.db, visit.look.address
    kind, last_before_at, first_after_at = pending.describe_discovery(db, visit.look)
    capture = captures.store_capture(visit)
    posting_id = postings.file_posting(db, visit.look, fields)
    new = insert_revision(db, posting_id, fields, visit.look.at, capture)
    pending.settle_pending(db, posting_id, address)
    posting_states.insert_posting_status(db, posting_id, address, visit.look.at)
    event = DetectedEvent(kind, visit.noticed_at, last_before_at, first_after_at, posting_id)
    if kind is EventKind.PUBLISHED and (dates := compare_dates(None, fields, last_before_at)):
        event = replace(event, detail={"dates": str(dates)})
    entry = ledger.append_event(db, event, _context(visit, posting_id, new))
    return SavedText(posting_id, new.id, capture.capture_id, (entry,), is_first=True)


def _waiting(visit: LookWrite, posting_id: int, fields: Fields) -> SavedText:
    """Keep the response with a new text, which waits for judgement; the same text waits once."""
    last = findings.find_waiting_text(visit.db, posting_id)
    if last and not is_other_revision(last[0], fields):
        return SavedText(posting_id, None, last[1])
    capture = captures.store_capture(visit)
    return SavedText(
        posting_id, None, capture.capture_id, (captures.append_capture_event(visit, capture, posting_id),)
    )


def _between(visit: LookWrite, place: _Place, fields: Fields) -> SavedText:
    """Keep a new text between its neighbours in time, with an event for each that it differs from."""
    capture = captures.store_capture(visit)
    new = insert_revision(visit.db, place.posting_id, fields, visit.look.at, capture)
    events = []
    if place.before:
        event = _make_edit(visit, place.before, new, (place.around.before_at, visit.look.at))
        event = replace(event, posting_id=place.posting_id)
        events.append(ledger.append_event(visit.db, event, _context(visit, place.posting_id, new)))
    if place.after and is_other_revision(place.after.fields, fields):
        events.append(_onward(visit, place, place.after, new))
    return SavedText(place.posting_id, new.id, capture.capture_id, tuple(events))


def _onward(visit: LookWrite, place: _Place, after: StoredRevision, new: StoredRevision) -> Event:
    """Write the edit from a text that came late to what was seen after it."""
    if place.before and place.before.id == after.id:
        after = _again(visit, place, after)
    event = _make_edit(visit, new, after, (visit.look.at, place.around.after_at))
    context = _context(visit, place.posting_id, after)
    if not place.before:  # this is the only event by which the late text can enter the chain
        context = replace(context, evidence=new.evidence)
    return ledger.append_event(visit.db, replace(event, posting_id=place.posting_id), context)


def _make_edit(
    visit: LookWrite,
    before: StoredRevision,
    after: StoredRevision,
    between: tuple[datetime | None, datetime | None],
) -> DetectedEvent:
    """Return an edit; where another parser read the text, a hidden baseline: that is no edit of theirs."""
    kind = EventKind.EDITED if before.fields.parser == after.fields.parser else EventKind.BASELINED
    changed = changes.list_changes(before.fields, after.fields)
    return DetectedEvent(kind, visit.noticed_at, *between, changes=changed)


def _again(visit: LookWrite, place: _Place, old: StoredRevision) -> StoredRevision:
    """Make the text before a change a revision anew, from the first look after the change on."""
    assert place.around.after_at is not None
    capture = Evidence(capture_id=old.evidence.capture_id)
    again = insert_revision(visit.db, place.posting_id, old.fields, place.around.after_at, capture)
    looks.reassign_looks(visit.db, place.posting_id, (old.id, again.id), place.around.after_at)
    return again


def _context(visit: LookWrite, posting_id: int, revision: StoredRevision) -> EventContext:
    found = visit.db.execute("SELECT release_id FROM postings WHERE id = ?", [posting_id]).fetchone()
    look = visit.look
    return EventContext(look.source_id, look.address, found[0], revision.fields.title, revision.evidence)
