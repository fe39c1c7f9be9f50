"""Content removed for safety is gone from every file, and the chain still verifies."""

import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from storage.archive.reader import read_warc_pages
from storage.archive.writer import ArchiveWriter, get_archive_folder
from storage.integrity import purge, verify
from storage.models import EventKind, Look, Verdict
from storage.queries import runs, search
from storage.store import Store
from storage.tables import postings
from tests.support.make_looks import address, after, bad, crawl, entry, fields, listed, page, seen, store_at

SECRET = "Zaphrodel"  # a name that must go
OTHER = address("200", slug="other")


def secret(body: str) -> Look:
    """Return a look at a release that names somebody, also in its page."""
    read = fields(f"Sgt. {SECRET} honored", body, byline=f"By {SECRET}", tags=(SECRET,))
    where = address()
    came = page(where.url, content=f"<html>{read!r}</html>".encode())
    return replace(seen(after(0), read), page=came)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with store_at(tmp_path / "milwire.db", after(9)) as opened:
        crawl(opened, listed(after(0), replace(entry("100"), title=SECRET)), at=after(0))
        opened.save_look(secret(f"{SECRET} trained."))
        opened.save_look(replace(secret(f"{SECRET} trained twice."), at=after(1)))
        opened.save_look(bad(after(2), Verdict.GONE))
        opened.record_run_failure(1, f"{address().url}: h1: found {SECRET!r}")
        opened.record_run_failure(1, "another failure")
        opened.save_look(seen(after(1), fields("Other story of the wing"), OTHER))
        yield opened


def bytes_of(store: Store) -> bytes:
    """Return what lies in every file of the database."""
    files = [*store.path.parent.glob("milwire.db*"), *get_archive_folder(store.path).glob("*")]
    return b"".join(path.read_bytes() for path in files if path.is_file())


def inflated(store: Store) -> bytes:
    """Return the bodies of all captures."""
    return b"".join(
        came.page.content
        for path in get_archive_folder(store.path).glob("*")
        for came in read_warc_pages(path)
    )


def whole(store: Store) -> None:
    assert verify.verify_database(store.db, get_archive_folder(store.path)).problem is None


def purged(store: Store, posting_id: int = 1) -> None:
    store.purge_posting(posting_id, "safety of a person")
    assert store.finish_purges()


def test_before_a_purge_the_name_is_everywhere(store: Store) -> None:
    assert SECRET.encode() in bytes_of(store)
    assert SECRET.encode() in inflated(store)
    assert search.search_releases(store, SECRET)
    whole(store)


def test_a_purge_leaves_nothing_of_the_content_in_any_file(store: Store) -> None:
    purged(store)
    found = bytes_of(store).lower()
    assert SECRET.lower().encode() not in found
    assert SECRET[:6].lower().encode() not in found
    assert SECRET.encode() not in inflated(store)
    assert search.search_releases(store, SECRET) == []


def test_the_chain_verifies_after_a_purge_and_tells_of_it(store: Store) -> None:
    told = store.purge_posting(1, "safety of a person")
    store.finish_purges()
    assert (told.kind, told.source) == (EventKind.PURGED, "wing-news")
    assert told.detail["why"] == "safety of a person"
    whole(store)
    assert verify.verify_database(store.db, get_archive_folder(store.path)).purged == 5


def test_failures_of_runs_keep_the_address_alone(store: Store) -> None:
    purged(store)
    assert runs.list_runs(store)[0].failures == (address().url, "another failure")


def test_other_postings_and_their_captures_stay(store: Store) -> None:
    before = [
        came.page for path in get_archive_folder(store.path).glob("*") for came in read_warc_pages(path)
    ]
    purged(store)
    left = [came.page for path in get_archive_folder(store.path).glob("*") for came in read_warc_pages(path)]
    assert left == [one for one in before if one.url == OTHER.url]
    assert search.search_releases(store, "Other story")


def test_other_tools_read_the_archive_after_a_purge(store: Store) -> None:
    from warcio.archiveiterator import ArchiveIterator

    purged(store)
    for path in get_archive_folder(store.path).glob("*"):
        with path.open("rb") as stream:
            kinds = [record.rec_type for record in ArchiveIterator(stream, check_digests="raise")]
    assert kinds == ["warcinfo", "metadata", "metadata", "metadata", "response"]


def test_a_purged_posting_is_not_kept_again(store: Store) -> None:
    purged(store)
    assert store.save_look(replace(secret(f"{SECRET} again."), at=after(5))) == []
    assert store.save_look(bad(after(6), Verdict.UNREADABLE, status=200)) == []
    crawl(store, listed(after(7), replace(entry("100"), title=SECRET)), at=after(7))
    assert SECRET.encode() not in bytes_of(store)
    assert SECRET.encode() not in inflated(store)
    whole(store)


