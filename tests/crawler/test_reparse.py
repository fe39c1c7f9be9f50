"""A newer parser makes a new measure and never an edit; quarantined sources are mended from what was kept."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from crawler.parsing import reader
from crawler.parsing.platforms import generic
from crawler.reparse import ReparseCounts, SourceReparse, list_outdated_sources, refresh_baselines
from storage.archive.writer import get_archive_folder
from storage.integrity import verify
from storage.models import Fields, Look, Page, RemovalPolicy, Role, Verdict
from storage.store import RunOutcome, Store
from storage.tables import baselines
from tests.support.make_looks import SOURCE, address, after, crawl, entry, kinds, listed, store_at, table

OLD = "generic:0+trafilatura-1.0"
NUMBERS = [str(number) for number in range(100, 108)]
TEXT = "The wing trained on Friday with crews of three ships. " * 4


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with store_at(tmp_path / "milwire.db", after(99)) as opened:
        yield opened


def shown(number: str, text: str = TEXT, byline: str = "A. Maker") -> Page:
    """Return a release's page as the newsroom shows it."""
    story = {
        "@type": "NewsArticle",
        "headline": f"Story {number} of the wing",
        "datePublished": "2026-03-01",
        "author": {"@type": "Person", "name": byline},
        "articleBody": text,
    }
    ld = f'<script type="application/ld+json">{json.dumps(story)}</script>'
    body = f"<article><h1>{story['headline']}</h1><p>{text}</p><p>{text.upper()}</p></article>"
    html = f"<!DOCTYPE html><html><head><title>x</title>{ld}</head><body>{body}</body></html>"
    return Page(address(number).url, 200, (("content-type", "text/html"),), html.encode())


def read(page: Page) -> Fields:
    fields = reader.read_page(page, "generic").fields
    assert fields
    return fields


def seen(at: datetime, page: Page, **by_old: object) -> Look:
    """Return a look as the parser before today's read it; `by_old` is what that one read differently."""
    fields = replace(read(page), parser=OLD, **by_old)  # type: ignore[arg-type]  # fields by name
    number = page.url.split("/")[-3]
    return Look(Role.ARTICLE, address(number), at, Verdict.LIVE, SOURCE.id, None, page, fields)


def unreadable(at: datetime, page: Page) -> Look:
    number = page.url.split("/")[-3]
    reason = "title: not found"
    return Look(Role.ARTICLE, address(number), at, Verdict.UNREADABLE, SOURCE.id, None, page, reason=reason)


def reparsed(store: Store) -> ReparseCounts:
    return SourceReparse(store, SOURCE, RemovalPolicy(), lambda done, rows: None).reparse_source()


def whole(store: Store) -> None:
    assert verify.verify_database(store.db, get_archive_folder(store.path)).problem is None


def shown_events(store: Store) -> list[str]:
    hidden = "('captured', 'baselined')"
    rows = store.db.execute(f"SELECT kind FROM events WHERE kind NOT IN {hidden} ORDER BY id")
    return [kind for (kind,) in rows]


def look_again(store: Store, *looks: Look, at: datetime) -> list[str]:
    """Save looks as a run that is judged at its end."""
    run = store.start_run(SOURCE.id, "crawl", at)
    for look in (listed(at, *map(entry, NUMBERS)), *looks):
        store.save_look(replace(look, run_id=run))
    told = store.detect_changes(SOURCE.id)
    store.finish_run(run, RunOutcome(True, 0, 0, 0, 1, (), "ok"))
    return [kind for kind in kinds(told) if kind not in ("captured", "baselined")]


# --- baselines ---


def test_a_capture_that_reads_alike_brings_no_event_and_no_revision(store: Store) -> None:
    store.save_look(seen(after(0), shown("100")))
    tally = reparsed(store)
    assert (tally.read, tally.unchanged, tally.baselined, tally.failures) == (1, 1, 0, [])
    assert len(table(store, "events")) == len(table(store, "revisions")) == 1
    assert reparsed(store).read == 0
    whole(store)


def test_a_capture_that_reads_otherwise_is_a_hidden_baseline(store: Store) -> None:
    store.save_look(seen(after(0), shown("100"), byline=None))
    tally = reparsed(store)
    assert (tally.unchanged, tally.baselined) == (0, 1)
    assert shown_events(store) == ["found"]
    row = next(store.db.query("SELECT * FROM events WHERE kind = 'baselined'"))
    parsers = {"parser_before": OLD, "parser_after": read(shown("100")).parser}
    assert json.loads(row["detail"]) == parsers
    assert table(store, "changes", "field, before, after") == [("byline", None, "A. Maker")]
    whole(store)


