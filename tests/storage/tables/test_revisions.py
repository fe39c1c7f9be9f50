"""What a posting said, and since when, in whatever order its looks come."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.db.rows import fields_to_row, row_to_fields
from storage.store import Store
from tests.support.make_looks import address, after, bodies, everything, fields, kinds, seen, store_at, table


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with store_at(tmp_path / "milwire.db") as opened:
        yield opened


def test_a_then_b_then_a_is_two_edits(store: Store) -> None:
    saved = [store.save_look(seen(after(n), fields(body=text))) for n, text in enumerate(("A", "B", "A"))]
    assert [kinds(events) for events in saved] == [["found"], ["edited"], ["edited"]]
    change = saved[2][0].changes[0]
    assert (change.field, change.before, change.after) == ("body", "B", "A")
    assert (saved[2][0].last_before_at, saved[2][0].first_after_at) == (after(1), after(2))


def test_quote_style_is_not_an_edit(store: Store) -> None:
    store.save_look(seen(after(0), fields("The wing's “day”")))
    assert store.save_look(seen(after(1), fields('The wing’s "day"'))) == []


def test_a_new_parser_is_not_an_edit(store: Store) -> None:
    store.save_look(seen(after(0), fields()))
    events = store.save_look(seen(after(1), fields(byline="A. Writer", parser="afpims:2")))
    assert kinds(events) == ["baselined"]
    assert kinds(store.save_look(seen(after(2), fields(byline="B. Writer", parser="afpims:2")))) == ["edited"]


def test_what_reading_gives_is_kept_without_loss(store: Store) -> None:
    read = fields(
        body="First.\n\nSecond.", on=None, tags=("a", "b"), dateline="SEOUL", subtitle="Sub", section="News"
    )
    store.save_look(seen(after(0), read))
    assert row_to_fields(next(store.db.query("SELECT * FROM revisions"))) == read


def test_half_a_surrogate_pair_is_kept_as_a_question_mark_and_no_edit(store: Store) -> None:
    broken = fields("A title with half a sign \ud83d", tags=("\udc00",))
    assert kinds(store.save_look(seen(after(0), broken))) == ["found"]
    assert store.save_look(seen(after(1), broken)) == []
    assert row_to_fields(fields_to_row(broken)).title.endswith("?")


def test_another_slug_is_the_same_posting_with_two_addresses(store: Store) -> None:
    store.save_look(seen(after(0), fields(), address(slug="old")))
    store.save_look(seen(after(1), fields(), address(slug="new")))
    assert len(table(store, "postings")) == 1
    assert len(table(store, "addresses")) == 2
    assert store.db.execute("SELECT url FROM postings").fetchone()[0].endswith("/new/")


HOURS_AND_TEXTS = st.lists(st.sampled_from("ABC"), min_size=1, max_size=6).flatmap(
    lambda texts: st.permutations(list(enumerate(texts)))
)


@pytest.mark.heavy
@settings(max_examples=25, deadline=None)
@given(HOURS_AND_TEXTS)
def test_looks_in_any_order_give_the_same_revisions(looks: list[tuple[int, str]]) -> None:
    expected: list[str] = []
    for _, text in sorted(looks):
        if not expected or expected[-1] != text:
            expected.append(text)
    with TemporaryDirectory() as folder, store_at(Path(folder) / "milwire.db") as store:
        for hour, text in looks:
            store.save_look(seen(after(hour), fields(body=text)), planned=timedelta(0))
        assert [body for _, body in bodies(store)] == expected
        now = "SELECT body FROM revisions r JOIN releases l ON l.revision_id = r.id"
        assert store.db.execute(now).fetchone() == (expected[-1],)
        before = everything(store)
        for hour, text in looks:
            assert store.save_look(seen(after(hour), fields(body=text)), planned=timedelta(0)) == []
        assert everything(store) == before


def test_an_older_capture_splits_the_span_it_contradicts(store: Store) -> None:
    for hour in (0, 2):
        store.save_look(seen(after(hour), fields(body="A")))
    events = store.save_look(seen(after(1), fields(body="B")))
    assert [(event.changes[0].before, event.changes[0].after) for event in events] == [("A", "B"), ("B", "A")]
    assert [body for _, body in bodies(store)] == ["A", "B", "A"]
    spans = "SELECT first_at = last_at, looks, revision_id FROM looks ORDER BY first_at"
    assert list(store.db.execute(spans)) == [(1, 1, 1), (1, 1, 2), (1, 1, 3)]


def test_an_older_text_before_the_first_known_one_is_an_edit_since(store: Store) -> None:
    store.save_look(seen(after(5), fields(body="Now")))
    (event,) = store.save_look(seen(after(0), fields(body="Then")))
    assert (event.kind, event.last_before_at, event.first_after_at) == ("edited", after(0), after(5))
    assert store.db.execute(
        "SELECT body FROM revisions JOIN postings p ON p.revision_id = revisions.id"
    ).fetchone() == ("Now",)


def test_an_import_is_noticed_when_it_is_taken_and_found(tmp_path: Path) -> None:
    with store_at(tmp_path / "milwire.db", now=after(100)) as store:
        run = store.start_run("wing-news", "import", after(100))
        (event,) = store.save_look(seen(after(0), fields(), run=run))
        assert (event.kind, event.at, event.first_after_at) == ("found", after(100), after(0))
