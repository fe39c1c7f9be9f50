"""A backup is whole or is not there: made beside a crawl that writes, checked, and never half left behind."""

import os
import resource
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from storage.archive.writer import get_archive_folder
from storage.integrity import backup, verify
from storage.models import StoreError
from storage.store import Store
from tests.storage.integrity.test_purge import SECRET, secret
from tests.support.cli import run_here
from tests.support.paths import ROOT
from tests.support.sample_database import KOREA, SECOND, address, article, fields, make_sample


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    (tmp_path / "live").mkdir()
    opened = make_sample(tmp_path / "live" / "milwire.db")
    yield opened
    opened.close()


def contents(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def refusal(store: Store, target: Path) -> str:
    """Return in what line a backup fails; nothing may be left of it."""
    before = contents(target.parent)
    with pytest.raises(StoreError) as caught:
        backup.create_backup(store.path, target)
    assert contents(target.parent) == before
    assert "\n" not in str(caught.value)
    return str(caught.value)


def rows(store: Store, table: str) -> list[tuple[object, ...]]:
    return store.db.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()


def test_a_backup_holds_the_same_rows_and_captures(store: Store, tmp_path: Path) -> None:
    made = backup.create_backup(store.path, tmp_path / "copy")
    copy = Store.open(tmp_path / "copy" / "milwire.db")
    for table in ("events", "revisions", "captures", "looks", "listed_articles", "runs"):
        assert rows(copy, table) == rows(store, table), table
    proved = verify.verify_database(copy.db, get_archive_folder(copy.path))
    assert proved.problem is None
    assert (made.events, made.captures, made.head) == (proved.events, proved.captures, proved.head)
    copy.close()


def test_a_finished_backup_is_two_names_and_nothing_else(store: Store, tmp_path: Path) -> None:
    backup.create_backup(store.path, tmp_path / "copy")
    assert {path.name for path in (tmp_path / "copy").iterdir()} == {"milwire.db", "milwire.db.warc"}
    assert {path.name for path in tmp_path.iterdir()} == {"copy", "live"}


def test_a_database_without_captures_is_backed_up(tmp_path: Path) -> None:
    Store.open(tmp_path / "empty.db").close()
    assert backup.create_backup(tmp_path / "empty.db", tmp_path / "copy").captures == 0


def test_a_backup_beside_a_writer_is_whole(store: Store, tmp_path: Path) -> None:
    """A crawl saves all the while; what the copy has is a beginning of what the original came to have."""
    stop, writing = threading.Event(), threading.Event()

    def crawl() -> None:
        with_own = Store.open(store.path)
        run = with_own.start_run(KOREA, "crawl", SECOND)
        for number in range(1000, 4000):
            if stop.is_set():
                break
            at = SECOND + timedelta(minutes=number)
            with_own.save_look(article(at, address(number), fields(f"Story {number}", "Text."), KOREA, run))
            writing.set()
        with_own.close()

    crawler = threading.Thread(target=crawl)
    crawler.start()
    try:
        assert writing.wait(30)
        made = [backup.create_backup(store.path, tmp_path / f"copy-{number}") for number in range(3)]
    finally:
        stop.set()
        crawler.join()
    chain = [row[0] for row in store.db.execute("SELECT hash FROM events ORDER BY id")]
    assert all(one.head == chain[one.events - 1] for one in made)
    assert made[0].events < made[2].events < len(chain)


def test_nothing_is_overwritten(store: Store, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("folder", "file", "link"):
        assert "overwrites nothing" in refusal(store, tmp_path / name)


def test_a_backup_needs_a_folder_around_it(store: Store, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no such folder"):
        backup.create_backup(store.path, tmp_path / "not" / "there")


def test_a_backup_is_not_made_among_the_captures(store: Store) -> None:
    assert "inside the folder of captures" in refusal(store, get_archive_folder(store.path) / "copy")


def test_a_capture_that_is_gone_fails_the_backup(store: Store, tmp_path: Path) -> None:
    for path in get_archive_folder(store.path).iterdir():
        path.unlink()
    assert "the copy fails the check: capture 1: " in refusal(store, tmp_path / "copy")


def test_a_damaged_capture_is_copied_as_it_is_and_named(store: Store, tmp_path: Path) -> None:
    path = next(get_archive_folder(store.path).iterdir())
    damaged = bytearray(path.read_bytes())
    damaged[-40] ^= 1
    path.write_bytes(damaged)
    (line,) = backup.create_backup(store.path, tmp_path / "copy").bad_captures
    assert line.startswith("capture ")
    assert (tmp_path / "copy" / "milwire.db.warc" / path.name).read_bytes() == damaged


def test_a_capture_that_only_the_copy_spoils_fails_the_backup(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def copy_badly(original: Path, copy: Path, length: int) -> None:
        copy.parent.mkdir(exist_ok=True)
        data = bytearray(original.read_bytes()[:length])
        data[-40] ^= 1
        copy.write_bytes(data)

    monkeypatch.setattr(backup, "_copy_first_bytes", copy_badly)
    assert "the copy fails the check: capture " in refusal(store, tmp_path / "copy")


def test_a_torn_end_of_a_captures_file_stays_behind(store: Store, tmp_path: Path) -> None:
    path = next(get_archive_folder(store.path).iterdir())
    whole = path.read_bytes()
    path.write_bytes(whole + b"\x1f\x8bhalf a record")
    backup.create_backup(store.path, tmp_path / "copy")
    assert (tmp_path / "copy" / "milwire.db.warc" / path.name).read_bytes() == whole


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.db").write_bytes(b"SQLite format 3\x00" + bytes(100))
    with pytest.raises(StoreError):
        backup.create_backup(tmp_path / "other.db", tmp_path / "copy")
    assert {path.name for path in tmp_path.iterdir()} <= {"other.db", "other.db-wal", "other.db-shm"}


def test_what_was_purged_is_in_no_file_of_a_backup(tmp_path: Path) -> None:
    """The purge was killed before its bytes were gone: the copy finishes it for itself."""
    (tmp_path / "live").mkdir()
    store = Store.open(tmp_path / "live" / "milwire.db")
    store.save_look(secret(f"{SECRET} trained."))
    store.purge_posting(1, "safety of a person")
    backup.create_backup(store.path, tmp_path / "copy")
    store.close()
    files = [path for path in (tmp_path / "copy").rglob("*") if path.is_file()]
    assert len(files) == 2
    assert not any(SECRET.encode() in path.read_bytes() for path in files)


def test_a_full_disk_leaves_nothing_behind(store: Store, tmp_path: Path) -> None:
    """A limit on file sizes stands in for the disk."""
    code = (
        "import sys; from pathlib import Path; from storage.integrity import backup\n"
        "backup.create_backup(Path(sys.argv[1]), Path(sys.argv[2]))"
    )
    small = 40_000  # bytes: less than the database
    done = subprocess.run(
        [sys.executable, "-c", code, str(store.path), str(tmp_path / "copy")],
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (small, small)),  # no threads here
        timeout=60,
        check=False,
    )
    assert b"StoreError" in done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"live"}


def test_the_command_backs_up_and_says_what(store: Store, tmp_path: Path) -> None:
    ran = run_here("backup", tmp_path / "copy", "--db", store.path)
    assert (ran.code, ran.err) == (0, "")
    assert "read back and verified" in ran.out
    assert run_here("verify", "--db", tmp_path / "copy" / "milwire.db").code == 0


def test_the_command_fails_in_one_line(store: Store, tmp_path: Path) -> None:
    for arguments in ((tmp_path, "--db", store.path), (tmp_path / "copy", "--db", tmp_path / "none.db")):
        ran = run_here("backup", *arguments)
        assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert not (tmp_path / "copy").exists()
