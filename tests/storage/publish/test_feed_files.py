"""Feeds as files: whole, only those that changed, and what falls out of a feed is in its archives."""

import html
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from storage.models import EventKind, StoreError
from storage.publish import feed_events, feed_list
from storage.publish.feed_files import FeedAddresses, FeedCounts, replace_file, write_feeds
from storage.publish.feed_text import LONGEST_HTML, clean_feed_line, replace_unholdable
from storage.queries.events import list_events
from storage.queries.filters import Filter
from storage.store import Store
from tests.support.feeds import read_valid_atom, read_valid_json_feed
from tests.support.hostile_events import add_hostile_events, get_body, get_title, make_hostile_events

HERE = FeedAddresses("https://feeds.example.org/milwire", "http://127.0.0.1:8001")
DANGER = re.compile(r"<(?!/?(?:p|del|ins|h4|span|em)\b)|\son\w+=(?=[^<]*>)", re.IGNORECASE)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = make_hostile_events(tmp_path_factory.mktemp("feeds") / "milwire.db", 200)
    yield opened
    opened.close()


def write(store: Store, folder: Path, size: int = 50) -> FeedCounts:
    specs = [*feed_list.list_general_feeds(), feed_list.make_newsroom_feed("korea-news")]
    return write_feeds(store, folder, specs, HERE, size)


def check_round_trip(store: Store, folder: Path, size: int) -> None:
    """Hold that feed and archives together say what the ledger says, in both formats."""
    atom: dict[str, Any] = {}
    name = "all"
    while name:
        found = read_valid_atom((folder / f"{name}.atom").read_bytes())
        items = read_valid_json_feed((folder / f"{name}.json").read_bytes())["items"]
        assert [one.id for one in found.entries] == [one["id"] for one in items]
        assert len(items) < 2 * size
        for one, item in zip(found.entries, items, strict=True):
            assert (one.title, one.summary) == (item["title"], item["summary"])
            assert one.content[0].value == item["content_html"].replace("\r", "\n")
            atom[one.id] = item
        links = {one.rel: one.href for one in found.feed.links}
        assert ("current" in links) == ("-archive-" in name)
        name = links.get("prev-archive", "").rpartition("/")[2].removesuffix(".atom")
    told = {item["_milwire"]["event"]: item for item in atom.values()}
    for event in list_events(store, Filter()):
        item = told.pop(event.id)
        title = clean_feed_line(get_title(event.id)) or clean_feed_line(event.source or "")
        assert item["title"].split(": ", 1)[1] == title
        assert item["url"] == event.posting
        assert item["_milwire"]["newsroom"] == event.source
        shown = item["content_html"]
        assert not DANGER.search(shown), DANGER.search(shown)
        assert len(shown) < 2 * LONGEST_HTML + 5000
        body = get_body(event.id)
        if event.kind is EventKind.PUBLISHED and len(body) < LONGEST_HTML:
            assert html.escape(replace_unholdable(body.split("\n\n")[0])) in shown
        assert ("Cut here" in shown) == (event.kind is EventKind.PUBLISHED and len(body) > LONGEST_HTML) or (
            event.kind is EventKind.EDITED
        )
    assert not told


def test_feed_and_archives_read_back_what_went_in(tmp_path: Path) -> None:
    with_events = make_hostile_events(tmp_path / "milwire.db", 20)
    write(with_events, tmp_path / "out", 20)
    add_hostile_events(with_events, 180)
    write(with_events, tmp_path / "out", 20)
    check_round_trip(with_events, tmp_path / "out", 20)
    with_events.close()


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_ten_thousand_events_read_back_what_went_in(tmp_path: Path) -> None:
    with_events = make_hostile_events(tmp_path / "milwire.db", 30)
    write(with_events, tmp_path / "out")
    add_hostile_events(with_events, 9_970)
    write(with_events, tmp_path / "out")
    check_round_trip(with_events, tmp_path / "out", 50)
    with_events.close()


def test_each_feed_has_what_its_name_says(store: Store, tmp_path: Path) -> None:
    write(store, tmp_path)
    kinds = {
        path.stem: {one["_milwire"]["kind"] for one in read_valid_json_feed(path.read_bytes())["items"]}
        for path in tmp_path.glob("*.json")
        if path.name != "milwire-feeds.json"
    }
    assert kinds == {
        "all": {"published", "edited", "removed", "returned"},
        "new": {"published"},
        "edits": {"edited"},
        "takedowns": {"removed"},
        "returns": {"returned"},
    }
    newsroom = read_valid_json_feed((tmp_path / "newsroom/korea-news/all.json").read_bytes())
    assert {one["_milwire"]["newsroom"] for one in newsroom["items"]} == {"korea-news"}


