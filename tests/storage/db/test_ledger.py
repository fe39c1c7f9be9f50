"""The chain of events."""

import contextlib
import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.db import ledger
from storage.db.ledger import EventContext, Evidence
from storage.models import Address, Change, DetectedEvent, EventKind, Verdict
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


def test_a_hash_is_sha256_over_the_hash_before_and_the_payload() -> None:
    assert ledger.compute_event_hash("ab", '{"a":1}') == hashlib.sha256(b'ab{"a":1}').hexdigest()


def test_an_empty_ledger_has_a_head_of_zeros(store: Store) -> None:
    assert ledger.read_head_hash(store.db) == "0" * 64


def test_events_chain_from_the_first_to_the_head(store: Store) -> None:
    store.save_look(seen(after(0), fields()))
    store.save_look(seen(after(1), fields("Another title of the story")))
    store.save_look(bad(after(2), Verdict.GONE))
    head = ledger.GENESIS_HASH
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
    payloads = [json.loads(row["payload"]) for row in store.db.query("SELECT payload FROM events")]
    revisions = {row["digest"] for row in store.db.query("SELECT digest FROM revisions")}
    captures = {row["digest"] for row in store.db.query("SELECT digest FROM captures")}
    assert revisions == {one["revision"] for one in payloads if one["revision"]}
    assert captures == {one["capture"] for one in payloads if one["capture"]}


def test_a_payload_holds_no_text_of_a_release(store: Store) -> None:
    store.save_look(seen(after(0), fields("Secret title", "Secret body")))
    store.save_look(seen(after(1), fields("Secret title", "Other secret body")))
    payloads = " ".join(row["payload"] for row in store.db.query("SELECT payload FROM events"))
    assert "ecret" not in payloads
    assert '"body"' in payloads


def test_the_payload_names_kind_posting_and_instants(store: Store) -> None:
    store.save_look(seen(after(0), fields()))
    payload = json.loads(next(store.db.query("SELECT payload FROM events"))["payload"])
    assert (payload["kind"], payload["site"], payload["key"]) == ("found", "www.wing.example.mil", "100")
    assert payload["at"] == payload["first_after_at"] == "2026-03-02T12:00:00.000000Z"


ADDRESS = Address("www.wing.example.mil", "100", "https://www.wing.example.mil/News/Article/100/a-story/")
EVENT = DetectedEvent(
    EventKind.EDITED,
    after(1),
    posting_id=1,
    last_before_at=after(0),
    first_after_at=after(1),
    changes=(Change("title", "Old", "Zoë"), Change("tags", None, ["a", "b"])),
    detail={"edit_kinds": ["wording"]},
)
CONTEXT = EventContext("wing-news", ADDRESS, 2, "Zoë", Evidence(3, "r1:ab", 4, "k1:cd"))


def test_the_format_of_a_payload_never_changes() -> None:
    """Databases out there hold this text: a new format needs a new `version`."""
    assert ledger.build_payload(EVENT, CONTEXT) == (
        '{"at":"2026-03-02T13:00:00.000000Z","capture":"k1:cd","capture_id":4,"changes":[["title",'
        '"c1:57e6f839c03f48ee7b3bd0f3d3f44222a2f47475d0968c222272ddbc22b20eab"],["tags",'
        '"c1:6567622754abd90e959bb1e5072033d44eb585a5829cb998d94862f602874c80"]],'
        '"detail":"d1:f621b02297031b35f3ab20525e1c789a891930993f45ba0d4237c1d3a7da48d6",'
        '"first_after_at":"2026-03-02T13:00:00.000000Z","key":"100","kind":"edited",'
        '"last_before_at":"2026-03-02T12:00:00.000000Z","posting":1,"release":2,"revision":"r1:ab",'
        '"revision_id":3,"site":"www.wing.example.mil","source":"wing-news",'
        '"title":"t1:f871740dcf025bc0dc7aafdc88873ce22865f47c5295244687abfb22b7245a70",'
        '"url":"https://www.wing.example.mil/News/Article/100/a-story/","version":"e1"}'
    )


def test_an_event_about_a_whole_newsroom_has_no_address() -> None:
    payload = json.loads(ledger.build_payload(replace(EVENT, posting_id=None), EventContext("wing-news")))
    assert [payload[name] for name in ("site", "key", "url", "posting", "release", "title")] == [None] * 6


def test_an_appended_event_is_returned_as_it_is_read(store: Store) -> None:
    store.save_look(seen(after(0), fields()))
    with store.writing() as db:
        event = ledger.append_event(db, EVENT, EventContext("wing-news", ADDRESS, 1, "Zoë"))
    assert (event.kind, event.posting, event.source, event.title) == (
        "edited",
        ADDRESS.url,
        "wing-news",
        "Zoë",
    )
    changes = store.db.execute("SELECT field, before, after FROM changes WHERE event_id = ?", [event.id])
    assert set(changes.fetchall()) == {("title", "Old", "Zoë"), ("tags", None, '["a", "b"]')}


def test_an_event_that_is_not_committed_leaves_no_trace(store: Store) -> None:
    with contextlib.suppress(KeyError), store.writing() as db:
        ledger.append_event(db, replace(EVENT, posting_id=None), EventContext("wing-news"))
        raise KeyError
    assert ledger.read_head_hash(store.db) == ledger.GENESIS_HASH