def test_a_purged_posting_is_not_asked_for_again(store: Store) -> None:
    known = postings.list_known_postings(store.db, "wing-news", address().site)
    purged(store)
    assert set(known) - set(postings.list_known_postings(store.db, "wing-news", address().site)) == {
        address()
    }


def test_a_release_goes_on_with_a_copy_that_was_not_purged(store: Store) -> None:
    copy = address("100", site="www.fleet.example.mil")
    store.save_look(seen(after(3), fields(f"Sgt. {SECRET} honored", "Copy."), copy))
    purged(store)
    row = next(store.db.query("SELECT title, posting_id FROM releases WHERE id = 1"))
    assert (row["title"], row["posting_id"]) == (f"Sgt. {SECRET} honored", 3)
    assert purge.preview_purge(store.db, 1).copies == (copy.url,)
    whole(store)


def test_an_archive_of_which_all_was_purged_is_whole(store: Store) -> None:
    for posting_id in (1, 2):
        purged(store, posting_id)
    whole(store)


def test_of_a_capture_that_was_cut_off_the_rest_goes(store: Store) -> None:
    (file,) = get_archive_folder(store.path).iterdir()
    offset = store.db.execute("SELECT offset FROM captures WHERE id = 2").fetchone()[0]
    file.write_bytes(file.read_bytes()[: offset + 100])
    purged(store)
    assert file.read_bytes()[offset:] == bytes(100)


def test_a_purge_twice_is_one_purge_more_in_the_ledger_and_still_whole(store: Store) -> None:
    purged(store)
    purged(store)
    whole(store)


def test_a_purge_that_was_killed_before_the_files_is_finished_at_the_next_start(store: Store) -> None:
    store.purge_posting(1, "safety of a person")
    assert SECRET.encode() in inflated(store)
    assert "purged, but its bytes are still in the file" in str(
        verify.verify_database(store.db, get_archive_folder(store.path)).problem
    )
    Store.open(store.path).close()
    assert SECRET.encode() not in inflated(store) + bytes_of(store)
    whole(store)


def test_while_somebody_reads_an_older_state_a_purge_is_not_done(store: Store) -> None:
    reader = sqlite3.connect(store.path)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM events").fetchone()
    store.purge_posting(1, "safety of a person")
    store.db.execute("PRAGMA busy_timeout = 100")
    assert not store.finish_purges()
    reader.close()
    assert store.finish_purges()
    assert SECRET.encode() not in bytes_of(store)


def test_two_processes_never_finish_a_purge_at_once(store: Store) -> None:
    store.purge_posting(1, "safety of a person")
    other = os.open(get_archive_folder(store.path), os.O_RDONLY)
    fcntl.flock(other, fcntl.LOCK_EX)
    assert not store.finish_purges()
    os.close(other)
    assert store.finish_purges()


def test_a_reader_of_the_database_changes_nothing_by_opening_it(store: Store) -> None:
    store.purge_posting(1, "safety of a person")
    Store.open(store.path, read_only=True).close()
    assert SECRET.encode() in inflated(store)


def test_what_a_killed_process_wrote_without_a_row_goes_too(store: Store) -> None:
    archive = ArchiveWriter(get_archive_folder(store.path), store.clock)
    archive.append_page(page(address().url, content=SECRET.encode()), after(4))
    archive.append_page(page(OTHER.url, content=b"kept"), after(4))
    archive.close()
    purged(store)
    assert SECRET.encode() not in inflated(store)
    assert b"kept" in inflated(store)


def test_the_archive_can_be_appended_to_while_a_purge_overwrites(store: Store) -> None:
    purged(store)
    store.save_look(seen(after(8), fields("New story of the wing"), address("300")))
    whole(store)


def test_a_posting_is_named_by_number_or_address(store: Store) -> None:
    assert (
        purge.find_purge_targets(store.db, "100") == purge.find_purge_targets(store.db, address().url) == [1]
    )
    assert purge.find_purge_targets(store.db, "nothing") == []


def test_what_would_go_is_counted(store: Store) -> None:
    found = purge.preview_purge(store.db, 1)
    assert (found.revisions, found.captures, found.events, found.is_purged) == (2, 3, 3, False)
    for ask in (lambda: purge.preview_purge(store.db, 99), lambda: store.purge_posting(99, "why")):
        with pytest.raises(LookupError, match="posting 99"):
            ask()


def test_a_capture_whose_transaction_failed_goes_too_and_the_rest_verifies(store: Store) -> None:
    with contextlib.suppress(KeyError), store.writing():
        store.save_look(replace(secret(f"{SECRET} waved."), at=after(4)))
        raise KeyError
    store.save_look(seen(after(8), fields("New story of the wing"), address("300")))
    purged(store)
    assert SECRET.encode() not in inflated(store)
    whole(store)
