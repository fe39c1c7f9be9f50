"""How much an event matters to a reader, and how well it is proved, by a rule that gives its reasons. Pure.

The score is the sum of the points in the tables below; docs/importance.md prints them. The grade says how
well the event is proved: control looks and gaps in our own watching decide it, and take no part in the score.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from storage.diff.dates import DateChange
from storage.diff.kinds import EditKind
from storage.models import EventKind

NORMAL_FROM: Final = 3  # points
HIGH_FROM: Final = 6
SMALL: Final = 1  # points of a change too small for its age or size to matter
LARGE_SHARE: Final = 0.3  # of the text
SETTLED: Final = timedelta(days=7)  # a newsroom has corrected its slips by then
OLD: Final = timedelta(days=30)
CLOSE_LOOKS: Final = timedelta(days=2)  # twice the longest planned time between two looks


class ImportanceLevel(StrEnum):
    """How much an event matters, in a word."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


LEVEL_SCORES: Mapping[str, int] = {  # the lowest of each
    ImportanceLevel.LOW: 0,
    ImportanceLevel.NORMAL: NORMAL_FROM,
    ImportanceLevel.HIGH: HIGH_FROM,
}


class EvidenceGrade(StrEnum):
    """How well an event is proved."""

    CONFIRMED = "confirmed"  # several looks, and control looks of the rest of the site
    SEEN = "seen"  # two looks no more than two days apart hold what was before and what came after
    ROUGH = "rough"  # seen, but it is not known well when, or what the words were before
    UNCONFIRMED = "unconfirmed"  # early warning: it may be the site's trouble


@dataclass(frozen=True, slots=True)
class ImportanceFacts:
    """What the ledger holds of an event, as far as the rule needs it."""

    kind: EventKind
    edit_kinds: tuple[EditKind, ...] = ()
    fields: Collection[str] = ()  # that changed
    share: float = 0.0  # of the text that changed, 0 to 1
    age: timedelta | None = None  # of the release when it happened; None if it is undated
    copies: int = 0  # live elsewhere after a removal; without the edit after an edit
    dates: DateChange | None = None
    interval: timedelta | None = None  # between the look before and the look after; None without one before
    is_controlled: bool = False  # control looks are part of the evidence
    is_coarse: bool = False  # compared roughly
    is_archived: bool = False  # captures of an archive show it, not our own looks


class Reason(NamedTuple):
    """What brought points, or took some."""

    points: int
    words: str


@dataclass(frozen=True, slots=True)
class Importance:
    """How much an event matters and how well it is proved, with the reasons."""

    level: ImportanceLevel
    score: int
    reasons: tuple[str, ...]
    grade: EvidenceGrade
    grade_reason: str


EVENT_POINTS: Mapping[EventKind, Reason] = {
    EventKind.MASS_REMOVAL: Reason(8, "many releases were removed at once"),
    EventKind.REMOVED: Reason(5, "the release was removed"),
    EventKind.MASS_ABSENCE: Reason(5, "many releases are absent at once"),
    EventKind.RETURNED: Reason(4, "a removed release came back"),
    EventKind.SUSPECTED: Reason(3, "the release is absent"),
    EventKind.UNLISTED: Reason(3, "the release is no longer listed"),
    EventKind.PUBLISHED: Reason(2, "the release is new"),
    EventKind.SITE_CHANGED: Reason(2, "many releases changed in the same way"),
    EventKind.QUARANTINED: Reason(2, "the newsroom can't be read"),
    EventKind.SET_ASIDE: Reason(2, "a stored response can't be read back"),
    EventKind.RELISTED: Reason(1, "the release is listed again"),
    EventKind.CLEARED: Reason(1, "the release answers again"),
    EventKind.SITE_MOVED: Reason(1, "the site has another name"),
    EventKind.MOVED: Reason(1, "the release has another address"),
    EventKind.RENAMED: Reason(0, "the words in the address changed"),
    EventKind.FOUND: Reason(0, "the release was already there"),
    EventKind.EDITED: Reason(0, "the release was edited"),
    EventKind.PURGED: Reason(0, "we removed the content ourselves"),
    EventKind.CAPTURED: Reason(0, "a response was stored"),
    EventKind.BASELINED: Reason(0, "our own reading changed"),
}
EDIT_POINTS: Mapping[EditKind, Reason] = {
    EditKind.NEGATION: Reason(5, "a negation changed"),
    EditKind.NUMBER: Reason(4, "a number changed"),
    EditKind.QUOTE: Reason(4, "a quotation changed"),
    EditKind.PARAGRAPH_REMOVED: Reason(4, "a paragraph was removed"),
    EditKind.NAME: Reason(3, "a name changed"),
    EditKind.DATE: Reason(3, "a date in the text changed"),
    EditKind.PARAGRAPH_ADDED: Reason(2, "a paragraph was added"),
    EditKind.EMBED_REMOVED: Reason(3, "a video or frame was removed"),
    EditKind.EMBED_ADDED: Reason(2, "a video or frame was added"),
    EditKind.REWRITTEN: Reason(2, "words were changed"),
    EditKind.PARAGRAPH_MOVED: Reason(1, "a paragraph was moved"),
    EditKind.TYPO: Reason(0, "a slip of spelling was changed"),
    EditKind.PUNCTUATION: Reason(0, "punctuation or spacing was changed"),
}
FIELD_POINTS: Mapping[str, Reason] = {
    "published": Reason(3, "the printed date changed"),
    "embeds": Reason(3, "the videos or frames in it changed"),
    "attachments": Reason(3, "the attachments changed"),
    "organization": Reason(2, "the organization changed"),
    "byline": Reason(2, "the byline changed"),
    "images": Reason(2, "the pictures changed"),
    "dateline": Reason(1, "the dateline changed"),
    "links": Reason(1, "the links changed"),
    "tags": Reason(0, "the tags changed"),
}


