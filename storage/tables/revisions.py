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
from storage.archive.captures import Visit
from storage.db import ledger, rows, timestamps
from storage.db.ledger import Evidence, NewEvent
from storage.detection.date_changes import dates_told
from storage.diff import changes
from storage.models import Event, EventKind, Fields
from storage.tables import findings, looks, pending, posting_states, postings
from storage.tables.looks import Around


@dataclass(frozen=True, slots=True)
class Kept:
    """A row of `revisions`."""

    id: int
    fields: Fields
    evidence: Evidence  # what of it enters the chain with an event that brings it


@dataclass(frozen=True, slots=True)
class Saved:
    """Where the text of a look has its place."""

    posting_id: int
    revision_id: int | None  # None: a text that is none before it was judged
    capture_id: int | None = None  # the response, where this look brought a new text
    events: tuple[Event, ...] = ()
    is_first: bool = False  # the posting is new


def save(visit: Visit, fields: Fields) -> Saved:
    """Keep what a posting says at the time of a look; the response is kept where that is new.

    A new text that is to be judged with the rest of its run becomes no revision yet.
    """
    db, look = visit.db, visit.look
    fields = rows.fields_of(rows.of_fields(fields))
    posting_id = pending.posting(db, look.address)
    if posting_id is None:
        return _first(visit, fields)
    around = looks.around(db, posting_id, look.at)
    place = _Place(posting_id, around, kept(db, around.before), kept(db, around.after))
    if place.before and not differs(place.before.fields, fields):
        return Saved(posting_id, place.before.id)
    is_same_instant = place.before is not None and place.around.before_at == look.at  # two texts at one time
    if place.after and not is_same_instant and not differs(place.after.fields, fields):
        begin = {"at": timestamps.text(look.at), "id": place.after.id, "posting": posting_id}
        db.execute(BEGIN, begin)
        return Saved(posting_id, place.after.id)
    if visit.is_judged and place.before and not place.after and place.before.fields.parser == fields.parser:
        return _waiting(visit, posting_id, fields)
    return _between(visit, place, fields)


# With a revision begins what it took the place of when its capture was read again: no look names that.
BEGIN: Final = """UPDATE revisions SET observed_at = :at WHERE id = :id OR (posting_id = :posting
    AND observed_at = (SELECT observed_at FROM revisions WHERE id = :id)
    AND NOT EXISTS (SELECT 1 FROM looks l WHERE l.posting_id = :posting AND l.revision_id = revisions.id))"""


def insert(db: Database, posting_id: int, fields: Fields, at: datetime, capture: Evidence) -> Kept:
    """Add what a posting says from an instant on."""
    row = rows.of_fields(fields)
    seq = db.execute("SELECT count(*) + 1 FROM revisions WHERE posting_id = ?", [posting_id]).fetchone()[0]
    place = {"posting_id": posting_id, "seq": seq, "observed_at": timestamps.text(at)}
    table = db.table("revisions").insert(row | place | {"capture_id": capture.capture_id})
    identifier = int(table.last_pk)  # type: ignore[arg-type]  # the table has one integer key
    postings.refresh(db, posting_id)
    postings.link_same_text(db, posting_id, row["content_hash"])
    return Kept(identifier, fields, replace(capture, revision_id=identifier, revision_digest=row["digest"]))


def differs(before: Fields, after: Fields) -> bool:
    """Tell whether two readings are two revisions."""
    return bool(changes.changed(before, after))


def kept(db: Database, revision_id: int | None) -> Kept | None:
    """Return a revision by its id, as read by the newest parser that reads it alike; None for None."""
    row = next(db.query(KEPT, [revision_id]), None)
    if row is None:
        return None
    evidence = Evidence(row["id"], row["digest"], row["capture_id"])
    return Kept(row["id"], rows.fields_of(row | {"parser": row["read_by"]}), evidence)


KEPT: Final = """SELECT v.*, coalesce(w.parser, v.parser) AS read_by FROM revisions v
    LEFT JOIN rereadings w ON w.revision_id = v.id WHERE v.id = ?"""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in a posting's time a look belongs."""

    posting_id: int
    around: Around
    before: Kept | None
    after: Kept | None