def test_a_file_without_change_is_not_written_again(store: Store, tmp_path: Path) -> None:
    first = write(store, tmp_path)
    before = {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in tmp_path.rglob("*.*")}
    again = write(store, tmp_path)
    assert (first.written, first.removed) == (14, 0)
    assert (again.written, again.unchanged) == (0, 14)
    assert before == {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in tmp_path.rglob("*.*")}


def test_archives_stay_as_they_are_but_after_a_purge(tmp_path: Path) -> None:
    store = make_hostile_events(tmp_path / "milwire.db", 30)
    out = tmp_path / "out"
    write(store, out, 10)
    add_hostile_events(store, 60)
    write(store, out, 10)
    archive = out / "all-archive-0001.atom"
    content = archive.read_bytes()
    archive.write_bytes(b"not ours")
    add_hostile_events(store, 20)
    write(store, out, 10)
    assert archive.read_bytes() == b"not ours"
    with store.writing() as db:
        db.execute("UPDATE events SET kind = 'purged' WHERE id = (SELECT max(id) FROM events)")
    state = (out / "milwire-feeds.json").read_text()
    (out / "milwire-feeds.json").write_text(state.replace('"last": 110', '"last": 109'))
    write(store, out, 10)
    assert archive.read_bytes() == content
    store.close()


def test_a_feed_no_longer_asked_for_is_removed(store: Store, tmp_path: Path) -> None:
    write(store, tmp_path)
    counts = write_feeds(store, tmp_path, feed_list.list_general_feeds(), HERE)
    assert counts.removed == 2
    assert not (tmp_path / "newsroom/korea-news/all.atom").exists()


def test_links_without_a_base_lead_to_the_files(store: Store, tmp_path: Path) -> None:
    write_feeds(store, tmp_path, [feed_list.make_newsroom_feed("korea-news")])
    found = read_valid_atom((tmp_path / "newsroom/korea-news/all.atom").read_bytes())
    links = {one.rel: one.href for one in found.feed.links}
    assert links == {"self": "all.atom", "alternate": "../../index.html"}
    read_valid_json_feed((tmp_path / "newsroom/korea-news/all.json").read_bytes())


def test_an_empty_ledger_has_valid_feeds(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "milwire.db")
    write(store, tmp_path / "out")
    assert not read_valid_atom((tmp_path / "out/all.atom").read_bytes()).entries
    assert not read_valid_json_feed((tmp_path / "out/all.json").read_bytes())["items"]
    add_hostile_events(store, 5)
    write(store, tmp_path / "out")
    assert len(read_valid_atom((tmp_path / "out/all.atom").read_bytes()).entries) == 4
    store.close()


def test_the_folder_of_another_database_is_refused(store: Store, tmp_path: Path) -> None:
    write(store, tmp_path / "out")
    other = Store.open(tmp_path / "other.db")
    with other.writing() as db:
        db.execute("INSERT INTO events(kind, at, payload, prev_hash, hash) VALUES ('found', 1, 2, 3, 4)")
    with pytest.raises(StoreError, match="another database"):
        write(other, tmp_path / "out")
    (tmp_path / "out" / "milwire-feeds.json").write_text("[]")
    with pytest.raises(StoreError, match="not as milwire writes it"):
        write(store, tmp_path / "out")
    other.close()


def test_a_file_is_replaced_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.atom"
    assert replace_file(path, b"one")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space"):
        replace_file(path, b"two")
    assert [one.name for one in tmp_path.iterdir()] == ["a.atom"]
    assert path.read_bytes() == b"one"


@pytest.mark.parametrize("column", ["", "kind", "source_id", "release_id"])
def test_events_are_found_by_an_index(store: Store, column: str) -> None:
    for content in feed_list.CONTENTS:
        wanted = feed_list.make_feed_spec(content).selection
        for is_oldest_first in (True, False):
            sql = feed_events.make_feed_sql(column, wanted, is_oldest_first=is_oldest_first)
            names = dict.fromkeys(re.findall(r":([a-z_]+)", sql))
            plan = [row[3] for row in store.db.execute(f"EXPLAIN QUERY PLAN {sql}", names)]
            assert plan[0].startswith("SEARCH e USING"), plan
            assert column == "release_id" or not [
                one for one in plan if one == "USE TEMP B-TREE FOR ORDER BY"
            ]
