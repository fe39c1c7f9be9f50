"""Hosts that refuse us: how often in a row, and whether a refusal is of one address alone."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from storage.models import Refusal, Role, Verdict
from storage.store import Store
from storage.tables import refusals
from tests.support.make_looks import START, address, after, bad, entry, fields, listed, seen, store_at

HOST = "www.wing.example.mil"
SOURCE = "wing-news"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with store_at(tmp_path / "milwire.db") as opened:
        yield opened


def test_refusals_are_counted_from_the_first_in_a_row(store: Store) -> None:
    for hour in (0, 1, 3):
        last = refusals.record_refusal(store.db, HOST, after(hour), after(hour) + MINUTE, f"HTTP 40{hour}")
    assert last == Refusal(HOST, START, after(3), 3, after(3) + MINUTE, "HTTP 403")
    assert refusals.find_refusal(store.db, HOST) == last


def test_a_host_that_answers_again_starts_from_zero(store: Store) -> None:
    refusals.record_refusal(store.db, HOST, after(0), after(1), "HTTP 403")
    refusals.clear_refusals(store.db, HOST)
    assert refusals.find_refusal(store.db, HOST) is None
    assert refusals.record_refusal(store.db, HOST, after(5), after(6), "HTTP 403").times == 1


def test_the_host_that_refuses_us_the_longest_comes_first(store: Store) -> None:
    for hour, host in enumerate(("www.b.example.mil", "www.a.example.mil")):
        refusals.record_refusal(store.db, host, after(hour), after(hour + 1), "HTTP 429")
    assert [one.host for one in refusals.list_refusals(store.db)] == [
        "www.b.example.mil",
        "www.a.example.mil",
    ]
    assert refusals.list_refusals(store.db)[0].reason == "HTTP 429"


def test_an_address_is_refused_while_its_last_look_was_blocked(store: Store) -> None:
    def refused_at() -> object:
        return refusals.find_last_look_with_verdict(store.db, Role.ARTICLE, address(), Verdict.BLOCKED)

    assert refused_at() is None
    store.save_look(bad(after(1), Verdict.BLOCKED, status=403))
    assert refused_at() == after(1)
    store.save_look(bad(after(2), Verdict.THROTTLED, status=429))
    assert refused_at() is None
    store.save_look(seen(after(3), fields()))
    assert refused_at() is None


def test_only_what_was_shown_counts_as_an_answer(store: Store) -> None:
    assert not refusals.has_answered_since(store.db, SOURCE, after(0))
    store.save_look(bad(after(1), Verdict.GONE))
    assert not refusals.has_answered_since(store.db, SOURCE, after(0))
    store.save_look(listed(after(2), entry("100")))
    assert refusals.has_answered_since(store.db, SOURCE, after(0))
    assert not refusals.has_answered_since(store.db, SOURCE, after(2))
    assert not refusals.has_answered_since(store.db, "another-news", after(0))