def _first(visit: Visit, fields: Fields) -> Saved:
    db, address = visit.db, visit.look.address
    kind, last_before_at, first_after_at = pending.how_met(db, visit.look)
    capture = captures.keep(visit)
    posting_id = postings.file_posting(db, visit.look, fields)
    new = insert(db, posting_id, fields, visit.look.at, capture)
    pending.settle(db, posting_id, address)
    posting_states.begin(db, posting_id, address, visit.look.at)
    told = _event(visit, kind, posting_id, new)
    told = replace(told, last_before_at=last_before_at, first_after_at=first_after_at)
    if kind is EventKind.PUBLISHED and (dates := dates_told(None, fields, last_before_at)):
        told = replace(told, detail={"dates": str(dates)})
    return Saved(posting_id, new.id, capture.capture_id, (ledger.append(db, told),), is_first=True)


def _waiting(visit: Visit, posting_id: int, fields: Fields) -> Saved:
    """Keep the response with a new text, which waits for judgement; the same text waits once."""
    last = findings.waiting(visit.db, posting_id)
    if last and not differs(last[0], fields):
        return Saved(posting_id, None, last[1])
    capture = captures.keep(visit)
    return Saved(posting_id, None, capture.capture_id, (captures.enter(visit, capture, posting_id),))


def _between(visit: Visit, place: _Place, fields: Fields) -> Saved:
    """Keep a new text between its neighbours in time, with an event for each that it differs from."""
    capture = captures.keep(visit)
    new = insert(visit.db, place.posting_id, fields, visit.look.at, capture)
    events = []
    if place.before:
        told = _event(visit, EventKind.EDITED, place.posting_id, new)
        told = replace(told, last_before_at=place.around.before_at, first_after_at=visit.look.at)
        events.append(_append_edit(visit.db, told, place.before, new))
    if place.after and differs(place.after.fields, fields):
        events.append(_onward(visit, place, place.after, new))
    return Saved(place.posting_id, new.id, capture.capture_id, tuple(events))


def _onward(visit: Visit, place: _Place, after: Kept, new: Kept) -> Event:
    """Write the edit from a text that came late to what was seen after it."""
    if place.before and place.before.id == after.id:
        after = _again(visit, place, after)
    told = _event(visit, EventKind.EDITED, place.posting_id, after)
    told = replace(told, last_before_at=visit.look.at, first_after_at=place.around.after_at)
    if not place.before:  # this is the only event by which the late text can enter the chain
        told = replace(told, evidence=new.evidence)
    return _append_edit(visit.db, told, new, after)


def _append_edit(db: Database, told: NewEvent, before: Kept, after: Kept) -> Event:
    """Write an edit; where another parser read the text, a hidden baseline: that is no edit of theirs."""
    kind = told.kind if before.fields.parser == after.fields.parser else EventKind.BASELINED
    return ledger.append(db, replace(told, kind=kind, changes=changes.changed(before.fields, after.fields)))


def _again(visit: Visit, place: _Place, old: Kept) -> Kept:
    """Make the text before a change a revision anew, from the first look after the change on."""
    assert place.around.after_at is not None
    capture = Evidence(capture_id=old.evidence.capture_id)
    again = insert(visit.db, place.posting_id, old.fields, place.around.after_at, capture)
    looks.reassign(visit.db, place.posting_id, (old.id, again.id), place.around.after_at)
    return again


def _event(visit: Visit, kind: EventKind, posting_id: int, revision: Kept) -> NewEvent:
    found = visit.db.execute("SELECT release_id FROM postings WHERE id = ?", [posting_id]).fetchone()
    return NewEvent(
        kind=kind,
        at=visit.noticed_at,
        address=visit.look.address,
        source_id=visit.look.source_id,
        posting_id=posting_id,
        release_id=found[0],
        title=revision.fields.title,
        evidence=revision.evidence,
    )
