"""`milwire crawl` and what people ask afterwards: one practice newsroom, from the crawl to the export."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import simulator
from simulator import Fault, Served, Trouble
from storage.store import Store
from tests.support.cli import Ran, apart, here

QUICK = {"MILWIRE_DELAY": "0.01"}
SITE = "meridian"  # the one with Korean and Japanese


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, Path, Ran]]:
    """Serve the practice newsroom; return it, the folder of a crawled database, and what the crawl said."""
    folder = tmp_path_factory.mktemp("crawl")
    with simulator.serve(simulator.practice_newsroom()) as served:
        store = Store.open(folder / "milwire.db")
        for source in served.site(SITE).sources:
            store.save_source(source)
        for seed in ("usfk-news", "spacecom-news"):
            store.set_enabled(seed, False)
        store.close()
        yield served, folder, apart("crawl", cwd=folder, env=QUICK)


@pytest.fixture
def db(newsroom: tuple[Served, Path, Ran]) -> Path:
    return newsroom[1] / "milwire.db"


def objects(ran: Ran) -> list[dict[str, object]]:
    assert ran.code == 0, ran
    return [json.loads(line) for line in ran.out.splitlines()]


def test_a_crawl_without_names_visits_what_is_enabled_and_lists_what_is_new(
    newsroom: tuple[Served, Path, Ran],
) -> None:
    served, _, ran = newsroom
    assert (ran.code, ran.err) == (0, "")
    assert served.newsroom.site(SITE).sections[0].posts[0].fields.title[:20] in ran.out
    assert all(f"{source.id}: " in ran.out for source in served.site(SITE).sources)


def test_the_same_crawl_again_finds_nothing(newsroom: tuple[Served, Path, Ran]) -> None:
    _, folder, _ = newsroom
    again = objects(here("crawl", "--json", cwd=folder, env=QUICK))
    assert [(one["found"], one["published"], one["edited"], one["state"]) for one in again] == [
        (0, 0, 0, "ok") for _ in again
    ]


def test_a_limit_is_kept_and_said(newsroom: tuple[Served, Path, Ran], tmp_path: Path) -> None:
    served, _, _ = newsroom
    source = served.site("calder").sources[0]
    store = Store.open(tmp_path / "milwire.db")
    store.save_source(source)
    store.close()
    (one,) = objects(here("crawl", source.id, "--limit", "2", "--json", cwd=tmp_path, env=QUICK))
    assert (one["found"], one["state"]) == (2, "limited")


def test_a_refusal_is_exit_code_one_and_shows_in_the_status(tmp_path: Path) -> None:
    with simulator.serve(simulator.practice_newsroom()) as served:
        source = served.site("calder").sources[0]
        store = Store.open(tmp_path / "milwire.db")
        store.save_source(source)
        store.close()
        served.fault(Fault(Trouble.BLOCKED))
        ran = here("crawl", source.id, cwd=tmp_path, env=QUICK)
    assert ran.code == 1
    assert ran.err.startswith(f"{source.id}: ")
    status = here("status", cwd=tmp_path)
    assert status.code == 1
    assert source.id in status.err


@pytest.mark.parametrize("words", ["훈련", "春祭り", "harbor rescue", '"Harbor rescue"'])
def test_search_finds_words_of_any_language(words: str, db: Path) -> None:
    (hit, *_) = objects(here("search", words, "--json", "--db", db))
    assert {"release", "title", "published_on", "posting", "excerpt"} <= set(hit)
    shown = here("search", words, "--db", db)
    assert str(hit["title"])[:20] in shown.out


def test_search_for_nothing_there_says_so(db: Path) -> None:
    assert "nothing found" in here("search", "xyzzy", "--db", db).out


@pytest.mark.parametrize("name", ["1", "r1"])
def test_show_prints_a_release_with_its_history(name: str, db: Path) -> None:
    ran = here("show", name, "--db", db)
    told = json.loads(here("show", name, "--json", "--db", db).out)
    assert ran.code == 0
    assert told["release"]["title"][:30] in " ".join(ran.out.split())
    assert "found" in ran.out


def test_show_takes_an_address_and_an_article_number(db: Path, newsroom: tuple[Served, Path, Ran]) -> None:
    served = newsroom[0]
    post = served.newsroom.site(SITE).sections[0].posts[0]
    for name in (served.url(SITE, post.number), post.number):
        told = json.loads(here("show", name, "--json", "--db", db).out)
        assert told["release"]["title"] == post.fields.title


def test_events_have_the_documented_keys(db: Path) -> None:
    events = objects(here("events", "--json", "--db", db))
    assert list(events[0])[:10] == [
        "id",
        "kind",
        "at",
        "source",
        "posting",
        "release",
        "title",
        "last_before_at",
        "first_after_at",
        "changes",
    ]
    assert {event["kind"] for event in events} == {"found"}
    assert [event["id"] for event in events] == sorted(int(str(event["id"])) for event in events)


def test_events_are_narrowed_by_what_was_asked(db: Path) -> None:
    assert len(objects(here("events", "--json", "--limit", "3", "--db", db))) == 3
    assert not objects(here("events", "--json", "--until", "2001-01-01", "--db", db))
    assert not objects(here("events", "--json", "--kind", "published", "--db", db))
    asked = ("--source", f"practice-{SITE}", "--json", "--db", db)
    assert {event["source"] for event in objects(here("events", *asked))} == {f"practice-{SITE}"}


def test_status_says_that_all_is_well(db: Path) -> None:
    ran = here("status", "--json", "--db", db)
    assert ran.code == 0
    told = json.loads(ran.out)
    assert told["ok"]
    assert f"practice-{SITE}" in {one["source"] for one in told["sources"]}


def test_exports_hold_every_release_once(db: Path, tmp_path: Path) -> None:
    file = tmp_path / "releases.jsonl"
    assert here("export", "--output", file, "--db", db).code == 0
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    table = list(csv.DictReader(io.StringIO(here("export", "--format", "csv", "--db", db).out)))
    assert [str(line["id"]) for line in lines] == [row["id"] for row in table]
    assert len({line["id"] for line in lines}) == len(lines) > 10
    assert [path.name for path in tmp_path.iterdir()] == ["releases.jsonl"]


def test_an_import_of_our_own_captures_finds_the_same_releases(
    newsroom: tuple[Served, Path, Ran], tmp_path: Path
) -> None:
    served, folder, _ = newsroom
    store = Store.open(tmp_path / "milwire.db")
    for source in served.site(SITE).sources:
        store.save_source(source)
    store.close()
    for archive in sorted((folder / "milwire.db.warc").iterdir()):
        assert here("import", archive, "--json", cwd=tmp_path).code == 0
    before = here("export", cwd=folder).out.splitlines()
    after = here("export", cwd=tmp_path).out.splitlines()
    hashes = [sorted(json.loads(line)["content_hash"] for line in lines) for lines in (before, after)]
    assert hashes[0] == hashes[1]
    again = json.loads(here("import", archive, "--json", cwd=tmp_path).out)
    assert again["events"] == {}


def test_an_import_counts_what_belongs_to_no_newsroom(
    newsroom: tuple[Served, Path, Ran], tmp_path: Path
) -> None:
    _, folder, _ = newsroom
    archive = next((folder / "milwire.db.warc").iterdir())
    told = json.loads(here("import", archive, "--json", cwd=tmp_path).out)
    assert told["looks"] == {}
    assert told["skipped"]["not on the site of a newsroom"] > 10
