"""Every request passes robots.txt and the gate of its host; over the wire, to a scripted host."""

import gzip
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from crawler.crawl.pagination import CrawlPlan
from storage.models import Confidence, Role, Source, Verdict
from tests.support.practice_crawls import QUICK, crawl

HTML = {"Content-Type": "text/html"}
RULES = (
    b"User-agent: *\nDisallow: /private/\nCrawl-delay: 7\n\nUser-agent: milwire\nDisallow: /News/Article/2/\n"
)


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
                if "Content-Length" not in reply.headers:
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
    assert len(crawled.result.failures) == 2  # it, and that none of the releases could be read


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


PLAIN = {"Content-Type": "text/plain", "Content-Length": "900"}


def test_a_robots_txt_that_breaks_off_allows_nothing(host: Host, database: Path) -> None:
    host.replies["/robots.txt"] = Reply(body=b"User-agent: *\nDisallow: /pri", headers=PLAIN)
    crawled = crawl(database, host.source())
    assert host.paths == ["/robots.txt"]
    assert [(look.verdict, look.page is not None) for look in crawled.of(Role.ROBOTS)] == [
        (Verdict.UNREADABLE, True)
    ]


def test_a_packed_robots_txt_is_whole_by_its_own_end_whatever_its_length(host: Host, database: Path) -> None:
    packed = gzip.compress(RULES, mtime=0)
    host.replies["/robots.txt"] = Reply(body=packed, headers={**PLAIN, "Content-Encoding": "gzip"})
    crawl(database, host.source())
    assert "/News/Article/1/story/" in host.paths
    assert "/News/Article/2/story/" not in host.paths


@pytest.mark.parametrize("name", ["/robots.txt", "/News/Article/1/story/"])
def test_a_404_is_read_whatever_its_length(host: Host, database: Path, name: str) -> None:
    body = gzip.compress(b"<html><body>Page not found</body></html>", mtime=0)
    host.replies[name] = Reply(404, body, {**HTML, "Content-Length": "900", "Content-Encoding": "gzip"})
    crawled = crawl(database, host.source())
    assert Verdict.UNREADABLE not in {look.verdict for look in crawled.of(Role.ROBOTS)}
    firsts = [look.verdict for look in crawled.of(Role.ARTICLE) if look.address.number == "1"]
    assert firsts == [Verdict.GONE]


def test_a_redirect_with_a_name_and_password_is_one_clear_line(host: Host, database: Path) -> None:
    location = f"http://joe:secret@{host.name}/News/Article/1/new/"
    host.replies["/News/Article/1/story/"] = Reply(302, headers={"Location": location})
    crawled = crawl(database, host.source())
    lines = [line for line in crawled.result.failures if "name and password" in line]
    assert len(lines) == 1
    assert "secret" not in lines[0]
    assert "internal error" not in " ".join(crawled.result.failures)
    looks = [look for look in crawled.of(Role.ARTICLE) if look.address.number == "1"]
    assert [(look.verdict, look.page is not None) for look in looks] == [(Verdict.REDIRECTED, True)]


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
