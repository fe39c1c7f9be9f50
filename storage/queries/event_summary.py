"""An event as people read it first: one sentence, how much it matters, and how well it is proved."""

import json
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Final

from storage.analysis.importance import Importance, ImportanceFacts, assess_importance
from storage.db.reading import Readable, query_rows
from storage.db.timestamps import parse_stored_day
from storage.diff.fields import FieldDiff, diff_field, list_edit_kinds
from storage.diff.kinds import EditKind
from storage.diff.paragraphs import BREAK, PassageKind
from storage.diff.words import OperationKind
from storage.models import Event, EventKind
from storage.queries.event_sentence import read_date_change, summarize_event
from storage.queries.evidence import event_to_json

BATCH: Final = 200
DAYS: Final = "SELECT id, published_on FROM releases WHERE id IN (SELECT value FROM json_each(?))"


@dataclass(frozen=True, slots=True)
class EventSummary:
    """An event with what it comes to."""

    event: Event
    fields: tuple[FieldDiff, ...]  # the differences of its changes
    sentence: str
    importance: Importance


def list_summaries(store: Readable, events: Iterable[Event]) -> Iterator[EventSummary]:
    """Yield each event with its sentence and its importance, in the same order."""
    left = iter(events)
    while batch := list(islice(left, BATCH)):
        days = _read_days(store, {event.release for event in batch if event.release is not None})
        for event in batch:
            yield build_summary(event, days.get(event.release))


def select_important(
    found: Iterable[EventSummary], least: int, limit: int | None = None
) -> Iterable[EventSummary]:
    """Return the events whose score is at least so high; with a limit, only the last so many."""
    wanted = (one for one in found if one.importance.score >= least)
    return wanted if limit is None else deque(wanted, maxlen=limit)


def build_summary(event: Event, published_on: date | None) -> EventSummary:
    """Return an event with its sentence and importance; `published_on` is the release's printed day."""
    fields = tuple(diff_field(change) for change in event.changes)
    facts = collect_facts(event, fields, published_on)
    return EventSummary(event, fields, summarize_event(event, fields), assess_importance(facts))


def summary_to_json(found: EventSummary) -> dict[str, object]:
    """Return an event as JSON values, with its evidence, sentence and importance."""
    return {
        **event_to_json(found.event),
        "sentence": found.sentence,
        "importance": asdict(found.importance),
    }


def describe_importance(found: Importance) -> str:
    """Return the importance in a line: "importance normal (4): a number changed; evidence seen: ..."."""
    reasons = ", ".join(found.reasons)
    proof = f"evidence {found.grade}: {found.grade_reason}"
    return f"importance {found.level} ({found.score}): {reasons}; {proof}"


def collect_facts(event: Event, fields: Sequence[FieldDiff], published_on: date | None) -> ImportanceFacts:
    """Return what the rule of importance needs to know of an event."""
    detail = event.detail
    between = event.last_before_at, event.first_after_at
    return ImportanceFacts(
        kind=event.kind,
        edit_kinds=_read_edit_kinds(detail.get("edit_kinds")) or list_edit_kinds(fields),
        fields=tuple(one.field for one in fields),
        share=max((measure_changed_share(one) for one in fields if one.field == "body"), default=0.0),
        age=_measure_age(event.first_after_at or event.at, _find_old_day(event) or published_on),
        copies=_count_copies(event),
        dates=read_date_change(event),
        interval=between[1] - between[0] if between[0] and between[1] else None,
        is_controlled=bool(detail.get("controls")) or (event.kind is EventKind.MASS_REMOVAL and bool(detail)),
        is_coarse=bool(detail.get("coarse")),
        is_archived=bool(detail.get("in_archive")),
    )


def measure_changed_share(found: FieldDiff) -> float:
    """Return how much of a text changed, 0 to 1: characters of the changed words, by the longer side."""
    if found.text is None:
        return 0.0
    whole = max(len(BREAK.join(found.before)), len(BREAK.join(found.after)))
    changed = sum(
        max(len(step.removed), len(step.added))
        for passage in found.text.passages
        if passage.kind is not PassageKind.REFLOWED
        for step in passage.operations
        if step.kind is not OperationKind.EQUAL
    )
    return min(changed / whole, 1.0) if whole else 0.0


def _read_days(store: Readable, releases: set[int]) -> dict[int | None, date | None]:
    rows = query_rows(store, DAYS, [json.dumps(sorted(releases))])
    return {row["id"]: parse_stored_day(row["published_on"]) for row in rows}


def _find_old_day(event: Event) -> date | None:
    """Return the printed day before an edit of it."""
    days = (str(one.before) for one in event.changes if one.field == "published" and one.before)
    return parse_stored_day(next(days, None))


def _measure_age(at: datetime, day: date | None) -> timedelta | None:
    return at - datetime.combine(day, time(), UTC) if day else None


def _count_copies(event: Event) -> int:
    if event.kind is EventKind.REMOVED:
        live = event.detail.get("still_live")
        return len(live) if isinstance(live, list | tuple) else 0
    edited, copies = (event.detail.get(name) for name in ("edited_copies", "all_copies"))
    return max(copies - edited, 0) if isinstance(edited, int) and isinstance(copies, int) else 0


def _read_edit_kinds(value: object) -> tuple[EditKind, ...]:
    known = set(EditKind)
    return tuple(EditKind(one) for one in value if one in known) if isinstance(value, list | tuple) else ()
