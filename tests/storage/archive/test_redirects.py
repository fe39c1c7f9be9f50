"""A redirect chain is kept: in a table, and with the responses that led on."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from storage.archive.writer import get_archive_folder
from storage.integrity import verify
from storage.models import Hop, Look, Page, Verdict
from storage.store import Store
from tests.support.make_looks import address, after, bad, fields, seen, store_at

ASKED = address("100").url
MIDDLE = "https://www.wing.example.mil/News/100/"
HOME = "https://www.wing.example.mil/"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with store_at(tmp_path / "milwire.db") as opened:
        yield opened


def led_home(at: float, last: str = HOME) -> Look:
    """Return a look that was led on twice and did not find its release."""
    hops = ((ASKED, 301, MIDDLE), (MIDDLE, 302, last))
    chain = tuple(
        Hop(Page(url, status, (("location", to_url),), b""), to_url, after(at))
        for url, status, to_url in hops
    )
    look = bad(after(at), Verdict.SOFT_GONE, status=200)
    assert look.page is not None
    return replace(look, page=replace(look.page, url=last), hops=chain)


def list_redirects(store: Store) -> list[tuple[object, ...]]:
    sql = "SELECT url, to_url, status, looks, place, asked_url FROM redirects ORDER BY id"
    return store.db.execute(sql).fetchall()


def test_each_hop_is_a_row_and_a_capture(store: Store) -> None:
    store.save_look(seen(after(0), fields()))
    store.save_look(led_home(1))
    assert list_redirects(store) == [
        (ASKED, MIDDLE, 301, 1, 1, ASKED),
        (MIDDLE, HOME, 302, 1, 2, ASKED),
    ]
    sql = "SELECT c.url, c.status FROM redirects r JOIN captures c ON c.id = r.capture_id ORDER BY r.id"
    assert store.db.execute(sql).fetchall() == [(ASKED, 301), (MIDDLE, 302)]
    assert verify.verify_database(store.db, get_archive_folder(store.path)).problem is None


def test_captures_in_any_order_bring_nothing_new_a_second_time(store: Store) -> None:
    looks = [led_home(1), led_home(3), led_home(2, ASKED)]
    for look in looks:
        store.save_look(look)
    once = list_redirects(store)
    for look in looks:
        store.save_look(look)
    assert list_redirects(store) == once


def test_the_same_chain_again_is_the_same_rows_and_another_one_is_new(store: Store) -> None:
    for hour in (1, 2, 2, 3):
        store.save_look(led_home(hour))
    assert [row[3] for row in list_redirects(store)] == [3, 3]
    store.save_look(led_home(4, ASKED))
    assert [row[1:4] for row in list_redirects(store)] == [
        (MIDDLE, 301, 4),
        (HOME, 302, 3),
        (ASKED, 302, 1),
    ]
    assert store.db.execute("SELECT count(*) FROM captures WHERE url = ?", [MIDDLE]).fetchone() == (2,)


def test_a_redirect_that_is_the_answer_itself_is_stored_once(store: Store) -> None:
    page = Page(ASKED, 301, (("location", HOME),), b"")
    look = replace(bad(after(1), Verdict.REDIRECTED), page=page, hops=(Hop(page, HOME, after(1)),))
    store.save_look(look)
    assert list_redirects(store) == [(ASKED, HOME, 301, 1, 1, ASKED)]
    assert store.db.execute("SELECT count(*) FROM captures").fetchone() == (1,)


def test_a_purge_erases_the_responses_that_led_on(store: Store) -> None:
    store.save_look(seen(after(0), fields()))
    store.save_look(led_home(1))
    store.purge_posting(1, "safety of a person")
    assert store.finish_purges()
    headers = store.db.execute("SELECT DISTINCT headers FROM captures").fetchall()
    assert headers == [("[]",)]
    assert verify.verify_database(store.db, get_archive_folder(store.path)).problem is None


def test_an_answer_that_no_archive_can_hold_is_a_row_without_a_response(store: Store) -> None:
    page = Page(HOME + "a" * 70_000, 301, (), b"")
    look = replace(bad(after(1), Verdict.GONE), hops=(Hop(page, HOME, after(1)),))
    store.save_look(look)
    assert store.db.execute("SELECT capture_id FROM redirects").fetchone() == (None,)
