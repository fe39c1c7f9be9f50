"""`milwire extract`: one saved page in, one object out."""

import json
from pathlib import Path
from typing import cast

import pytest

import simulator
from crawler.cli.extract import parse_header_file
from crawler.parsing.platforms import registry
from storage.diff.changes import compute_content_hash
from storage.models import Fields
from tests.support.cli import CommandResult, run_apart, run_here

URL = "https://www.example.mil/News/Article/1234567/made-up/"
KEYS = [
    "kind",
    "platform",
    "parser",
    "confidence",
    "article_id",
    "title",
    "subtitle",
    "published",
    "published_raw",
    "published_at",
    "byline",
    "organization",
    "dateline",
    "body",
    "paragraphs",
    "tags",
    "images",
    "links",
    "content_hash",
]


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, Fields, bytes, str]:
    """Return a practice release as a file, its address and its truth; its listing page and that address."""
    import urllib.request

    with simulator.serve(simulator.practice_newsroom()) as served:
        site = served.site("meridian")
        post = served.newsroom.site("meridian").sections[0].posts[3]
        url = served.url("meridian", post.number)
        truth = served.truth(url)
        assert truth
        file = tmp_path_factory.mktemp("extract") / "page.html"
        file.write_bytes(urllib.request.urlopen(url).read())
        listing = urllib.request.urlopen(site.listing_url).read()
        return file, url, truth, listing, site.listing_url


def extracted(*arguments: object) -> dict[str, object]:
    ran = run_here("extract", *arguments, "--json")
    assert (ran.code, ran.err) == (0, "")
    found = json.loads(ran.out)
    assert isinstance(found, dict)
    return found


def test_an_article_gives_the_documented_object(practice: tuple[Path, str, Fields, bytes, str]) -> None:
    file, url, truth, _, _ = practice
    found = extracted(file, "--url", url)
    assert list(found) == KEYS
    assert (found["kind"], found["platform"], found["title"]) == ("article", "afpims", truth.title)
    assert found["published"] == truth.published_on.isoformat() if truth.published_on else None
    assert found["paragraphs"] == list(truth.paragraphs)
    assert found["body"] == "\n\n".join(truth.paragraphs)
    assert found["content_hash"] == compute_content_hash(truth.title, truth.paragraphs)


def test_a_listing_gives_its_entries_and_the_next_page(
    practice: tuple[Path, str, Fields, bytes, str], tmp_path: Path
) -> None:
    _, _, _, listing, url = practice
    file = tmp_path / "listing.html"
    file.write_bytes(listing)
    found = extracted(file, "--url", url)
    assert list(found) == [*KEYS, "entries", "next_page"]
    assert found["kind"] == "listing"
    entries = found["entries"]
    assert isinstance(entries, list)
    assert set(entries[0]) == {"url", "article_id", "title", "published", "published_at", "summary"}


def test_a_page_comes_from_standard_input_as_well(
    practice: tuple[Path, str, Fields, bytes, str], tmp_path: Path
) -> None:
    file, url, truth, _, _ = practice
    ran = run_apart("extract", "-", "--url", url, "--json", cwd=tmp_path, stdin=file.read_bytes())
    assert ran.code == 0
    assert json.loads(ran.out)["title"] == truth.title


def test_a_person_gets_text(practice: tuple[Path, str, Fields, bytes, str]) -> None:
    file, url, truth, _, _ = practice
    ran = run_here("extract", file, "--url", url)
    assert ran.code == 0
    assert truth.title in " ".join(ran.out.split())


def test_status_and_headers_say_what_a_page_came_with(tmp_path: Path) -> None:
    page, headers = tmp_path / "page.html", tmp_path / "headers.txt"
    page.write_text(
        "<html><head><title>Access Denied</title></head><body><h1>Access Denied</h1></body></html>"
    )
    headers.write_text("HTTP/1.1 301 Moved\nLocation: /x\n\nHTTP/2 403\nServer: AkamaiGHost\n")
    assert extracted(page, "--url", URL, "--headers", headers)["kind"] == "refused"
    assert extracted(page, "--url", URL, "--status", 404)["kind"] in {"not_found", "refused"}