OURS: Final = frozenset({EventKind.SET_ASIDE, EventKind.PURGED, EventKind.CAPTURED, EventKind.BASELINED})


@dataclass(frozen=True, slots=True)
class ImportanceRule:
    """A rule that adds points to those of the event and of its most important change."""

    condition: str  # in words, for the table
    points: int
    is_met: Callable[[ImportanceFacts, int], bool]  # by the facts and the points so far
    describe: Callable[[ImportanceFacts], str]


def _is_substantial_edit(facts: ImportanceFacts, points: int) -> bool:
    return facts.kind.has_changes and bool(facts.fields) and points > SMALL


def _is_older(facts: ImportanceFacts, least: timedelta, most: timedelta = timedelta.max) -> bool:
    return facts.age is not None and least <= facts.age < most


def _describe_age(facts: ImportanceFacts) -> str:
    days = facts.age.days if facts.age else 0
    return f"the release was {days} {'day' if days == 1 else 'days'} old"


def _describe_copies(facts: ImportanceFacts) -> str:
    many = "1 other copy" if facts.copies == 1 else f"{facts.copies} other copies"
    if facts.kind is EventKind.REMOVED:
        return f"{many} {'is' if facts.copies == 1 else 'are'} still live"
    return f"{many} {'does' if facts.copies == 1 else 'do'} not have the edit"


RULES: Final = (
    ImportanceRule(
        f"An edit of more than {SMALL} point: the headline is part of it",
        1,
        lambda facts, points: _is_substantial_edit(facts, points) and "title" in facts.fields,
        lambda _: "the headline is part of it",
    ),
    ImportanceRule(
        f"An edit of more than {SMALL} point: {LARGE_SHARE:.0%} of the text or more changed",
        1,
        lambda facts, points: _is_substantial_edit(facts, points) and facts.share >= LARGE_SHARE,
        lambda facts: f"{facts.share:.0%} of the text changed",
    ),
    ImportanceRule(
        f"An edit of more than {SMALL} point: the release is {SETTLED.days} to {OLD.days - 1} days old",
        1,
        lambda facts, points: _is_substantial_edit(facts, points) and _is_older(facts, SETTLED, OLD),
        _describe_age,
    ),
    ImportanceRule(
        f"An edit of more than {SMALL} point: the release is {OLD.days} days old or older",
        2,
        lambda facts, points: _is_substantial_edit(facts, points) and _is_older(facts, OLD),
        _describe_age,
    ),
    ImportanceRule(
        f"An edit of more than {SMALL} point: another copy does not have it",
        1,
        lambda facts, points: _is_substantial_edit(facts, points) and facts.copies > 0,
        _describe_copies,
    ),
    ImportanceRule(
        f"A removal: the release is less than {OLD.days} days old",
        1,
        lambda facts, _: facts.kind is EventKind.REMOVED and _is_older(facts, timedelta.min, OLD),
        _describe_age,
    ),
    ImportanceRule(
        "A removal: another copy is still live",
        -2,
        lambda facts, _: facts.kind is EventKind.REMOVED and facts.copies > 0,
        _describe_copies,
    ),
    ImportanceRule(
        "A new release: its date is earlier than the last look that did not have it",
        2,
        lambda facts, _: facts.kind is EventKind.PUBLISHED and facts.dates is DateChange.BACK_DATED,
        lambda _: "its date is earlier than the last look that did not have it",
    ),
)


