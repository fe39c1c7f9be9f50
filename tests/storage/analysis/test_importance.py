"""The rule of importance on both sides of each bound, and the page that prints it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from storage.analysis.importance import (
    EDIT_POINTS,
    EVENT_POINTS,
    FIELD_POINTS,
    RULES,
    EvidenceGrade,
    ImportanceFacts,
    ImportanceLevel,
    assess_importance,
    find_level,
    format_rule_tables,
)
from storage.diff.changes import LIST_FIELDS, TEXT_FIELDS
from storage.diff.dates import DateChange
from storage.diff.kinds import EditKind
from storage.models import EventKind
from tests.support.paths import ROOT

NUMBER = ImportanceFacts(
    EventKind.EDITED, (EditKind.NUMBER,), ("body",), age=timedelta(days=1), interval=timedelta(hours=4)
)
MOVED_PARAGRAPH = replace(NUMBER, edit_kinds=(EditKind.PARAGRAPH_MOVED,))
REMOVAL = ImportanceFacts(EventKind.REMOVED, age=timedelta(days=400), is_controlled=True)


def days(count: float) -> timedelta:
    return timedelta(days=count)


@pytest.mark.parametrize(
    ("facts", "score"),
    [
        (NUMBER, 4),
        (replace(NUMBER, age=days(6.9)), 4),
        (replace(NUMBER, age=days(7)), 5),
        (replace(NUMBER, age=days(29.9)), 5),
        (replace(NUMBER, age=days(30)), 6),
        (replace(NUMBER, age=None), 4),
        (replace(NUMBER, age=days(-1)), 4),
        (replace(NUMBER, share=0.29), 4),
        (replace(NUMBER, share=0.3), 5),
        (replace(NUMBER, copies=1), 5),
        (replace(NUMBER, fields=("title",)), 5),
        (replace(NUMBER, edit_kinds=(EditKind.TYPO, EditKind.NEGATION)), 5),
        (replace(NUMBER, edit_kinds=(EditKind.TYPO,), fields=("body", "published")), 3),
        (replace(MOVED_PARAGRAPH, age=days(99), share=1.0, copies=3, fields=("title",)), 1),
        (replace(NUMBER, edit_kinds=(EditKind.REWRITTEN,), age=days(99)), 4),
        (replace(NUMBER, edit_kinds=(), fields=("tags",), age=days(99)), 0),
        (replace(NUMBER, edit_kinds=(), fields=("caption",), age=days(99)), 0),
        (replace(NUMBER, edit_kinds=(), fields=()), 0),
        (REMOVAL, 5),
        (replace(REMOVAL, age=days(30)), 5),
        (replace(REMOVAL, age=days(29.9)), 6),
        (replace(REMOVAL, age=None), 5),
        (replace(REMOVAL, copies=1), 3),
        (ImportanceFacts(EventKind.SUSPECTED, copies=2), 3),
        (ImportanceFacts(EventKind.PUBLISHED), 2),
        (ImportanceFacts(EventKind.PUBLISHED, dates=DateChange.BACK_DATED), 4),
        (ImportanceFacts(EventKind.RETURNED), 4),
        (replace(NUMBER, kind=EventKind.RETURNED, edit_kinds=(EditKind.NEGATION,)), 5),
        (replace(NUMBER, kind=EventKind.RETURNED, edit_kinds=(EditKind.TYPO,)), 4),
        (replace(NUMBER, kind=EventKind.SITE_CHANGED, edit_kinds=(EditKind.NEGATION,), age=days(99)), 2),
        (ImportanceFacts(EventKind.MASS_REMOVAL), 8),
    ],
)
def test_the_score_follows_the_tables(facts: ImportanceFacts, score: int) -> None:
    assert assess_importance(facts).score == score


@pytest.mark.parametrize(
    ("score", "level"),
    [
        (0, ImportanceLevel.LOW),
        (2, ImportanceLevel.LOW),
        (3, ImportanceLevel.NORMAL),
        (5, ImportanceLevel.NORMAL),
        (6, ImportanceLevel.HIGH),
        (99, ImportanceLevel.HIGH),
    ],
)
def test_a_score_has_a_level(score: int, level: ImportanceLevel) -> None:
    assert find_level(score) is level


def test_the_reasons_say_what_brought_the_points() -> None:
    found = assess_importance(replace(NUMBER, age=days(40.5), copies=3, share=0.456))
    assert found.reasons == (
        "a number changed",
        "46% of the text changed",
        "the release was 40 days old",
        "3 other copies do not have the edit",
    )
    assert (found.score, found.level) == (8, ImportanceLevel.HIGH)
    assert assess_importance(replace(REMOVAL, age=days(1), copies=1)).reasons == (
        "the release was removed",
        "the release was 1 day old",
        "1 other copy is still live",
    )


@pytest.mark.parametrize(
    ("facts", "grade"),
    [
        (NUMBER, EvidenceGrade.SEEN),
        (replace(NUMBER, interval=days(2)), EvidenceGrade.SEEN),
        (replace(NUMBER, interval=days(2.01)), EvidenceGrade.ROUGH),
        (replace(NUMBER, interval=None), EvidenceGrade.ROUGH),
        (replace(NUMBER, is_coarse=True), EvidenceGrade.ROUGH),
        (replace(NUMBER, is_archived=True), EvidenceGrade.ROUGH),
        (REMOVAL, EvidenceGrade.CONFIRMED),
        (replace(REMOVAL, is_controlled=False), EvidenceGrade.ROUGH),
        (replace(REMOVAL, is_archived=True), EvidenceGrade.ROUGH),
        (ImportanceFacts(EventKind.SUSPECTED, interval=days(1)), EvidenceGrade.UNCONFIRMED),
        (ImportanceFacts(EventKind.MASS_ABSENCE), EvidenceGrade.UNCONFIRMED),
        (ImportanceFacts(EventKind.QUARANTINED), EvidenceGrade.UNCONFIRMED),
        (ImportanceFacts(EventKind.PURGED), EvidenceGrade.SEEN),
    ],
)
def test_the_grade_says_how_well_it_is_proved(facts: ImportanceFacts, grade: EvidenceGrade) -> None:
    found = assess_importance(facts)
    assert (found.grade, bool(found.grade_reason)) == (grade, True)


def test_the_grade_takes_no_part_in_the_score() -> None:
    rough = assess_importance(replace(NUMBER, interval=days(90), is_coarse=True))
    assert rough.score == assess_importance(NUMBER).score


def test_every_event_edit_and_field_has_its_points() -> None:
    assert set(EVENT_POINTS) == set(EventKind)
    assert set(EDIT_POINTS) == set(EditKind)
    assert set(FIELD_POINTS) == {*TEXT_FIELDS, *LIST_FIELDS} - {"title", "subtitle", "body"}
    assert all(one.points for one in RULES)


def test_the_page_prints_the_rule_as_it_is() -> None:
    page = (ROOT / "docs" / "importance.md").read_text(encoding="utf-8")
    assert format_rule_tables() in page
    assert all(f"`{grade}`" in page for grade in EvidenceGrade)
