"""The spider's own decisions, and that `scrapy crawl newsroom` is the same crawl as ours."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from scrapy.settings import Settings

from crawler import config
from crawler.runner import create_runner
from simulator import Served, practice_newsroom, serve
from storage.store import Store
from tests.support.paths import ROOT
from tests.support.practice_crawls import source_of


@pytest.fixture
def served() -> Iterator[Served]:
    with serve(practice_newsroom()) as practice:
        yield practice


@pytest.fixture
def database(tmp_path: Path, served: Served) -> Path:
    """Return a database that knows one practice source, with its configuration beside it."""
    store = Store.open(tmp_path / "milwire.db")
    store.save_source(source_of(served, "northreach"))
    store.close()
    (tmp_path / config.FILE_NAME).write_text("delay = 0.01\n")
    return tmp_path / "milwire.db"


def scrapy(database: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    spider = [value for argument in arguments for value in ("-a", argument)]
    command = [sys.executable, "-m", "scrapy", "crawl", "newsroom", "-s", "LOG_LEVEL=ERROR", *spider]
    environment = os.environ | {"MILWIRE_DB": str(database)}
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


SWITCHES = {
    "REMOTE_CONTROL_ENABLED": False,
    "TELNETCONSOLE_ENABLED": False,
    "DOWNLOAD_VERIFY_CERTIFICATES": True,
    "COOKIES_ENABLED": False,
    "RETRY_ENABLED": False,
    "REDIRECT_ENABLED": False,
    "METAREFRESH_ENABLED": False,
    "HTTPERROR_ALLOW_ALL": True,
    "HTTPPROXY_ENABLED": False,
    "REFERER_ENABLED": False,
}


@pytest.mark.parametrize(("name", "value"), SWITCHES.items())
def test_the_switches_of_good_guests_are_set_and_known_to_scrapy(name: str, value: bool) -> None:
    settings = Settings()
    assert name in settings, "Scrapy knows no such setting"
    settings.setmodule("crawler.settings", priority="project")
    assert settings.getbool(name) is value


def test_the_delay_is_never_nothing() -> None:
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    assert settings.getfloat("DOWNLOAD_DELAY") >= 1
    assert settings.getint("CONCURRENT_REQUESTS") == 1
    assert settings.getint("DOWNLOAD_MAXSIZE") == 16 * 1024 * 1024


def test_scrapy_crawl_is_the_same_crawl(served: Served, database: Path) -> None:
    done = scrapy(database, "source=practice-northreach", "limit=3")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    store = Store.open(database, read_only=True)
    run = next(store.db.query("SELECT * FROM runs"))
    titles = {row["title"] for row in store.db.query("SELECT title FROM postings")}
    store.close()
    assert (run["state"], run["found"], run["failures"]) == ("limited", 3, "[]")
    assert titles == {post.fields.title for post in served.newsroom.site("northreach").sections[0].posts[:3]}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("source=practice-northreech",), "practice-northreach"),
        ((), 'no source ""'),
        (("source=practice-northreach", "limit=many"), "limit wants a number"),
    ],
)
def test_scrapy_crawl_says_in_one_line_what_is_wrong(
    database: Path, arguments: tuple[str, ...], words: str
) -> None:
    done = scrapy(database, *arguments)
    assert done.returncode != 0
    assert words in done.stderr
    assert done.stderr.count("\n") == 1, done.stderr


def test_the_spiders_are_found_by_name() -> None:
    assert create_runner().spider_loader.list() == ["newsroom", "sitemap"]
