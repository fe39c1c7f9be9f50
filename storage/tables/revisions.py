"""What postings said, and since when: table `revisions`, and the events that a new one brings.

A look is compared with its neighbours in time, which are the newest revision and nothing when looks come in
order. Looks that come late (an import of older captures) are placed by their own time:

- equal to the revision before: nothing new;
- equal to the revision after: that one begins earlier than we knew, no event;
- between two looks that both showed one revision: that revision ends, this one comes between, and the old
  text is a new revision from the later look on (A, B, A is two changes), with an event for each change;
- different from both: a revision between them, with an event for each neighbour it differs from.

No revision is ever dropped or rewritten, and the same looks in any order give the same revisions; only `seq`,
which counts arrivals, and the events (a ledger takes nothing back) show the order of arrival.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlite_utils import Database

from storage.archive import captures
from storage.archive.captures import LookWrite
from storage.db import ledger, rows, sql, timestamps
from storage.db.ledger import EventContext, Evidence
from storage.diff import changes
from storage.diff.dates import compare_dates
from storage.models import Address, DetectedEvent, Event, EventKind, Fields
from storage.tables import findings, looks, pending, posting_addresses, posting_states, postings
from storage.tables.looks import NeighbourLooks


@dataclass(frozen=True, slots=True)
class StoredRevision:
    """A row of `revisions`."""

    id: int
    fields: Fields
    evidence: Evidence  # what enters the ledger with an event that brings it


@dataclass(frozen=True, slots=True)
class SavedText:
    """Where the text of a look was saved."""

    posting_id: int
    revision_id: int | None  # None: a text that becomes one only after detection
    capture_id: int | None = None  # the response, where this look brought a new text
    events: tuple[Event, ...] = ()
    is_first: bool = False  # the posting is new


def save_text(write: LookWrite, fields: Fields) -> SavedText:
    """Save what a posting says at the time of a look, and the response where the text is new.

    A new text that waits for detection with the rest of its run becomes no revision yet.
    """
    db, look = write.db, write.look
    fields = rows.row_to_fields(rows.fields_to_row(fields))
    posting_id = posting_addresses.find_posting_id(db, look.address)
    if posting_id is None:
        return _save_first_text(write, fields)
    around = looks.find_neighbour_looks(db, posting_id, look.at)
    position = _Position(
        posting_id, around, find_revision(db, around.before), find_revision(db, around.after)
    )
    if position.before and not is_other_revision(position.before.fields, fields):
        return SavedText(posting_id, position.before.id)
    is_same_instant = (
        position.before is not None and position.around.before_at == look.at
    )  # two texts at one time
    if position.after and not is_same_instant and not is_other_revision(position.after.fields, fields):
        move_beginning(db, posting_id, position.after.id, look.at)
        return SavedText(posting_id, position.after.id)
    if (
        write.awaits_detection
        and position.before
        and not position.after
        and position.before.fields.parser == fields.parser
        and not ends_provisional(position.before.fields, fields)
    ):
        return _save_waiting_text(write, posting_id, fields)
    return _save_between(write, position, fields)


def move_beginning(db: Database, posting_id: int, revision_id: int, at: datetime) -> None:
    """Let a revision begin earlier than was known."""
    values = {"at": timestamps.format_timestamp(at), "id": revision_id, "posting": posting_id}
    db.execute(BEGIN_EARLIER, values)


# A revision that this one replaced when its capture was read again begins with it; no look names that one.
BEGIN_EARLIER: Final = """UPDATE revisions SET observed_at = :at WHERE id = :id OR (posting_id = :posting
    AND observed_at = (SELECT observed_at FROM revisions WHERE id = :id)
    AND NOT EXISTS (SELECT 1 FROM looks l WHERE l.posting_id = :posting AND l.revision_id = revisions.id))"""


def insert_revision(
    db: Database, posting_id: int, fields: Fields, at: datetime, capture: Evidence
) -> StoredRevision:
    """Add a revision: what a posting says from an instant on."""
    row = rows.fields_to_row(fields)
    seq = db.execute("SELECT count(*) + 1 FROM revisions WHERE posting_id = ?", [posting_id]).fetchone()[0]
    identity = {"posting_id": posting_id, "seq": seq, "observed_at": timestamps.format_timestamp(at)}
    identity |= {"capture_id": capture.capture_id, "has_unspaced": int(rows.has_unspaced_script(row))}
    identifier = sql.insert_row(db, "revisions", row | identity)
    postings.refresh_posting(db, posting_id)
    postings.link_same_text(db, posting_id, row["content_hash"])
    return StoredRevision(
        identifier, fields, replace(capture, revision_id=identifier, revision_digest=row["digest"])
    )


def is_other_revision(before: Fields, after: Fields) -> bool:
    """Return whether two readings differ, and so are two revisions."""
    return ends_provisional(before, after) or bool(changes.list_changes(before, after))


def ends_provisional(before: Fields, after: Fields) -> bool:
    """Return whether a whole page follows one without its end: a new baseline, and nobody's edit."""
    return after.has_end and not before.has_end


def find_known_text(db: Database, address: Address, at: datetime) -> Fields | None:
    """Return what a posting said at the look before an instant, else at the one after; None for neither."""
    posting_id = posting_addresses.find_posting_id(db, address)
    if posting_id is None:
        return None
    around = looks.find_neighbour_looks(db, posting_id, at)
    found = find_revision(db, around.before if around.before is not None else around.after)
    return found.fields if found else None


