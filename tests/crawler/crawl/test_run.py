"""A run is changed by its own methods alone, and what came of it is one value."""

import ast
from collections.abc import Iterator
from dataclasses import FrozenInstanceError, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler.config import Config
from crawler.crawl.pagination import CrawlPlan
from crawler.crawl.run import MAX_UNANSWERED_REQUESTS, CrawlRefusedError, CrawlRun
from storage.models import (
    Address,
    Event,
    Look,
    Page,
    Role,
    RunKind,
    RunState,
    Source,
    StoreError,
    Verdict,
)
from storage.store import Store
from tests.support.make_looks import START, store_at
from tests.support.open_runs import CONFIG, SOURCE, open_run
from tests.support.paths import ROOT


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with store_at(tmp_path / "milwire.db") as opened:
        yield opened


def look(verdict: Verdict, number: int = 1, run: CrawlRun | None = None) -> Look:
    url = f"https://www.wing.example.mil/News/Article/{number}/"
    where = Address("www.wing.example.mil", str(number), url)
    return Look(Role.ARTICLE, where, START, verdict, SOURCE.id, run.id if run else None, reason="made up")


def test_a_run_without_failures_is_ok_and_complete_once_it_looked_at_everything(
    store: Store,
) -> None:
    run = open_run(store)
    run.count_request()
    run.note_progress(is_complete=True, is_limited=False)
    run.close_record()
    assert (run.outcome.state, run.outcome.complete, run.outcome.requests) == (RunState.OK, True, 1)
    (row,) = store.db.query("SELECT state, complete, requests FROM runs")
    assert row == {"state": "ok", "complete": 1, "requests": 1}


@pytest.mark.parametrize(
    ("happens", "state"),
    [
        (lambda run: run.record_failure("one line"), RunState.FAILED),
        (lambda run: run.interrupt_run(), RunState.INTERRUPTED),
        (lambda run: (run.record_failure("one line"), run.interrupt_run()), RunState.INTERRUPTED),
        (lambda run: run.note_progress(is_complete=False, is_limited=True), RunState.LIMITED),
        (lambda run: run.defer_run("another crawl is at work"), RunState.INTERRUPTED),
    ],
)
def test_what_happened_decides_the_state(store: Store, happens: Any, state: RunState) -> None:
    run = open_run(store)
    happens(run)
    run.close_record()
    assert run.outcome.state is state
    assert [row["state"] for row in store.db.query("SELECT state FROM runs")] == [str(state)]


def test_an_error_of_our_own_makes_a_run_incomplete(store: Store) -> None:
    run = open_run(store)
    run.note_progress(is_complete=True, is_limited=False)
    run.record_own_error("a bug")
    assert run.outcome.has_own_errors
    assert not run.outcome.complete
    assert not run.is_over


def test_a_refused_run_sends_nothing_and_a_deferred_one_is_not_at_fault(store: Store) -> None:
    refused, deferred = open_run(store), open_run(store)
    refused.refuse_run("no contact")
    deferred.defer_run("another crawl is at work")
    assert refused.is_over
    assert deferred.is_over
    assert (refused.outcome.has_own_errors, deferred.outcome.has_own_errors) == (True, False)
    assert (refused.outcome.deferred, deferred.outcome.deferred) == (False, True)


def test_a_failure_is_on_the_record_at_once_and_only_once(store: Store) -> None:
    run = open_run(store)
    run.record_failure("one line")
    run.record_failure("one line")
    assert [row["failures"] for row in store.db.query("SELECT failures FROM runs")] == ['["one line"]']
    assert run.outcome.failures == ("one line",)


def test_the_outcome_is_final_once_the_record_is_closed(store: Store) -> None:
    run = open_run(store)
    run.close_record()
    outcome = run.outcome
    run.record_failure("too late")
    assert run.outcome is outcome
    with pytest.raises(FrozenInstanceError):
        outcome.state = RunState.FAILED  # type: ignore[misc]  # that is the point


