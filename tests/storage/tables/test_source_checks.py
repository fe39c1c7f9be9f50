"""A verification is remembered, and one that failed does not forget what worked before."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from storage.models import Check, Verification
from storage.store import Store
from storage.tables import source_checks
from tests.support.make_looks import START, after, store_at

WORKED = Verification(
    source_id="wing-news",
    ok=True,
    at=START,
    checks=(Check("home", True, "answered", "https://www.wing.example.mil/"), Check("feed", None, "none")),
    worked_at=START,
    platform="afpims",
    parser="afpims:2",
    design="g4",
    feed_url="https://www.wing.example.mil/rss",
    site_id=7,
    content_type=1,
    sections=("https://www.wing.example.mil/News/",),
    fields=("title", "body"),
)
FAILED = Verification("wing-news", False, after(5), (Check("home", False, "HTTP 500"),))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with store_at(tmp_path / "milwire.db") as opened:
        yield opened


def test_a_verification_comes_back_as_it_was(store: Store) -> None:
    assert source_checks.save_verification(store.db, WORKED) == WORKED
    assert source_checks.find_verification(store.db, "wing-news") == WORKED
    assert source_checks.find_verification(store.db, "base-news") is None


def test_a_failure_keeps_what_worked_and_says_what_is_wrong_now(store: Store) -> None:
    source_checks.save_verification(store.db, WORKED)
    saved = source_checks.save_verification(store.db, FAILED)
    assert saved == replace(WORKED, ok=False, at=after(5), checks=FAILED.checks)
    assert source_checks.list_verifications(store.db) == {"wing-news": saved}


def test_a_first_failure_is_saved_too(store: Store) -> None:
    assert source_checks.save_verification(store.db, FAILED) == FAILED
    assert source_checks.find_verification(store.db, "wing-news") == FAILED


def test_only_feeds_that_were_found_are_listed(store: Store) -> None:
    source_checks.save_verification(store.db, WORKED)
    source_checks.save_verification(store.db, replace(WORKED, source_id="base-news", feed_url=None))
    assert source_checks.list_verified_feeds(store.db) == {"wing-news": "https://www.wing.example.mil/rss"}
