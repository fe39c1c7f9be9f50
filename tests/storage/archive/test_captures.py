"""Which responses are kept as they came."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.archive import writer
from storage.archive.writer import CaptureRef, get_archive_folder
from storage.models import Address, Look, Role, Verdict
from storage.store import Store
from tests.support.make_looks import after, bad, entry, fields, kinds, listed, page, seen, store_at, table


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with store_at(tmp_path / "milwire.db") as opened:
        yield opened


def test_a_new_text_and_what_reads_badly_are_kept_as_they_came(store: Store) -> None:
    store.save_look(seen(after(0), fields()))
    store.save_look(seen(after(1), fields()))
    store.save_look(bad(after(2), Verdict.UNREADABLE, status=200))
    store.save_look(bad(after(3), Verdict.UNREACHABLE))
    assert [row[0] for row in table(store, "captures", "status, at")] == [200, 200]
    hidden = "SELECT capture_id FROM events WHERE kind = 'captured'"
    assert list(store.db.execute(hidden)) == [(2,)]


def test_a_listing_is_kept_only_when_it_is_empty(store: Store) -> None:
    store.save_look(listed(after(0), entry("100")))
    assert table(store, "captures") == []
    assert kinds(store.save_look(listed(after(1)))) == ["captured"]


def test_a_missing_robots_txt_is_an_answer_like_any_other(store: Store) -> None:
    where = Address("www.wing.example.mil", None, "https://www.wing.example.mil/robots.txt")
    look = Look(Role.ROBOTS, where, after(0), Verdict.GONE, page=page(where.url, 404))
    assert store.save_look(look) == []
    assert len(table(store, "looks")) == 1


def test_every_capture_can_be_read_where_its_row_says(store: Store) -> None:
    store.save_look(seen(after(0), fields()))
    row = next(store.db.query("SELECT * FROM captures"))
    ref = CaptureRef(row["warc_file"], row["offset"], row["length"], row["sha256"])
    assert writer.read_capture(get_archive_folder(store.path), ref).content == b"<html>as it came</html>"
