"""Robots, gate, redirects, private addresses: pure rules first, then over the wire to a scripted host."""

import gzip
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from crawler.crawl.pagination import CrawlPlan
from crawler.parsing import robots
from crawler.politeness.resolver import PublicResolver, is_public
from storage.models import Confidence, Page, Role, Source, Verdict
from tests.support.practice_crawls import QUICK, crawl

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HTML = {"Content-Type": "text/html"}
RULES = (
    b"User-agent: *\nDisallow: /private/\nCrawl-delay: 7\n\nUser-agent: milwire\nDisallow: /News/Article/2/\n"
)


def page(
    status: int = 200, content: bytes = b"", url: str = "https://www.example.mil/", **headers: str
) -> Page:
    return Page(url, status, tuple(headers.items()), content)


# robots.txt


@pytest.mark.parametrize(
    ("answer", "means"),
    [
        (page(200, RULES), robots.RobotsStatus.RULES),
        (page(200, b""), robots.RobotsStatus.RULES),
        (page(404, b"<html>"), robots.RobotsStatus.NONE),
        (page(410), robots.RobotsStatus.NONE),
        (page(400), robots.RobotsStatus.NONE),
        (page(401), robots.RobotsStatus.UNKNOWN),
        (page(403, b"<html>"), robots.RobotsStatus.UNKNOWN),
        (page(429), robots.RobotsStatus.UNKNOWN),
        (page(500), robots.RobotsStatus.UNKNOWN),
        (page(503), robots.RobotsStatus.UNKNOWN),
        (page(301), robots.RobotsStatus.UNKNOWN),
        (page(200, b"\xef\xbb\xbf\r\n<!DOCTYPE html><html>"), robots.RobotsStatus.UNKNOWN),
        (None, robots.RobotsStatus.UNKNOWN),
    ],
)
def test_what_an_answer_for_robots_means(answer: Page | None, means: robots.RobotsStatus) -> None:
    assert robots.classify_answer(answer) is means


def test_our_own_group_of_rules_wins_over_the_general_one() -> None:
    rules = robots.RobotsRules(RULES.decode())
    assert not rules.allows_url("https://www.example.mil/News/Article/2/")
    assert rules.allows_url("https://www.example.mil/private/")
    assert rules.delay_s == 0


def test_general_rules_hold_where_we_are_not_named() -> None:
    rules = robots.RobotsRules("User-agent: *\nDisallow: /*Print.aspx\nCrawl-delay: 7")
    assert not rules.allows_url("https://www.example.mil/News/Print.aspx?Article=1")
    assert rules.allows_url("https://www.example.mil/News/")
    assert rules.delay_s == 7


@pytest.mark.parametrize("asked", ["-3", "nan", "soon", ""])
def test_a_senseless_crawl_delay_is_none(asked: str) -> None:
    assert robots.RobotsRules(f"User-agent: *\nCrawl-delay: {asked}").delay_s == 0


def test_a_crawl_delay_is_at_most_a_day() -> None:
    assert robots.RobotsRules("User-agent: *\nCrawl-delay: 1e12").delay_s <= 86_400


def test_unknown_rules_allow_nothing() -> None:
    assert not robots.RobotsRules(known=False).allows_url("https://www.example.mil/")


def test_a_byte_order_mark_hides_no_rule() -> None:
    assert robots.decode_rules(page(200, b"\xef\xbb\xbfUser-agent: *")).startswith("User-agent")


def test_a_copy_is_fresh_for_a_day_and_stands_in_for_another() -> None:
    hours = [robots.is_fresh_copy(NOON, NOON + timedelta(hours=h)) for h in (0, 23, 24)]
    assert hours == [True, True, False]
    assert not robots.is_fresh_copy(NOON, NOON - timedelta(hours=1)), "a copy from the future is looked at again"
    assert [robots.is_usable_copy(NOON, NOON + timedelta(hours=h)) for h in (25, 47, 48)] == [True, True, False]


# Private addresses


@pytest.mark.parametrize(
    "literal",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "240.0.0.1",
        "::1",
        "::",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:7f00:1::",
    ],
)
def test_these_addresses_are_not_public(literal: str) -> None:
    assert not is_public(literal)


