"""What is wrong with a newsroom, from facts alone: each rule at its edge, and one alarm for one cause."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crawler.health import alarms as health
from crawler.health import field_drift, posting_rate
from crawler.health.alarms import AlarmKind, ExaminedNewsroom
from crawler.watch import observation_gaps
from storage.models import Confidence, RunState, Source
from storage.queries.health import FirstReading, ListProgress, ListSpan, NewsroomFacts, RecentRun

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PATIENCE = HOUR * 10
NO_FIELD: frozenset[str] = frozenset()
SOURCE = Source(
    "wing-news", "www.wing.mil", "Wing", "", "afpims", "News", None, None, Confidence.LOW, enabled=True
)


def looks(
    first: timedelta, last: timedelta, outcome: str = "live", reason: str = "", role: str = "feed"
) -> ListSpan:
    """Return equal looks from one age to another."""
    return ListSpan(role, f"https://www.wing.mil/{role}", outcome, reason, NOW - first, NOW - last, 9)


def run(age: timedelta, state: str = "ok", *failures: str) -> RecentRun:
    return RecentRun(RunState(state), NOW - age, failures)


def subject(*lists: ListSpan, watched: timedelta | None = DAY * 30, **facts: object) -> ExaminedNewsroom:
    """Return a newsroom with these looks at its lists."""
    known = NewsroomFacts("wing-news", lists=lists, **facts)  # type: ignore[arg-type]  # free-form
    appeared = [one.appeared_at for one in known.readings]
    return ExaminedNewsroom(
        source=SOURCE,
        facts=known,
        posting_rate=posting_rate.measure_posting_rate(
            appeared, [], [], observation_gaps.find_last_read_at(lists) or NOW
        ),
        rates=field_drift.measure_field_rates(known.readings),
        gaps=observation_gaps.find_observation_gaps(lists, PATIENCE, NOW),
        patience=PATIENCE,
        watched_since=NOW - watched if watched else None,
    )


def kinds(one: ExaminedNewsroom) -> list[str]:
    return [alarm.kind for alarm in health.find_alarms(one, NOW)]


def posts(*ages_in_days: float) -> tuple[FirstReading, ...]:
    ages = [DAY * age for age in ages_in_days]
    return tuple(
        FirstReading(
            NOW - age, NOW - age, is_published=True, filled=NO_FIELD, body_characters=9, confidence="high"
        )
        for age in ages
    )


def test_nothing_is_wrong_with_a_newsroom_that_is_read() -> None:
    assert kinds(subject(looks(DAY * 20, HOUR))) == []


@pytest.mark.parametrize(
    ("age", "told"), [(PATIENCE - HOUR / 60, []), (PATIENCE + HOUR / 60, ["unreachable"])]
)
def test_lists_may_stay_unread_as_long_as_the_schedule_has_it(age: timedelta, told: list[str]) -> None:
    assert kinds(subject(looks(DAY * 20, age))) == told


def test_a_watch_that_just_began_gets_time_to_look() -> None:
    assert kinds(subject(looks(DAY * 20, DAY * 3), watched=HOUR / 2)) == []
    assert kinds(subject(looks(DAY * 20, DAY * 3), watched=HOUR * 2)) == ["unreachable"]


def test_without_a_watch_nobody_promised_to_look() -> None:
    assert kinds(subject(looks(DAY * 20, DAY * 3), watched=None)) == []
    assert kinds(subject(looks(DAY * 20, DAY * 3), looks(DAY, DAY, "blocked", "no"), watched=None)) == [
        "unreachable"
    ]


def test_a_newsroom_that_cannot_be_heard_is_not_called_silent_or_failing_too() -> None:
    failing = tuple(run(HOUR * n, "failed", "feed: blocked") for n in range(8))
    found = subject(
        looks(DAY * 90, DAY * 2),
        looks(DAY * 2, HOUR, "blocked", "no"),
        runs=failing,
        readings=posts(*range(90, 30, -1)),
    )
    assert kinds(found) == ["unreachable"]


def test_an_empty_list_is_told_as_that() -> None:
    found = subject(
        looks(DAY * 90, DAY),
        replace(looks(HOUR * 20, HOUR), is_empty=True),
        runs=tuple(run(HOUR * n, "failed", "listing page 1 is empty") for n in range(8)),
    )
    assert kinds(found) == ["empty"]


def test_a_quarantine_is_told_once() -> None:
    found = subject(
        looks(DAY * 9, HOUR),
        quarantined_at=NOW - DAY,
        quarantine="redesign",
        runs=tuple(run(HOUR * n, "failed", "in quarantine") for n in range(8)),
    )
    assert kinds(found) == ["quarantined"]


@pytest.mark.parametrize(("failed", "told"), [(4, []), (5, ["failing"])])
def test_a_watch_fails_five_times_before_that_is_told(failed: int, told: list[str]) -> None:
    runs = [run(HOUR * n, "failed", "article: unreadable") for n in range(failed)]
    assert kinds(subject(looks(DAY * 9, HOUR / 2), runs=(*runs, run(DAY)))) == told


def test_crawls_that_were_asked_to_stop_have_not_failed() -> None:
    stopped = tuple(run(HOUR * n, "interrupted", "stopped") for n in range(8))
    assert kinds(subject(looks(DAY * 9, HOUR), runs=stopped)) == []


@pytest.mark.parametrize(
    ("naming", "told"),
    [
        (ListProgress("feed", NOW - DAY * 3, 20, 0, 5), ["stale"]),
        (ListProgress("feed", NOW - DAY * 3, 20, 0, 4), []),
        (ListProgress("feed", NOW - DAY, 20, 0, 9), []),
        (ListProgress("feed", NOW - DAY * 3, 6, 20, 9), []),  # never named the same
    ],
)
def test_a_list_is_stale_where_the_other_one_goes_on(naming: ListProgress, told: list[str]) -> None:
    assert kinds(subject(looks(DAY * 9, HOUR), list_progress=(naming,))) == told


def test_one_release_that_cannot_be_read_beside_others_is_no_alarm() -> None:
    for unread, told in ((1, []), (5, ["unread"])):
        found = subject(
            looks(DAY * 9, HOUR), unread=unread, unread_since=NOW - DAY * 3, readings=posts(5, 4, 1)
        )
        assert kinds(found) == told


def test_what_was_silent_before_we_came_is_dormant() -> None:
    quiet = posts(*range(400, 300, -1))
    assert health.is_dormant(subject(looks(DAY * 9, HOUR), readings=quiet))
    assert kinds(subject(looks(DAY * 9, HOUR), readings=quiet)) == []
    assert kinds(subject(looks(DAY * 390, HOUR), readings=quiet)) == ["silence"]


def test_every_alarm_says_what_to_do_in_one_line() -> None:
    found = [
        subject(looks(DAY * 20, DAY * 3), looks(DAY * 2, HOUR, outcome, "x\n" * 900))
        for outcome in (
            "blocked",
            "throttled",
            "robots_denied",
            "unreachable",
            "redirected",
            "gone",
            "unreadable",
        )
    ]
    alarms = [alarm for one in found for alarm in health.find_alarms(one, NOW)]
    assert len(alarms) == len(found)
    assert all(alarm.advice and len(alarm.line) <= health.LONGEST_LINE for alarm in alarms)


def test_every_kind_is_explained(request: pytest.FixtureRequest) -> None:
    text = (request.config.rootpath / "docs" / "watching.md").read_text(encoding="utf-8")
    assert [kind for kind in AlarmKind if f"| `{kind}` |" not in text] == []