def test_the_new_measure_holds_from_the_same_look_on(store: Store) -> None:
    store.save_look(seen(after(0), shown("100"), byline=None))
    reparsed(store)
    rows = table(store, "revisions", "seq, observed_at, byline")
    assert [row[1] for row in rows] == [rows[0][1]] * 2
    assert table(store, "looks", "revision_id, looks") == [(2, 1)]
    assert next(store.db.query("SELECT revision_id FROM postings"))["revision_id"] == 2
    assert reparsed(store).read == 0


@pytest.mark.parametrize("byline", [None, "A. Maker"])
def test_after_a_reparse_the_next_change_is_an_edit(store: Store, byline: str | None) -> None:
    store.save_look(seen(after(0), shown("100"), byline=byline))
    reparsed(store)
    page = shown("100", byline="B. Writer")
    look = replace(seen(after(1), page), fields=read(page))
    assert kinds(store.save_look(look)) == ["edited"]
    whole(store)


def test_a_look_that_comes_late_finds_the_new_measure(store: Store) -> None:
    store.save_look(seen(after(5), shown("100"), byline=None))
    reparsed(store)
    assert store.save_look(replace(seen(after(3), shown("100")), fields=read(shown("100")))) == []
    assert next(store.db.query("SELECT revision_id FROM postings"))["revision_id"] == 2
    whole(store)


def test_after_a_reparse_the_same_page_is_no_change(store: Store) -> None:
    store.save_look(seen(after(0), shown("100"), byline=None))
    reparsed(store)
    assert store.save_look(replace(seen(after(1), shown("100")), fields=read(shown("100")))) == []


def test_a_page_that_cannot_be_read_any_more_stays_as_it_was_and_is_told(store: Store) -> None:
    broken = replace(shown("100"), content=b"<html><body></body></html>")
    store.save_look(replace(seen(after(0), shown("100")), page=broken))
    tally = reparsed(store)
    assert (tally.baselined, tally.unchanged, len(tally.failures)) == (0, 0, 1)
    assert tally.failures[0].startswith(address("100").url)
    assert len(table(store, "revisions")) == 1


def test_a_damaged_capture_is_told_and_the_others_are_read(store: Store) -> None:
    for number in NUMBERS[:3]:
        store.save_look(seen(after(0), shown(number)))
    offset = store.db.execute("SELECT offset FROM captures WHERE id = 2").fetchone()[0]
    (file,) = get_archive_folder(store.path).iterdir()
    damaged = bytearray(file.read_bytes())
    damaged[offset + 30] ^= 1
    file.write_bytes(damaged)
    tally = reparsed(store)
    assert (tally.unchanged, len(tally.failures)) == (2, 1)


def test_what_was_purged_is_not_read_again(store: Store) -> None:
    store.save_look(seen(after(0), shown("100")))
    store.purge_posting(1, "safety of a person")
    store.finish_purges()
    assert reparsed(store).read == 0
    whole(store)


def test_a_text_without_a_response_is_counted(store: Store) -> None:
    store.save_look(replace(seen(after(0), shown("100")), page=None))
    assert reparsed(store).without_capture == 1