def test_the_last_block_of_a_header_file_counts() -> None:
    text = (
        "HTTP/1.1 302 Found\r\nLocation: /b\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX: a:b\r\n"
    )
    assert parse_header_file(text) == (200, (("content-type", "text/html"), ("x", "a:b")))


def refused(ran: CommandResult, code: int) -> str:
    assert ran.code == code
    assert ran.out == ""
    assert ran.err.startswith("milwire: ")
    assert ran.err.count("\n") == 1
    assert "Traceback" not in ran.err
    return ran.err


@pytest.mark.parametrize("url", ["", "nonsense", "ftp://www.example.mil/x", "http://[broken", "https://"])
def test_a_bad_address_is_wrong_usage_in_one_line(url: str, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<p>x")
    assert "--url" in refused(run_here("extract", tmp_path / "page.html", "--url", url), 2)


def test_a_missing_file_is_wrong_usage_in_one_line(tmp_path: Path) -> None:
    refused(run_here("extract", tmp_path / "none.html", "--url", URL), 2)


def test_a_file_without_end_is_refused_before_it_fills_memory() -> None:
    assert "larger than" in refused(run_here("extract", "/dev/zero", "--url", URL), 1)


def test_an_article_that_lacks_its_title_is_a_failure_in_one_line(
    practice: tuple[Path, str, Fields, bytes, str], tmp_path: Path
) -> None:
    file, url, truth, _, _ = practice
    torn = tmp_path / "torn.html"
    text = file.read_text(encoding="utf-8")
    start = text.index("<body")
    torn.write_text(
        text[:start] + text[start:].replace(truth.title, "").replace("<h1", "<p").replace("</h1", "</p")
    )
    ran = run_here("extract", torn, "--url", url)
    if ran.code:  # another way to the title is as good: metadata names it too
        refused(ran, 1)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff\xfe\x00binary\x1f\x8b",
        b"<html><body>" + b"<div>" * 50_000,
        b"<rss><channel><item><title>broken",
        b"<html><head><meta charset=utf-16></head><body><h1>wrong charset</h1>",
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><rss>&a;</rss>',
    ],
    ids=["empty", "binary", "deeply nested", "broken feed", "wrong charset", "entities"],
)
def test_hostile_pages_get_an_answer_or_one_line(content: bytes, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_bytes(content)
    ran = run_here("extract", page, "--url", URL, "--json")
    assert ran.code in {0, 1}
    if ran.code == 0:
        assert json.loads(ran.out)["kind"] in {"other", "listing", "feed", "refused", "not_found", "article"}
    else:
        refused(ran, 1)


def test_escape_sequences_in_a_page_never_reach_the_terminal(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        "<html><head><meta property='og:type' content='article'><meta property='og:title'"
        " content='\x1b[31mRed\x9b'></head><body><article><h1>\x1b[31mRed</h1><p>Text \x1b]0;x\x07 text.</p>"
        "</article></body></html>",
        encoding="utf-8",
    )
    for arguments in ((), ("--json",)):
        ran = run_here("extract", page, "--url", "https://www.example.com/a/b", *arguments)
        assert not {"\x1b", "\x9b", "\x07"} & set(ran.out + ran.err)


def test_the_time_of_a_feed_is_no_printed_day(tmp_path: Path) -> None:
    file = tmp_path / "feed.xml"
    item = "<title>A</title><link>https://a.mil/s/1</link><pubDate>Fri, 06 Mar 2026 02:00:00 GMT</pubDate>"
    file.write_text(f"<rss version='2.0'><channel><item>{item}</item></channel></rss>")
    (entry,) = cast("list[dict[str, object]]", extracted(file, "--url", "https://a.mil/rss")["entries"])
    assert (entry["published"], entry["published_at"]) == (None, "2026-03-06T02:00:00Z")


def test_a_reader_that_fails_is_one_line_with_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(page: object, hint: str | None = None) -> None:
        raise IndexError

    monkeypatch.setattr(registry, "choose_platform", fail)
    (tmp_path / "page.html").write_text("<html><body><p>made up</p></body></html>")
    ran = run_here("extract", tmp_path / "page.html", "--url", "https://www.x.mil/News/Article/1/a/")
    assert ran.code == 1
    assert ran.err == "milwire: https://www.x.mil/News/Article/1/a/: the reader failed: IndexError\n"
