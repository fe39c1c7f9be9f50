"""How a watch reports: events and alarms as text, visits as JSON, everything as a log."""

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from crawler.cli.json_logs import LOG, JsonLinesFormatter
from crawler.cli.reporter import JsonVisitsOutput, LogOutput, TextOutput, make_visit_json
from crawler.crawl.run import CrawlOutcome
from crawler.health.monitor import AlarmChange
from storage.models import Confidence, Event, EventKind, RunState, Source
from storage.tables.alarms import StoredAlarm

AT = datetime(2026, 11, 22, 14, tzinfo=UTC)
VISIT = CrawlOutcome("a-news", 3, RunState.FAILED, published=1, requests=4, failures=("feed: blocked",))
ALARM = StoredAlarm("a-news", "empty", "its listing is empty", "Open it.", AT, AT)
SOURCE = Source("a-news", "www.a.mil", "Wing", "", "afpims", "", None, None, Confidence.LOW)


def make_event(kind: EventKind, title: str = "Wing counts troops") -> Event:
    return Event(1, kind, AT, "a-news", "https://www.a.mil/1/", 1, title, None, AT)


def test_text_prints_an_event_a_line_and_failures_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    TextOutput().report_visit(VISIT, [make_event(EventKind.PUBLISHED), make_event(EventKind.BASELINED)])
    printed = capsys.readouterr()
    assert printed.out == "2026-11-22 14:00 a-news: published Wing counts troops\n"
    assert printed.err == "a-news: feed: blocked\n"


def test_text_says_what_the_site_answered_in_place_of_a_release(capsys: pytest.CaptureFixture[str]) -> None:
    detail = {"looks": 3, "verdict": "soft_gone", "answer": "home", "led_to": "https://www.a.mil/"}
    TextOutput().report_visit(VISIT, [replace(make_event(EventKind.REMOVED), detail=detail)])
    line = "removed Wing counts troops (its address led to the home page of the site)\n"
    assert capsys.readouterr().out.endswith(line)


def test_a_title_cannot_control_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    TextOutput().report_visit(VISIT, [make_event(EventKind.PUBLISHED, "\x1b[2J\nnow")])
    printed = capsys.readouterr().out
    assert "\x1b" not in printed
    assert printed.count("\n") == 1


def test_an_alarm_is_reported_when_it_begins_and_when_it_ends(capsys: pytest.CaptureFixture[str]) -> None:
    output = TextOutput()
    output.report_alarm(AlarmChange(ALARM, has_begun=True))
    output.report_alarm(AlarmChange(ALARM, has_begun=False))
    began, ended = capsys.readouterr().err.splitlines()
    assert began == "ALARM a-news: empty: its listing is empty. Open it."
    assert ended == "over a-news: empty (since 2026-11-22 14:00 UTC)"


def test_visits_as_json_have_the_documented_keys_alone(capsys: pytest.CaptureFixture[str]) -> None:
    JsonVisitsOutput().report_visit(VISIT, [make_event(EventKind.PUBLISHED)])
    printed = json.loads(capsys.readouterr().out)
    assert (printed["source_id"], printed["state"], printed["published"]) == ("a-news", "failed", 1)
    assert not {"has_own_errors", "feed_covers_listing"} & make_visit_json(VISIT).keys()


@pytest.fixture
def logged() -> Iterator[list[dict[str, object]]]:
    """Collect what is logged, as the objects that `--log-json` writes."""
    lines: list[dict[str, object]] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(json.loads(JsonLinesFormatter().format(record)))

    handler = Collector()
    LOG.addHandler(handler)
    LOG.setLevel(logging.INFO)
    yield lines
    LOG.removeHandler(handler)


def test_a_log_has_events_failures_and_the_visit_with_their_host(logged: list[dict[str, object]]) -> None:
    output = LogOutput()
    output.set_sources([SOURCE])
    output.report_visit(VISIT, [make_event(EventKind.PUBLISHED), make_event(EventKind.BASELINED)])
    assert [line["event"] for line in logged] == ["event", "failure", "visit"]
    assert {line["host"] for line in logged} == {"www.a.mil"}
    assert (logged[-1]["requests"], logged[-1]["state"]) == (4, "failed")


def test_a_log_has_alarms_and_trouble(logged: list[dict[str, object]]) -> None:
    output = LogOutput()
    output.report_alarm(AlarmChange(ALARM, has_begun=True))
    output.report_line("metrics not written: disk full")
    assert [(line["event"], line["level"]) for line in logged] == [
        ("alarm_begun", "error"),
        ("trouble", "warning"),
    ]
