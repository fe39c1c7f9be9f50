"""`milwire reparse` as a person types it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.parsing import reader
from storage.models import Address, Confidence, Look, Page, Role, Source, Verdict
from storage.store import Store
from tests.support.cli import read_error, run_here
from tests.support.paths import PAGES
from tests.support.sample_database import FIRST, make_sample

RELEASE = "https://www.korea.mil/News/Article/101/made-up/"


@pytest.fixture
def db(tmp_path: Path) -> Path:
    make_sample(tmp_path / "milwire.db").close()
    return tmp_path / "milwire.db"


def counted(db: Path, table: str) -> int:
    store = Store.open(db, read_only=True)
    try:
        return store.db.table(table).count
    finally:
        store.close()


def change(db: Path, sql: str) -> None:
    store = Store.open(db)
    store.db.execute(sql)
    store.close()


def test_what_todays_parsers_have_read_is_not_read_again(tmp_path: Path) -> None:
    Store.open(tmp_path / "milwire.db").close()
    ran = run_here("reparse", "--db", tmp_path / "milwire.db")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("nothing to read again")


def older(db: Path, source: str) -> None:
    """Fill a database with a release that a newsroom showed to an older parser."""
    store = Store.open(db)
    store.save_source(NEWSROOM)
    page = Page(SEED.url, 200, (("content-type", "text/html"),), PRACTICE.read_bytes())
    fields = reader.read_page(page, "generic").fields
    assert fields
    read = replace(fields, parser="generic:0", byline=None)
    store.save_look(Look(Role.ARTICLE, SEED, FIRST, Verdict.LIVE, source, None, page, read))
    store.close()


PRACTICE = PAGES / "generic" / "json_ld.html"
NEWSROOM = Source(
    id="unit-news",
    host="www.unit.example.mil",
    organization="Unit",
    branch="Army",
    platform="generic",
    section="News",
    listing_url="https://www.unit.example.mil/News/",
    feed_url=None,
    confidence=Confidence.LOW,
    origin="user",
)
SEED = Address("www.usfk.mil", "4100000", "https://www.usfk.mil/News/Article/4100000/made-up/")


def test_a_reparse_says_what_it_did_and_is_done_then(tmp_path: Path) -> None:
    db = tmp_path / "milwire.db"
    older(db, "unit-news")
    ran = run_here("reparse", "--db", db)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "unit-news: 1 captures read, 0 texts unchanged, 1 read differently\n"
    again = json.loads(run_here("reparse", "unit-news", "--json", "--db", db).out)
    assert (again["read"], again["alike"], again["without"]) == (0, 0, 0)
    assert "edited" not in run_here("events", "--db", db).out
    assert run_here("verify", "--db", db).code == 0


def test_a_capture_that_cannot_be_read_fails_a_reparse_and_is_named(tmp_path: Path) -> None:
    db = tmp_path / "milwire.db"
    older(db, "usfk-news")
    ran = run_here(
        "reparse", "--json", "--db", db
    )  # the catalogue says that this host is AFPIMS, the page is not
    assert ran.code == 1
    assert SEED.url in json.loads(ran.out)["failures"][0]


def test_an_unknown_source_is_wrong_usage(db: Path) -> None:
    read_error(run_here("reparse", "no-such-news", "--db", db), 2)
