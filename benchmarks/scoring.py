"""Counting what ledgers got right: a row a kind, and the thresholds that must hold."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from benchmarks.ledger_matching import REPORTED_KINDS, IncidentOutcome, LedgerMatch, MatchedEvent
from simulator.life import IncidentKind
from storage.diff.kinds import EditKind
from storage.models import EventKind

Kind = IncidentKind
EDIT_KINDS = frozenset(EditKind)


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one kind of incident."""

    name: str
    injected: int
    due: int
    found: int  # of those due
    delays: tuple[timedelta, ...]  # from the incident to its event, the shortest first

    @property
    def recall(self) -> float:
        """Return the share of those due that were found; 1 where none was."""
        return self.found / self.due if self.due else 1.0


@dataclass(frozen=True, slots=True)
class Claims:
    """How many events of one kind were written, and how many were true."""

    kind: EventKind
    events: int
    true: int

    @property
    def precision(self) -> float:
        """Return the share that was true; 1 where nothing was claimed."""
        return self.true / self.events if self.events else 1.0


@dataclass(frozen=True, slots=True)
class Demand:
    """A threshold and what was measured."""

    name: str
    measured: str
    is_met: bool


def score_rows(ledger_matches: Sequence[LedgerMatch]) -> list[Row]:
    """Return a row a kind of incident, and below `edited` one a kind of edit."""
    outcomes = [each for ledger_match in ledger_matches for each in ledger_match.outcomes]
    found = []
    for kind in Kind:
        mine = [each for each in outcomes if each.incident.kind is kind]
        if mine:
            found.append(_row(str(kind), mine))
        if kind in (Kind.EDITED, Kind.SOFT_REMOVED):
            names = sorted({each.incident.detail for each in mine})
            found += [
                _row(f"  {name}", [each for each in mine if each.incident.detail == name]) for name in names
            ]
    return found


def count_claims(ledger_matches: Sequence[LedgerMatch]) -> list[Claims]:
    """Return what was claimed, a row a kind of event."""
    events = [each for ledger_match in ledger_matches for each in ledger_match.claims]
    false = [each for ledger_match in ledger_matches for each in ledger_match.false]
    return [
        Claims(kind, total, total - _count(false, kind))
        for kind in REPORTED_KINDS
        if (total := _count(events, kind))
    ]


def field_share(ledger_matches: Iterable[LedgerMatch]) -> tuple[int, int]:
    """Return how many edits and returns named exactly the right fields, and of how many."""
    texts, wrong = 0, 0
    for ledger_match in ledger_matches:
        texts, wrong = texts + ledger_match.texts, wrong + len(ledger_match.wrong)
    return texts - wrong, texts


def kind_share(ledger_matches: Iterable[LedgerMatch]) -> tuple[int, int]:
    """Return how many body edits that were found were named as what they were, and of how many."""
    named, found = 0, 0
    for outcome in (each for ledger_match in ledger_matches for each in ledger_match.outcomes):
        if (
            outcome.matched_event
            and outcome.incident.detail in EDIT_KINDS
            and outcome.incident.kind is Kind.EDITED
        ):
            found += 1
            named += outcome.incident.detail in _edit_kinds(outcome.matched_event)
    return named, found


def list_demands(ledger_matches: Sequence[LedgerMatch]) -> Iterator[Demand]:
    """Yield what must hold over all lives."""
    named = {row.name: row for row in score_rows(ledger_matches)}
    claimed = {each.kind: each for each in count_claims(ledger_matches)}
    right, texts = field_share(ledger_matches)
    yield _least("edits: recall", _recall(named, "edited"), 0.995)
    yield _least("edits: precision", _precision(claimed, EventKind.EDITED), 0.995)
    yield _least("edits: fields right", right / texts if texts else 1.0, 0.99)
    yield _none("removals: false ones", _false(claimed, EventKind.REMOVED))
    yield _least("removals (404, 410): recall", _recall(named, "removed"), 1.0)
    soft = [
        each
        for ledger_match in ledger_matches
        for each in ledger_match.claims
        if each.kind is EventKind.REMOVED and _is_soft(each, ledger_match)
    ]
    lies = _false(claimed, EventKind.REMOVED)
    yield _least("soft removals: precision", len(soft) / (len(soft) + lies) if soft else 1.0, 0.99)
    yield _least("soft removals: recall", _recall(named, "soft removed"), 0.95)
    yield _least("returns: recall", _recall(named, "returned"), 1.0)
    yield _none("returns: false ones", _false(claimed, EventKind.RETURNED))
    yield _least("unlistings: precision", _precision(claimed, EventKind.UNLISTED), 0.99)
    yield _least("unlistings: recall", _recall(named, "unlisted"), 0.99)
    yield _least("new posts: precision", _precision(claimed, EventKind.PUBLISHED), 1.0)
    yield _least("new posts: recall", _recall(named, "published"), 1.0)


def line(row: Row) -> str:
    """Return a row as a line of the table."""
    share = f"{row.recall:7.3f}" if row.due else "      –"
    delay = f"{_hours(row.delays[len(row.delays) // 2])} {_hours(row.delays[-1])}" if row.delays else ""
    return f"{row.name:<38}{row.injected:>9}{row.due:>6}{row.found:>7}{share}  {delay}"


HEAD = f"{'incident':<38}{'injected':>9}{'due':>6}{'found':>7}{'recall':>7}   delay: median, worst"


def _row(name: str, outcomes: Sequence[IncidentOutcome]) -> Row:
    due = [each for each in outcomes if each.due]
    found = [each for each in due if each.matched_event]
    delays = sorted(each.matched_event.at - each.incident.at for each in found if each.matched_event)
    return Row(name, len(outcomes), len(due), len(found), tuple(delays))


def _hours(delay: timedelta) -> str:
    return f"{delay.total_seconds() / 3600:6.1f} h"


def _recall(named: dict[str, Row], name: str) -> float:
    return named[name].recall if name in named else 1.0


def _edit_kinds(matched: MatchedEvent) -> list[object]:
    kinds = matched.event.detail.get("edit_kinds", ())
    return list(kinds) if isinstance(kinds, list | tuple) else []


def _count(events: Iterable[MatchedEvent], kind: EventKind) -> int:
    return sum(1 for each in events if each.kind is kind)


def _precision(claimed: dict[EventKind, Claims], kind: EventKind) -> float:
    return claimed[kind].precision if kind in claimed else 1.0


def _false(claimed: dict[EventKind, Claims], kind: EventKind) -> int:
    return claimed[kind].events - claimed[kind].true if kind in claimed else 0


def _is_soft(event: MatchedEvent, ledger_match: LedgerMatch) -> bool:
    return any(
        each.matched_event is event and each.incident.kind is Kind.SOFT_REMOVED
        for each in ledger_match.outcomes
    )


def _least(name: str, measured: float, wanted: float) -> Demand:
    return Demand(name, f"{measured:.4f} (wanted at least {wanted:g})", measured >= wanted)


def _none(name: str, measured: int) -> Demand:
    return Demand(name, f"{measured} (wanted 0)", measured == 0)
