"""`milwire status`: readable with one newsroom and with a thousand, the worst first, within a terminal."""

import io
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console

from crawler.cli import status
from crawler.cli.terminal import make_table
from crawler.health.alarms import Alarm, AlarmKind
from crawler.health.report import HealthReport, SourceHealth, WatchState, WatchStatus
from crawler.watch.observation_gaps import ObservationGap
from storage.models import Confidence, Source
from storage.store import Store
from storage.tables.runs import RunOutcome
from tests.crawler.cli.conftest import SITE
from tests.support.cli import run_here
from tests.support.make_looks import after, entry, listed, store_at

NOW = datetime.now(UTC)
HOSTILE = "\x1b[31mred\x1b[0m\nand more \u202e"


def health(name: str, kind: AlarmKind | None = None, **more: object) -> SourceHealth:
    """Return how a newsroom fares."""
    alarms = (
        (Alarm(name, kind, NOW - timedelta(days=2), f"it is {kind} {HOSTILE}", "Do something."),)
        if kind
        else ()
    )
    told: dict[str, object] = {"source": name, "state": kind or "well", "ok": not kind, "enabled": True}
    told |= {"is_off": False, "last_success_at": NOW - timedelta(minutes=9), "last_run": None}
    told |= {"last_complete_at": None, "postings": 12_345, "pending": 0, "alarms": alarms}
    return SourceHealth(**(told | more))  # type: ignore[arg-type]  # free-form


def checked(*sources: SourceHealth, watch: WatchState = WatchState.RUNNING) -> HealthReport:
    at = NOW - timedelta(seconds=4)
    watching = WatchStatus(watch, 77, NOW - timedelta(days=3), at, at, 3, 9)
    return HealthReport(all(one.ok for one in sources), 10, 12, watching, sources, ())


def known(found: HealthReport) -> dict[str, Source]:
    return {
        one.source: Source(one.source, "www.a.mil", "Wing", "", "", "", None, None, Confidence.LOW)
        for one in found.sources
    }


def printed(found: HealthReport, capsys: pytest.CaptureFixture[str], *, every: bool = False) -> str:
    status.print_health_table(found, known(found), every=every)
    return capsys.readouterr().out


def test_the_worst_comes_first(capsys: pytest.CaptureFixture[str]) -> None:
    found = checked(
        health("a-news"),
        health("b-news", AlarmKind.SURGE),
        health("c-news", AlarmKind.UNREACHABLE),
        health("d-news"),
    )
    text = printed(found, capsys)
    places = [text.index(name) for name in ("c-news", "b-news", "a-news", "d-news")]
    assert places == sorted(places)
    assert "4 newsrooms: 1 unreachable, 1 surge, 2 well." in text
    assert "Do something." in text


def test_a_thousand_newsrooms_are_a_screen_of_trouble(capsys: pytest.CaptureFixture[str]) -> None:
    many = [health(f"n{n:04}-news", AlarmKind.UNREACHABLE if n % 100 == 0 else None) for n in range(1000)]
    text = printed(checked(*many), capsys)
    assert text.count("\n") < 70
    assert text.count("-news ") == 10
    assert "1,000 newsrooms: 10 unreachable, 990 well. 990 are not shown; --all shows them." in text
    assert printed(checked(*many), capsys, every=True).count("-news ") == 1000


def test_many_alarms_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(checked(*(health(f"n{n:03}-news", AlarmKind.EMPTY) for n in range(200))), capsys)
    assert text.count("Do something.") == status.MAX_ALARMS
    assert "180 more alarms" in text


def test_stored_text_steers_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(checked(health("a-news", AlarmKind.UNREACHABLE)), capsys)
    assert not {"\x1b", "\u202e"} & set(text)


