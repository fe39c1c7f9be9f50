"""What Prometheus reads: valid by its own parser, with labels that no host can add to."""

import errno
import json
import math
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from crawler.health import metrics
from crawler.health.alarms import AlarmKind
from crawler.health.metrics import Measurements
from crawler.health.report import WatchState, WatchStatus
from storage.models import Verdict
from storage.queries.totals import Totals, add_totals, read_totals
from storage.store import Store
from storage.tables.runs import RunOutcome
from tests.support.cli import run_here
from tests.support.make_looks import START, after, store_at

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
SOURCES = [f"wing-{n}-news" for n in range(50)]


def measured(tmp_path: Path, *alarms: tuple[str, str]) -> Measurements:
    """Return what is told of fifty newsrooms, the last one never read."""
    return Measurements(
        watch=WatchStatus(WatchState.RUNNING, 7, AT - timedelta(days=1), AT),
        totals=Totals(3, 12, {"live": 9, "blocked": 1}, {"published": 4}),
        enabled=SOURCES,
        successes=dict.fromkeys(SOURCES[:-1], AT),
        alarms=alarms,
        refusing=1,
        database=tmp_path / "milwire.db",
    )


def parsed(text: str) -> dict[str, Metric]:
    """Return the metrics of a text, by name, as Prometheus' own parser reads them."""
    return {family.name: family for family in text_string_to_metric_families(text)}


def values(family: Metric) -> dict[tuple[str, ...], float]:
    """Return the values of a metric by their labels."""
    return {tuple(one.labels[name] for name in sorted(one.labels)): one.value for one in family.samples}


def test_the_text_is_what_prometheus_reads(tmp_path: Path) -> None:
    found = parsed(metrics.render_metrics(measured(tmp_path, (SOURCES[0], "silence"))))
    assert values(found["milwire_watch_running"]) == {(): 1}
    assert values(found["milwire_watch_beat_timestamp_seconds"]) == {(): AT.timestamp()}
    success = values(found["milwire_source_last_success_timestamp_seconds"])
    assert (len(success), success[SOURCES[0],], success[SOURCES[-1],]) == (50, AT.timestamp(), 0)
    assert values(found["milwire_alarms"])["silence",] == 1
    assert values(found["milwire_source_alarm"]) == {("silence", SOURCES[0]): 1}
    assert values(found["milwire_looks"])["blocked",] == 1
    assert values(found["milwire_requests"]) == {(): 12}
    assert all(family.documentation for family in found.values())


def test_counters_and_gauges_are_named_as_is_the_custom(tmp_path: Path) -> None:
    for family in parsed(metrics.render_metrics(measured(tmp_path))).values():
        names = {one.name for one in family.samples}
        assert family.type in {"counter", "gauge"}
        assert all(name.startswith("milwire_") for name in names)
        assert all(name.endswith("_total") == (family.type == "counter") for name in names)
        assert all(math.isfinite(one.value) for one in family.samples)


def test_there_are_no_more_series_than_newsrooms_and_kinds_allow(tmp_path: Path) -> None:
    alarms = [(source, str(kind)) for source in SOURCES for kind in AlarmKind]
    found = parsed(metrics.render_metrics(measured(tmp_path, *alarms)))
    series = sum(len(family.samples) for family in found.values())
    assert series <= len(SOURCES) * (1 + len(AlarmKind)) + len(AlarmKind) + len(Verdict) + 40


def test_a_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    file = tmp_path / "milwire.prom"
    file.write_text("old\n", encoding="utf-8")
    with file.open(encoding="utf-8") as reader:  # it began to read before the new file came
        metrics.write_metrics(file, measured(tmp_path))
        assert reader.read() == "old\n"
    assert file.read_text(encoding="utf-8") == metrics.render_metrics(measured(tmp_path))
    assert file.stat().st_mode & 0o777 == 0o644
    assert [one.name for one in tmp_path.iterdir()] == ["milwire.prom"]


def test_a_reader_never_sees_a_part_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "milwire.prom"
    metrics.write_metrics(file, measured(tmp_path))
    old, written, rename = file.read_bytes(), [], os.rename

    def look_then_rename(unfinished: str, target: str) -> None:
        written.append((Path(unfinished).read_bytes(), Path(unfinished).name, file.read_bytes()))
        rename(unfinished, target)

    monkeypatch.setattr(os, "rename", look_then_rename)
    metrics.write_metrics(file, measured(tmp_path, (SOURCES[0], "silence")))
    ((new, name, seen_before),) = written
    assert (seen_before, file.read_bytes()) == (old, new)
    assert new != old
    assert not name.endswith(".prom")  # the collector reads *.prom only


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "milwire.prom"
    file.write_text("old\n", encoding="utf-8")

    def fail(*_: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "milwire.prom")

    monkeypatch.setattr(os, "rename", fail)
    with pytest.raises(OSError, match="No space left"):
        metrics.write_metrics(file, measured(tmp_path))
    assert file.read_text(encoding="utf-8") == "old\n"
    assert [one.name for one in tmp_path.iterdir()] == ["milwire.prom"]


def test_a_file_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "milwire.prom").mkdir()
    with pytest.raises(OSError, match=r"milwire\.prom"):
        metrics.write_metrics(tmp_path / "milwire.prom", measured(tmp_path))
    assert [one.name for one in tmp_path.iterdir()] == ["milwire.prom"]


def test_sums_hold_what_runs_counted_and_what_was_folded(tmp_path: Path) -> None:
    with store_at(tmp_path / "milwire.db") as store:
        for hours, looks in ((0, {"live": 3}), (1, {"live": 1, "gone": 2})):
            run = store.start_run("wing-news", "crawl", after(hours))
            store.finish_run(run, RunOutcome(True, 0, 0, 0, 5, (), "ok", looks))
        day = ["wing-news", f"{START - timedelta(days=40):%Y-%m-%d}", json.dumps({"gone": 5})]
        store.db.execute("INSERT INTO run_days VALUES (?, ?, 10, 0, 30, 0, 0, 0, ?)", day)
        found = read_totals(store)
    assert (found.runs, found.requests, found.looks) == (12, 40, {"live": 4, "gone": 7})
    assert add_totals(found, Totals(1, 2, {"live": 1})).looks == {"live": 5, "gone": 7}


def test_status_prints_the_same(tmp_path: Path) -> None:
    database = tmp_path / "milwire.db"
    Store.open(database).close()
    ran = run_here("status", "--metrics", "--db", database)
    found = parsed(ran.out)
    assert (ran.code, ran.err) == (0, "")
    assert values(found["milwire_sources"]) == {(): 2}
    assert values(found["milwire_watch_running"]) == {(): 0}
    assert values(found["milwire_database_bytes"])[()] > 0


def test_metrics_have_a_format_of_their_own(tmp_path: Path) -> None:
    database = tmp_path / "milwire.db"
    Store.open(database).close()
    assert run_here("status", "--metrics", "--json", "--db", database).code == 2
    assert run_here("watch", "--metrics", tmp_path / "nowhere" / "x.prom", "--db", database).code == 2