@pytest.mark.parametrize(
    "literal", ["8.8.8.8", "214.13.1.1", "2600:1406::1", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_these_addresses_are_public(literal: str) -> None:
    assert is_public(literal)


def test_a_name_with_one_private_address_is_refused_whole_unless_allowed() -> None:
    resolver = PublicResolver(None)
    found = [(socket.AF_INET, "8.8.8.8"), (socket.AF_INET, "10.0.0.1")]
    assert resolver._drop_private("news.example", found) == []
    assert resolver.find_refused_address("news.example:8080") == "10.0.0.1"
    resolver.allow_private("News.example:8080")
    assert resolver._drop_private("news.example", found) == found
    assert resolver.find_refused_address("news.example") is None
    resolver.forbid_private("news.example:8080")
    assert resolver._drop_private("news.example", found) == []























# Over the wire


@dataclass
class Reply:
    """What a path answers."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=lambda: HTML)


class Host:
    """A host on loopback whose every answer is scripted; what it was asked is kept."""

    def __init__(self, replies: dict[str, Reply]) -> None:
        self.replies = replies
        self.asked: list[tuple[str, float]] = []
        host = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                host.asked.append((self.path, time.monotonic()))
                reply = host.replies.get(self.path, Reply(404))
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.name = f"127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]

    def source(self, scheme: str = "http") -> Source:
        return Source(
            id="scripted",
            host=self.name,
            organization="Scripted",
            branch="practice",
            platform="afpims",
            section="news",
            listing_url=f"{scheme}://{self.name}/News/",
            feed_url=None,
            confidence=Confidence.HIGH,
            private=True,
        )


@pytest.fixture
def host() -> Iterator[Host]:
    scripted = Host({"/News/": Reply(body=listing(1, 2))})
    yield scripted
    scripted.close()


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "milwire.db"


def listing(*numbers: int) -> bytes:
    items = "".join(
        f'<listing-with-preview article-id="{n}" article-title="Story {n}" publish-date-ap="Nov. {n}, 2026"'
        f' article-url-or-link="/News/Article/{n}/story/"></listing-with-preview>'
        for n in numbers
    )
    return f'<html><body><div class="alist-inner alist-more-here">{items}</div></body></html>'.encode()


def test_a_disallowed_release_is_denied_and_never_asked_for(host: Host, database: Path) -> None:
    host.replies["/robots.txt"] = Reply(body=RULES, headers={"Content-Type": "text/plain"})
    crawled = crawl(database, host.source())
    assert "/News/Article/2/story/" not in host.paths
    assert "/News/Article/1/story/" in host.paths
    denied = [look for look in crawled.of(Role.ARTICLE) if look.verdict is Verdict.ROBOTS_DENIED]
    assert [look.address.number for look in denied] == ["2"]
    assert len(crawled.result.failures) == 1


def test_a_crawl_delay_is_kept(host: Host, database: Path) -> None:
    host.replies["/robots.txt"] = Reply(body=b"User-agent: *\nCrawl-delay: 0.3\n")
    crawl(database, host.source(), CrawlPlan(limit=1))
    times = [at for _, at in host.asked]
    assert times[2] - times[1] >= 0.3


def test_robots_is_looked_for_behind_redirects_of_the_same_host(host: Host, database: Path) -> None:
    host.replies["/robots.txt"] = Reply(301, headers={"Location": "/rules.txt"})
    host.replies["/rules.txt"] = Reply(body=b"User-agent: *\nDisallow: /\n")
    crawled = crawl(database, host.source())
    assert host.paths == ["/robots.txt", "/rules.txt"]
    assert len(crawled.result.failures) == 1
    assert "robots" in crawled.result.failures[0]


def test_a_redirected_release_is_read_where_it_went(host: Host, database: Path) -> None:
    host.replies["/News/Article/1/story/"] = Reply(301, headers={"Location": "/News/Article/1/new-slug/"})
    crawled = crawl(database, host.source())
    assert "/News/Article/1/new-slug/" in host.paths
    looks = [look for look in crawled.of(Role.ARTICLE) if look.address.number == "1"]
    assert [look.page.url.endswith("/new-slug/") for look in looks if look.page] == [True]


def test_a_redirect_off_the_site_is_recorded_and_not_followed(host: Host, database: Path) -> None:
    elsewhere = "https://www.other.mil/News/Article/1/story/"
    host.replies["/News/Article/1/story/"] = Reply(302, headers={"Location": elsewhere})
    crawled = crawl(database, host.source())
    looks = [look for look in crawled.of(Role.ARTICLE) if look.verdict is Verdict.REDIRECTED]
    assert [look.redirect_url for look in looks] == [elsewhere]


@pytest.mark.parametrize(
    ("body", "encoding", "verdict"),
    [
        (gzip.compress(b"0" * 4_000_000, mtime=0), "gzip", Verdict.TOO_LARGE),
        (b"this is no gzip", "gzip", Verdict.UNREADABLE),
        (b"this is no deflate", "deflate", Verdict.UNREADABLE),
        (b"<div>" * 150_000, "identity", Verdict.UNREADABLE),
        (b"", "identity", Verdict.UNREADABLE),
    ],
    ids=["gzip bomb", "broken gzip", "broken deflate", "deep nesting", "empty"],
)
def test_a_hostile_body_is_one_line_and_no_more(
    host: Host, database: Path, body: bytes, encoding: str, verdict: Verdict
) -> None:
    host.replies["/News/"] = Reply(body=body, headers={**HTML, "Content-Encoding": encoding})
    crawled = crawl(database, host.source(), config=replace(QUICK, max_bytes=1_000_000))
    assert [look.verdict for look in crawled.of(Role.LISTING)] == [verdict]
    assert len(crawled.result.failures) == 1
    assert "\n" not in crawled.result.failures[0]


def test_a_host_without_a_secure_connection_is_unreachable(host: Host, database: Path) -> None:
    crawled = crawl(database, host.source("https"))
    assert len(crawled.result.failures) == 1
    assert "robots.txt" in crawled.result.failures[0]
    assert {look.verdict for look in crawled.of(Role.ROBOTS)} == {Verdict.UNREACHABLE}


def test_a_host_that_is_not_there_is_one_line(database: Path) -> None:
    gone = Host({})
    gone.close()
    crawled = crawl(database, gone.source())
    assert len(crawled.result.failures) == 1
    assert "refused" in crawled.result.failures[0]