def test_the_table_fits_a_terminal_of_eighty_columns() -> None:
    columns = ("newsroom", "how", "list read", "last post", "usual gap", "stored")
    longest = health("c" * 37, last_post_at=NOW - timedelta(days=400), median_gap_s=86_400.0 * 3)
    screen = Console(width=80, file=io.StringIO())
    screen.print(make_table(columns, [status._format_health_row(longest, NOW)]))
    assert isinstance(screen.file, io.StringIO)
    assert max(map(len, screen.file.getvalue().splitlines())) <= 80
    assert "12,345" in screen.file.getvalue()


WATCHES: Mapping[WatchState, str] = {
    WatchState.RUNNING: "The watch has been running since",
    WatchState.DEAD: "THE WATCH IS DEAD: last heartbeat of process 77",
    WatchState.STOPPED: "The watch is not running. It was stopped",
    WatchState.NONE: "The watch is not running and never was",
}


@pytest.mark.parametrize("state", WatchState)
def test_it_is_said_plainly_whether_a_watch_is_at_work(
    state: WatchState, capsys: pytest.CaptureFixture[str]
) -> None:
    assert printed(checked(health("a-news"), watch=state), capsys).startswith(WATCHES[state])


def test_a_page_tells_all_about_a_newsroom(capsys: pytest.CaptureFixture[str]) -> None:
    gap = ObservationGap(NOW - timedelta(days=3), NOW - timedelta(days=2), f"blocked: {HOSTILE}", "blocked")
    one = health("a-news", AlarmKind.DRIFT, not_observed=(gap,), verdicts={"unchanged": 300, "soft_gone": 2})
    status.print_newsroom_health(one, known(checked(one))["a-news"], NOW)
    text = capsys.readouterr().out
    assert "a-news: Wing, www.a.mil" in text
    assert "unchanged 300, soft gone 2" in text
    assert "1 day" in text
    assert "Do something." in text
    assert not {"\x1b", "\u202e"} & set(text)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Return a database with a crawl that went well and one that did not."""
    path = tmp_path / "milwire.db"
    with store_at(path) as store:
        for name, failures in (("usfk-news", ()), ("spacecom-news", ("feed: blocked",))):
            run = store.start_run(name, "crawl", after(0))
            store.save_look(listed(after(0), entry("1"), run=run, source=name))
            state = "failed" if failures else "ok"
            store.finish_run(run, RunOutcome(not failures, 0, 0, 0, 2, failures, state, {"live": 1}))
    return path


def test_without_a_watch_one_failed_crawl_is_an_alarm(database: Path) -> None:
    ran = run_here("status", "--json", "--db", database)
    told = {one["source"]: one for one in json.loads(ran.out)["sources"]}
    assert ran.code == 1
    assert [one["kind"] for one in told["spacecom-news"]["alarms"]] == ["failing"]
    assert told["usfk-news"]["ok"]
    assert "1 newsroom in trouble: spacecom-news" in ran.err


def test_one_newsroom_is_asked_for_by_name(database: Path) -> None:
    good, bad = (run_here("status", name, "--db", database) for name in ("usfk-news", "spacecom-news"))
    assert (good.code, bad.code) == (0, 1)
    assert "usfk-news: " in good.out
    assert "spacecom-news" not in good.out
    assert "feed: blocked" in bad.out
    wrong = run_here("status", "usfk-newz", "--db", database)
    assert (wrong.code, "usfk-news" in wrong.err) == (2, True)


def test_a_newsroom_that_nobody_crawled_is_shown_too(database: Path) -> None:
    told = json.loads(run_here("status", "usfk-press-releases", "--json", "--db", database).out)
    assert [(one["source"], one["state"]) for one in told["sources"]] == [("usfk-press-releases", "off")]


def test_a_newsroom_that_is_switched_off_is_no_trouble(database: Path) -> None:
    store = Store.open(database)
    store.set_enabled("spacecom-news", False)
    store.close()
    assert run_here("status", "--db", database).code == 0


def test_status_says_that_all_is_well(crawled_db: Path) -> None:
    ran = run_here("status", "--json", "--db", crawled_db)
    assert ran.code == 0
    told = json.loads(ran.out)
    assert told["ok"]
    assert f"practice-{SITE}" in {one["source"] for one in told["sources"]}