def test_a_reparse_that_was_stopped_goes_on_where_it_was(store: Store) -> None:
    for number in NUMBERS:
        store.save_look(seen(after(0), shown(number), byline=None))

    def stop(done: int, rows: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        SourceReparse(store, SOURCE, RemovalPolicy(), stop).reparse_source()
    whole(store)
    assert reparsed(store).read == len(NUMBERS) - 3
    whole(store)


def test_only_sources_with_something_to_read_again_are_named(store: Store) -> None:
    other = replace(SOURCE, id="other-news")
    assert list_outdated_sources(store, [SOURCE, other]) == []
    store.save_look(seen(after(0), shown("100")))
    assert list_outdated_sources(store, [SOURCE, other]) == [SOURCE]
    reparsed(store)
    assert list_outdated_sources(store, [SOURCE, other]) == []


@pytest.mark.parametrize(
    ("parser", "is_older"),
    [
        ("afpims:2", False),
        ("afpims:1", True),
        ("afpims:3", False),
        ("generic:1+trafilatura-2.0", False),
        ("generic:1+trafilatura-1.9", True),
        ("forgotten:1", True),
        ("no version", True),
    ],
)
def test_a_parser_is_older_unless_it_is_ours_or_newer(parser: str, is_older: bool) -> None:
    assert baselines.is_older_parser(parser, {"afpims:2", "generic:1+trafilatura-2.0"}) is is_older


def test_before_looking_again_todays_parsers_set_the_measure(store: Store) -> None:
    store.save_look(seen(after(0), shown("100"), byline=None))
    refresh_baselines(store, [SOURCE], RemovalPolicy())
    assert list_outdated_sources(store, [SOURCE]) == []


# --- quarantine ---


@pytest.fixture
def redesigned(store: Store) -> Store:
    """Return a store whose newsroom was redesigned so that the parser of that day read nothing."""
    crawl(store, listed(after(0), *map(entry, NUMBERS)), at=after(0))
    for number in NUMBERS:
        store.save_look(seen(after(0), shown(number), byline=None))
    assert look_again(store, *(seen(after(1), shown(n), byline=None) for n in NUMBERS), at=after(1)) == []
    pages = [shown(n) for n in NUMBERS]
    pages[3] = shown(NUMBERS[3], TEXT.replace("three ships", "four ships"))
    told = look_again(store, *(unreadable(after(2), page) for page in pages), at=after(2))
    assert told == ["quarantined"]
    return store


def test_a_newer_parser_ends_the_quarantine_and_tells_what_really_changed(redesigned: Store) -> None:
    before = shown_events(redesigned)
    tally = reparsed(redesigned)
    assert (tally.was_quarantined, tally.quarantine, tally.failures) == (True, None, [])
    assert (tally.baselined, dict(tally.replayed)) == (len(NUMBERS), {"edited": 1})
    assert shown_events(redesigned) == [*before, "edited"]
    row = next(redesigned.db.query("SELECT * FROM events WHERE kind = 'edited'"))
    assert row["url"] == address(NUMBERS[3]).url
    assert table(redesigned, "changes", "field, event_id").count(("body", row["id"])) == 1
    whole(redesigned)


def test_after_the_quarantine_looks_are_judged_as_ever(redesigned: Store) -> None:
    reparsed(redesigned)
    pages = [shown(n) for n in NUMBERS]
    pages[3] = shown(NUMBERS[3], TEXT.replace("three ships", "four ships"))
    looks = [replace(seen(after(3), page), fields=read(page)) for page in pages]
    assert look_again(redesigned, *looks, at=after(3)) == []
    page = shown(NUMBERS[5], byline="B. Writer")
    looks = [replace(look, at=after(4)) for look in looks]
    looks[5] = replace(seen(after(4), page), fields=read(page))
    assert look_again(redesigned, *looks, at=after(4)) == ["edited"]
    whole(redesigned)


def test_a_parser_that_reads_no_better_leaves_the_quarantine_as_it_is(store: Store) -> None:
    crawl(store, listed(after(0), *map(entry, NUMBERS)), at=after(0))
    for number in NUMBERS:
        store.save_look(seen(after(0), shown(number)))
    broken = [replace(shown(n), content=b"<html><body>new design</body></html>") for n in NUMBERS]
    assert look_again(store, *(unreadable(after(2), one) for one in broken), at=after(2)) == ["quarantined"]
    before = table(store, "events", "id, kind")
    tally = reparsed(store)
    assert tally.was_quarantined
    assert tally.quarantine
    assert (dict(tally.replayed), table(store, "events", "id, kind")) == ({}, before)
    assert len(store.db.execute("SELECT * FROM findings WHERE is_quarantined").fetchall()) >= len(NUMBERS)
    whole(store)


def test_nothing_is_judged_while_a_crawl_of_the_source_runs(redesigned: Store) -> None:
    redesigned.start_run(SOURCE.id, "crawl", after(3))
    tally = reparsed(redesigned)
    assert tally.quarantine
    assert "is running" in tally.failures[0]
    assert "edited" not in shown_events(redesigned)


def test_a_reader_that_fails_on_a_capture_is_named_and_the_others_are_read(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.save_look(seen(after(0), shown("100")))
    store.save_look(seen(after(1), shown("101", text=TEXT + "Twice.")))
    read_article = generic.read_article

    def fail_once(page: Page) -> Fields:
        if "100" in page.url:
            raise IndexError
        return read_article(page)

    monkeypatch.setattr(generic, "read_article", fail_once)
    tally = reparsed(store)
    assert [line.endswith("the reader failed: IndexError") for line in tally.failures] == [True]
    assert (tally.read, tally.unchanged) == (2, 1)