def test_an_outcome_that_cannot_be_saved_says_so(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise StoreError("the disk is full")

    run = open_run(store)
    monkeypatch.setattr(store, "finish_run", fail)
    run.close_record()
    assert run.outcome.state is RunState.FAILED
    assert run.outcome.failures == ("the disk is full",)


def test_a_look_that_cannot_be_saved_ends_the_run(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise StoreError("the disk is full")

    run = open_run(store)
    monkeypatch.setattr(store, "save_look", fail)
    run.save_look(look(Verdict.GONE))
    assert run.is_over
    assert run.outcome.failures == ("the disk is full",)
    assert run.outcome.verdicts == {}


def test_looks_are_counted_and_handed_on(store: Store) -> None:
    seen: list[tuple[Look, list[Event]]] = []
    run = open_run(store, on_look=lambda one, events: seen.append((one, events)))
    run.save_look(look(Verdict.SERVER_ERROR, run=run))
    run.save_look(look(Verdict.SERVER_ERROR, 2, run=run))
    assert run.outcome.verdicts == {"server_error": 2}
    assert [one.address.number for one, _ in seen] == ["1", "2"]


def test_a_run_of_a_single_page_leaves_no_trace(store: Store) -> None:
    seen: list[Look] = []
    run = open_run(
        store, CrawlPlan(page_url="https://www.wing.example.mil/"), on_look=lambda one, _: seen.append(one)
    )
    run.save_look(look(Verdict.GONE))
    run.record_failure("one line")
    run.close_record()
    assert run.id is None
    assert len(seen) == 1
    assert run.outcome.failures == ("one line",)
    assert store.db.table("runs").count == store.db.table("looks").count == 0


def test_a_refusal_ends_a_run_unless_it_is_of_one_address(store: Store) -> None:
    run = open_run(store)
    run.add_refused_url(look(Verdict.BLOCKED, 7).address.url)
    is_over = []
    for number in (7, 8):
        run.stop_after_trouble(look(Verdict.BLOCKED, number))
        is_over.append(run.is_over)
    assert is_over == [False, True]


def test_a_look_says_whether_its_address_alone_is_refused(store: Store) -> None:
    seen: list[Look] = []
    run = open_run(store, on_look=lambda one, _: seen.append(one))
    asked = [
        replace(look(Verdict.BLOCKED, number, run=run), page=Page("https://x.example.mil/", 403, (), content))
        for number, content in ((7, b"Forbidden"), (8, b"Forbidden"), (9, b"<title>Just a moment...</title>"))
    ]
    for number in (7, 9):
        run.add_refused_url(look(Verdict.BLOCKED, number).address.url)
    for one in asked:
        run.save_look(one)
    assert [one.is_refused_alone for one in seen] == [True, False, False]


def test_a_host_that_does_not_answer_is_given_up_and_an_answer_starts_the_count_again(store: Store) -> None:
    run = open_run(store)
    verdicts = [Verdict.UNREACHABLE] * (MAX_UNANSWERED_REQUESTS - 1)
    is_over = []
    for verdict in [*verdicts, Verdict.GONE, *verdicts, Verdict.SERVER_ERROR]:
        run.stop_after_trouble(look(verdict))
        is_over.append(run.is_over)
    assert is_over == [False] * (len(is_over) - 1) + [True]
    (failure,) = run.outcome.failures
    assert "5 requests in a row" in failure


@pytest.mark.parametrize(
    ("source", "config", "words"),
    [
        (SOURCE, replace(CONFIG, contact=None), "say who you are first"),
        (SOURCE, replace(CONFIG, delay_s=0.1), "is for private hosts"),
        (replace(SOURCE, listing_url=None), CONFIG, "neither a feed nor a listing"),
    ],
)
def test_a_run_that_may_not_begin_says_why(store: Store, source: Source, config: Config, words: str) -> None:
    with pytest.raises(CrawlRefusedError, match=words):
        CrawlRun(source, CrawlPlan(), store, config).check_permission()


def test_a_private_host_needs_neither_contact_nor_a_long_delay(store: Store) -> None:
    CrawlRun(replace(SOURCE, private=True), CrawlPlan(), store, Config(delay_s=0.1)).check_permission()


@pytest.mark.parametrize(
    ("plan", "kind"),
    [
        (CrawlPlan(), RunKind.CRAWL),
        (CrawlPlan(backfill=True), RunKind.BACKFILL),
        (CrawlPlan(backfill=True, sitemap=True), RunKind.SITEMAP),
        (CrawlPlan(since=START.date()), RunKind.SINCE),
        (CrawlPlan(reads_lists=False), RunKind.LOOKS),
    ],
)
def test_a_record_names_what_its_run_is_for(store: Store, plan: CrawlPlan, kind: RunKind) -> None:
    open_run(store, plan)
    assert [row["kind"] for row in store.db.query("SELECT kind FROM runs")] == [str(kind)]


def test_old_runs_are_folded_at_the_end_of_a_new_one(store: Store) -> None:
    config = replace(CONFIG, keep_runs_s=timedelta(days=1).total_seconds())
    for days in range(40):
        at = START + timedelta(days=days)
        run = CrawlRun(SOURCE, CrawlPlan(), store, config, clock=lambda at=at: at)  # type: ignore[misc]  # bound now
        run.open_record()
        run.close_record()
    assert store.db.table("runs").count < 40


def is_run(node: ast.expr) -> bool:
    """Return whether an expression is a run by its name: `run`, `self.run`, `self._run`, `watch.run`."""
    name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    return name.lstrip("_") == "run"


def find_assignments(tree: ast.AST) -> Iterator[int]:
    """Yield the lines that assign to an attribute of a run, or change one in place."""
    for node in ast.walk(tree):
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AugAssign | ast.AnnAssign):
            targets = [node.target]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            is_change = node.func.attr in {"add", "append", "extend", "update", "clear", "remove", "discard"}
            targets = [node.func.value] if is_change else []
        for target in targets:
            if isinstance(target, ast.Attribute) and is_run(target.value):
                yield target.lineno


@pytest.mark.heavy
def test_no_other_module_changes_the_state_of_a_run() -> None:
    own = ROOT / "crawler" / "crawl" / "run.py"
    folders = ("crawler", "storage", "benchmarks", "simulator")
    files = [file for folder in folders for file in (ROOT / folder).rglob("*.py") if file != own]
    assert len(files) > 100
    trees = {file: ast.parse(file.read_text(encoding="utf-8")) for file in files}
    found = [
        f"{file.relative_to(ROOT)}:{line}" for file, tree in trees.items() for line in find_assignments(tree)
    ]
    assert found == []


@pytest.mark.parametrize(
    "code", ["run.requests += 1", "self.run.known = 3", "run.failures.append('x')", "run.a = 1"]
)
def test_a_change_from_outside_would_be_found(code: str) -> None:
    assert list(find_assignments(ast.parse(code))) == [1]
