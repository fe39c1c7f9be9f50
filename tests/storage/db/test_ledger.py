"""The chain of events."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.db import ledger
from storage.models import Verdict
from storage.store import Store
from tests.support.make_looks import after, bad, fields, seen, store_at

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with store_at(tmp_path / "milwire.db") as opened:
        yield opened


def test_canonical_json_sorts_keys_and_has_no_spaces() -> None:
    assert ledger.canonical_json({"b": ["ü", 1, None], "a": True}) == '{"a":true,"b":["ü",1,null]}'


@given(JSON)
def test_canonical_json_reads_back_to_one_text(value: object) -> None:
    text = ledger.canonical_json(value)
    assert ledger.canonical_json(json.loads(text)) == text


def test_a_link_is_sha256_over_the_hash_before_and_the_payload() -> None:
    assert ledger.compute_event_hash("ab", '{"a":1}') == hashlib.sha256(b'ab{"a":1}').hexdigest()


def test_an_empty_ledger_has_a_head_of_zeros(store: Store) -> None:
    assert ledger.read_head_hash(store.db) == "0" * 64


def test_events_chain_from_the_first_to_the_head(store: Store) -> None:
    store.save_look(seen(after(0), fields()))
    store.save_look(seen(after(1), fields("Another title of the story")))
    store.save_look(bad(after(2), Verdict.GONE))
    head = ledger.GENESIS
    for row in store.db.query("SELECT * FROM events ORDER BY id"):
        assert row["prev_hash"] == head
        head = ledger.compute_event_hash(head, row["payload"])
        assert row["hash"] == head
    assert ledger.read_head_hash(store.db) == head


def test_every_revision_and_capture_enters_the_chain_by_its_digest(store: Store) -> None:
    store.save_look(seen(after(0), fields()))
    store.save_look(seen(after(4), fields("Third title of the story")))
    store.save_look(seen(after(2), fields("Second title of the story")))
    store.save_look(bad(after(5), Verdict.GONE))
    told = [json.loads(row["payload"]) for row in store.db.query("SELECT payload FROM events")]
    revisions = {row["digest"] for row in store.db.query("SELECT digest FROM revisions")}
    captures = {row["digest"] for row in store.db.query("SELECT digest FROM captures")}
    assert revisions == {line["revision"] for line in told if line["revision"]}
    assert captures == {line["capture"] for line in told if line["capture"]}


def test_a_payload_holds_no_text_of_a_release(store: Store) -> None:
    store.save_look(seen(after(0), fields("Secret title", "Secret body")))
    store.save_look(seen(after(1), fields("Secret title", "Other secret body")))
    payloads = " ".join(row["payload"] for row in store.db.query("SELECT payload FROM events"))
    assert "ecret" not in payloads
    assert '"body"' in payloads


def test_the_payload_names_kind_posting_and_instants(store: Store) -> None:
    store.save_look(seen(after(0), fields()))
    line = json.loads(next(store.db.query("SELECT payload FROM events"))["payload"])
    assert (line["kind"], line["site"], line["key"]) == ("found", "www.wing.example.mil", "100")
    assert line["at"] == line["first_after_at"] == "2026-03-02T12:00:00.000000Z"