def find_revision(db: Database, revision_id: int | None) -> StoredRevision | None:
    """Return a revision by its id, with the newest parser that reads it the same; None for None."""
    row = next(db.query(FIND, [revision_id]), None)
    if row is None:
        return None
    evidence = Evidence(row["id"], row["digest"], row["capture_id"])
    return StoredRevision(row["id"], rows.row_to_fields(row | {"parser": row["read_by"]}), evidence)


FIND: Final = """SELECT v.*, coalesce(w.parser, v.parser) AS read_by FROM revisions v
    LEFT JOIN reparses w ON w.revision_id = v.id WHERE v.id = ?"""


@dataclass(frozen=True, slots=True)
class _Position:
    """Where in the timeline of a posting a look belongs."""

    posting_id: int
    around: NeighbourLooks
    before: StoredRevision | None
    after: StoredRevision | None


def _save_first_text(write: LookWrite, fields: Fields) -> SavedText:
    db, address = write.db, write.look.address
    kind, last_before_at, first_after_at = pending.describe_discovery(db, write.look)
    capture = captures.store_capture(write)
    posting_id = postings.file_posting(db, write.look, fields)
    new = insert_revision(db, posting_id, fields, write.look.at, capture)
    pending.settle_pending(db, posting_id, address)
    posting_states.insert_posting_status(db, posting_id, address, write.look.at)
    event = DetectedEvent(kind, write.noticed_at, last_before_at, first_after_at, posting_id)
    if kind is EventKind.PUBLISHED and (dates := compare_dates(None, fields, last_before_at)):
        event = replace(event, detail={"dates": str(dates)})
    entry = ledger.append_event(db, event, _make_context(write, posting_id, new))
    return SavedText(posting_id, new.id, capture.capture_id, (entry,), is_first=True)


def _save_waiting_text(write: LookWrite, posting_id: int, fields: Fields) -> SavedText:
    """Save the response with a new text that waits for detection; the same text waits only once."""
    last = findings.find_waiting_text(write.db, posting_id)
    if last and not is_other_revision(last[0], fields):
        return SavedText(posting_id, None, last[1])
    capture = captures.store_capture(write)
    return SavedText(
        posting_id, None, capture.capture_id, (captures.append_capture_event(write, capture, posting_id),)
    )


def _save_between(write: LookWrite, position: _Position, fields: Fields) -> SavedText:
    """Save a new text between its neighbours in time, with an event for each that it differs from."""
    capture = captures.store_capture(write)
    new = insert_revision(write.db, position.posting_id, fields, write.look.at, capture)
    events = []
    if position.before:
        event = _make_edit(write, position.before, new, (position.around.before_at, write.look.at))
        event = replace(event, posting_id=position.posting_id)
        events.append(ledger.append_event(write.db, event, _make_context(write, position.posting_id, new)))
    if position.after and is_other_revision(position.after.fields, fields):
        events.append(_append_later_edit(write, position, position.after, new))
    return SavedText(position.posting_id, new.id, capture.capture_id, tuple(events))


def _append_later_edit(
    write: LookWrite, position: _Position, after: StoredRevision, new: StoredRevision
) -> Event:
    """Append the edit from a text that came late to the text that was seen after it."""
    if position.before and position.before.id == after.id:
        after = _repeat_revision(write, position, after)
    event = _make_edit(write, new, after, (write.look.at, position.around.after_at))
    context = _make_context(write, position.posting_id, after)
    if not position.before:  # this is the only event by which the late text can enter the ledger
        context = replace(context, evidence=new.evidence)
    return ledger.append_event(write.db, replace(event, posting_id=position.posting_id), context)


def _make_edit(
    write: LookWrite,
    before: StoredRevision,
    after: StoredRevision,
    between: tuple[datetime | None, datetime | None],
) -> DetectedEvent:
    """Return an edit, or a hidden baseline: another parser read the text, or a page was whole for once.

    Nobody edited it then.
    """
    is_same_reading = before.fields.parser == after.fields.parser
    is_edit = is_same_reading and not ends_provisional(before.fields, after.fields)
    kind = EventKind.EDITED if is_edit else EventKind.BASELINED
    changed = changes.list_changes(before.fields, after.fields)
    return DetectedEvent(kind, write.noticed_at, *between, changes=changed)


def _repeat_revision(write: LookWrite, position: _Position, old: StoredRevision) -> StoredRevision:
    """Make the text before a change a new revision, from the first look after the change on."""
    assert position.around.after_at is not None
    capture = Evidence(capture_id=old.evidence.capture_id)
    repeated = insert_revision(write.db, position.posting_id, old.fields, position.around.after_at, capture)
    looks.reassign_looks(write.db, position.posting_id, (old.id, repeated.id), position.around.after_at)
    return repeated


def _make_context(write: LookWrite, posting_id: int, revision: StoredRevision) -> EventContext:
    found = write.db.execute("SELECT release_id FROM postings WHERE id = ?", [posting_id]).fetchone()
    look = write.look
    return EventContext(look.source_id, look.address, found[0], revision.fields.title, revision.evidence)
