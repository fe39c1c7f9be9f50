"""A record that cannot be read back is named and set aside; the rest is checked and copied."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from storage.archive import writer
from storage.archive.writer import get_archive_folder
from storage.integrity import backup, verify
from storage.integrity.verify import IntegrityReport
from storage.models import EventKind, Page, Verdict
from storage.store import Store
from tests.support.make_looks import after, bad, fields, seen, store_at

FAR = "https://www.wing.example.mil/" + "a" * 70_000


def append_unchecked(page: Page, at: object, info_id: str) -> bytes:
    """Pack a page without reading it back, as versions before did."""
    return writer._build_response_record(page, at, info_id)  # type: ignore[arg-type]


@pytest.fixture(params=["status", "address"])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """Return a store with a release, and one capture that cannot be read back."""
    with store_at(tmp_path / "milwire.db") as opened:
        opened.save_look(seen(after(0), fields()))
        look = bad(after(1), Verdict.GONE)
        assert look.page is not None
        page = replace(look.page, status=42) if request.param == "status" else replace(look.page, url=FAR)
        with monkeypatch.context() as patched:
            patched.setattr(writer, "_pack_page", append_unchecked)
            opened.save_look(replace(look, page=page))
        opened.save_look(bad(after(2), Verdict.GONE))
        yield opened


def verified(store: Store) -> IntegrityReport:
    return verify.verify_database(store.db, get_archive_folder(store.path))


def test_the_check_names_a_bad_record_and_goes_on(store: Store) -> None:
    found = verified(store)
    assert found.problem is not None
    assert found.problem.startswith("capture 2: ")
    assert (found.captures, found.revisions, len(found.problems)) == (3, 1, 1)


def test_a_backup_is_made_in_spite_of_it_and_names_it(store: Store, tmp_path: Path) -> None:
    made = backup.create_backup(store.path, tmp_path / "copy")
    assert [line.startswith("capture 2: ") for line in made.bad_captures] == [True]
    assert (made.captures, made.events) == (3, 3)


def test_set_aside_it_is_in_the_ledger_and_all_is_well(store: Store, tmp_path: Path) -> None:
    (event,) = store.set_aside_captures(verified(store).bad_captures)
    assert (event.kind, event.detail["capture"], event.source) == (EventKind.SET_ASIDE, 2, "wing-news")
    assert str(store.path) not in str(event.detail)
    found = verified(store)
    assert (found.problem, found.set_aside, found.captures) == (None, 1, 3)
    assert backup.create_backup(store.path, tmp_path / "copy").bad_captures == ()


def test_what_was_set_aside_may_not_change_afterwards(store: Store) -> None:
    store.set_aside_captures(verified(store).bad_captures)
    (path,) = get_archive_folder(store.path).iterdir()
    offset = store.db.execute("SELECT offset FROM captures WHERE id = 2").fetchone()[0]
    data = bytearray(path.read_bytes())
    data[offset + 40] ^= 1
    path.write_bytes(data)
    assert verified(store).problem == "capture 2: not what was set aside there"


def test_captures_of_a_missing_file_are_not_set_aside(store: Store) -> None:
    for path in get_archive_folder(store.path).iterdir():
        path.unlink()
    found = verified(store)
    assert len(found.bad_captures) == 3
    assert store.set_aside_captures(found.bad_captures) == []