def assess_importance(facts: ImportanceFacts) -> Importance:
    """Return how much an event matters, and how well it is proved."""
    reasons = [_find_first_reason(facts)]
    first = reasons[0].points
    reasons += [Reason(one.points, one.describe(facts)) for one in RULES if one.is_met(facts, first)]
    score = max(sum(one.points for one in reasons), 0)
    return Importance(find_level(score), score, tuple(one.words for one in reasons), *_find_grade(facts))


def find_level(score: int) -> ImportanceLevel:
    """Return the level of a score."""
    return next(level for level in reversed(ImportanceLevel) if score >= LEVEL_SCORES[level])


def _find_first_reason(facts: ImportanceFacts) -> Reason:
    """Return the points of the event, or of its most important change where these are more."""
    changes = [
        *(EDIT_POINTS[kind] for kind in facts.edit_kinds),
        *(FIELD_POINTS[name] for name in facts.fields if name in FIELD_POINTS),
    ]
    event = EVENT_POINTS[facts.kind]
    if not changes or facts.kind is EventKind.SITE_CHANGED:
        return event
    first = max(changes, key=lambda one: one.points)
    return first if first.points > event.points or facts.kind is EventKind.EDITED else event


def _find_grade(facts: ImportanceFacts) -> tuple[EvidenceGrade, str]:
    if facts.kind in (EventKind.SUSPECTED, EventKind.MASS_ABSENCE, EventKind.QUARANTINED):
        return EvidenceGrade.UNCONFIRMED, "it may be the site's own trouble"
    if facts.is_archived:
        return EvidenceGrade.ROUGH, "captures of an archive show it, not our own looks"
    if facts.kind in (EventKind.REMOVED, EventKind.MASS_REMOVAL):
        if facts.is_controlled:
            return EvidenceGrade.CONFIRMED, "several looks and control looks agree"
        return EvidenceGrade.ROUGH, "the control looks are not stored"
    if facts.kind in OURS:
        return EvidenceGrade.SEEN, "it is our own record"
    if facts.is_coarse:
        return EvidenceGrade.ROUGH, "the text was compared roughly"
    if facts.interval is None:
        return EvidenceGrade.ROUGH, "there is no look from before"
    if facts.interval > CLOSE_LOOKS:
        return EvidenceGrade.ROUGH, f"{facts.interval.days} days lie between the looks before and after"
    return EvidenceGrade.SEEN, "looks from before and after hold it"


def format_rule_tables() -> str:
    """Return the rule as Markdown tables, as docs/importance.md prints it."""
    return "\n".join(_list_table_lines())


def _list_table_lines() -> Iterator[str]:
    yield from ("| event | points |", "|---|---|")
    yield from (f"| `{kind}` | {one.points} |" for kind, one in EVENT_POINTS.items() if not kind.is_hidden)
    yield from ("", "| kind of edit | points |", "|---|---|")
    yield from (f"| {kind.replace('_', ' ')} | {one.points} |" for kind, one in EDIT_POINTS.items())
    yield from ("", "| another field | points |", "|---|---|")
    yield from (f"| {name} | {one.points} |" for name, one in FIELD_POINTS.items())
    yield from ("", "| what else counts | points |", "|---|---|")
    yield from (f"| {one.condition} | {one.points:+d} |" for one in RULES)
    yield from ("", "| level | score |", "|---|---|")
    yield f"| {ImportanceLevel.LOW} | up to {NORMAL_FROM - 1} |"
    yield f"| {ImportanceLevel.NORMAL} | {NORMAL_FROM} to {HIGH_FROM - 1} |"
    yield f"| {ImportanceLevel.HIGH} | {HIGH_FROM} and more |"
