"""One story is one release, on however many sites and under however many numbers it stands."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.models import Address
from storage.store import Store
from storage.tables import postings
from tests.support.make_looks import LONG, address, after, everything, fields, groups, seen, store_at, table


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with store_at(tmp_path / "milwire.db") as opened:
        yield opened


OTHER = "www.command.example.mil"


CROSS_POST = seen(after(0), fields(), address("100", OTHER))
REPRINT = seen(after(0), fields(), address("777"))
EXAMPLES = {
    "the same number on another site, titles agreeing": (
        [seen(after(0), fields()), CROSS_POST],
        [{(OTHER, "100"), ("www.wing.example.mil", "100")}],
    ),
    "the same number with another title": (
        [seen(after(0), fields()), seen(after(0), fields("Something else entirely"), address("100", OTHER))],
        [{(OTHER, "100")}, {("www.wing.example.mil", "100")}],
    ),
    "the same number, the title agreeing, the text another": (
        [seen(after(0), fields()), seen(after(0), fields(body="Shorter."), address("100", OTHER))],
        [{(OTHER, "100"), ("www.wing.example.mil", "100")}],
    ),
    "the same text under another number on one day": (
        [seen(after(0), fields()), REPRINT],
        [{("www.wing.example.mil", "777"), ("www.wing.example.mil", "100")}],
    ),
    "the same long text on another day": (
        [
            seen(after(0), fields(body=LONG)),
            seen(after(0), fields(body=LONG, on=date(2026, 3, 9)), address("777")),
        ],
        [{("www.wing.example.mil", "777"), ("www.wing.example.mil", "100")}],
    ),
    "the same few words on another day": (
        [seen(after(0), fields()), seen(after(0), fields(on=date(2026, 3, 9)), address("777"))],
        [{("www.wing.example.mil", "777")}, {("www.wing.example.mil", "100")}],
    ),
    "number, text and an address without a number": (
        [
            seen(after(0), fields()),
            CROSS_POST,
            REPRINT,
            seen(after(0), fields(), Address(OTHER, None, f"https://{OTHER}/story")),
        ],
        [
            {
                (OTHER, "100"),
                ("www.wing.example.mil", "100"),
                ("www.wing.example.mil", "777"),
                (OTHER, f"https://{OTHER}/story"),
            }
        ],
    ),
}


@pytest.mark.heavy
@settings(max_examples=5, deadline=None)
@given(data=st.data())
@pytest.mark.parametrize("case", EXAMPLES)
def test_postings_are_grouped_alike_in_whatever_order_they_come(case: str, data: st.DataObject) -> None:
    looks, expected = EXAMPLES[case]
    with TemporaryDirectory() as folder, store_at(Path(folder) / "milwire.db") as store:
        for look in data.draw(st.permutations(looks)):
            store.save_look(look)
        assert groups(store) == set(map(frozenset, expected))


def test_short_equal_texts_of_other_days_are_linked(store: Store) -> None:
    store.save_look(seen(after(0), fields("AF Week in Photos")))
    store.save_look(seen(after(1), fields("AF Week in Photos", on=date(2026, 3, 8)), address("777")))
    assert table(store, "same_text") == [(1, 2)]


def test_a_posting_never_changes_its_release(store: Store) -> None:
    store.save_look(seen(after(0), fields()))
    store.save_look(CROSS_POST)
    store.save_look(
        seen(after(1), fields("Quite another title by now", "Another body."), address("100", OTHER))
    )
    assert len(groups(store)) == 1
    assert table(store, "releases", "id, title") == [(1, fields().title)]


def test_the_current_tables_can_be_made_anew_from_the_revisions(store: Store) -> None:
    for n, title in enumerate(("One title of a story", "Two titles of a story", "Three titles of a story")):
        store.save_look(seen(after(n), fields(title)))
        store.save_look(seen(after(n), fields(title), address("100", OTHER)))
    before = everything(store)
    with store.writing() as db:
        db.execute("UPDATE postings SET title = '', published_on = NULL, revision_id = NULL")
        db.execute("UPDATE releases SET title = '', content_hash = '', revision_id = NULL")
        for (posting_id,) in db.execute("SELECT id FROM postings").fetchall():
            postings.refresh_posting(db, posting_id)
    assert everything(store) == before
