"""The DVIDS API is a source of stories, pictures and videos; its key is on the wire and nowhere else."""

import gzip
import json
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from crawler.config import DVIDS_KEY_VARIABLE
from crawler.politeness import api_keys
from crawler.politeness.api_keys import ApiKey
from tests.support.cli import CommandResult, run_here

SECRET = "key-5f0e+made/up"  # made up; its signs are written differently in an address
ROBOTS = "User-agent: *\nDisallow:\n"
STORY = """<!DOCTYPE html><html><head><meta property="og:site_name" content="DVIDS"></head><body>
<h1 class="asset-title">Ferry crosses the sound</h1><div class="news-body"><p>The ferry crossed.</p></div>
<table class="asset_info_table"><tr><td>Date Posted:</td><td>03.05.2026 05:36</td></tr>
<tr><td>Story ID:</td><td>470001</td></tr></table></body></html>"""


@dataclass
class Api:
    """A server on 127.0.0.1 that answers as the API and as the site."""

    base: str = ""
    asked: list[str] = field(default_factory=list)
    answers: dict[str, tuple[int, dict[str, str], str]] = field(default_factory=dict)


def serve(api: Api) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            api.asked.append(self.path)
            path = self.path.partition("?")[0]
            if "page=2" in self.path:
                path += "#2"
            status, headers, body = api.answers.get(path, (404, {}, "{}"))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *args: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    api.base = f"http://127.0.0.1:{server.server_port}"
    return server


def answer(content: object) -> tuple[int, dict[str, str], str]:
    return 200, {"Content-Type": "application/json"}, json.dumps(content)


@pytest.fixture
def api() -> Iterator[Api]:
    found = Api()
    server = serve(found)
    item = {"date_published": "2026-03-06T02:36:00Z", "unit_name": "12th Example Group"}
    news = {"id": "news:470001", "title": "Ferry crosses", "url": f"{found.base}/news/470001/ferry"}
    image = {"id": "image:880001", "title": "Ferry", "url": f"{found.base}/image/880001/ferry"}
    video = {"id": "video:990001", "title": "Ferry moves", "url": f"{found.base}/video/990001/x"}
    info = {"total_results": 3, "results_per_page": 2}
    asset = {"date_published": "2026-03-05T21:36:00-05:00", "description": "The ferry.", "credit": "Ada Wick"}
    found.answers = {
        "/robots.txt": (200, {"Content-Type": "text/plain"}, ROBOTS),
        "/search": answer({"page_info": info, "results": [news | item, image | item]}),
        "/search#2": answer({"page_info": info, "results": [video | item]}),
        "/asset": answer({"results": image | asset | {"seen": SECRET}}),
        "/news/470001/ferry": (200, {"Content-Type": "text/html"}, STORY),
    }
    yield found
    server.shutdown()
    server.server_close()


@pytest.fixture
def home(tmp_path: Path, api: Api) -> Path:
    (tmp_path / "milwire.toml").write_text(
        f'contact = "tests@example.mil"\ndelay = 0.01\ncool_down = 0\ndvids_api = "{api.base}"\n'
    )
    return tmp_path


def run(home: Path, *arguments: str, key: str = SECRET) -> CommandResult:
    env = {DVIDS_KEY_VARIABLE: key} if key else {}
    return run_here(*arguments, "--db", home / "milwire.db", env=env)


def add(home: Path, api: Api) -> CommandResult:
    url = f"{api.base}/search?type=news&sort=publishdate"
    return run(home, "sources", "add", url, "--id", "ferry", "--allow-private")


def find_secret(home: Path) -> list[str]:
    written = {SECRET.encode(), SECRET.replace("+", "%2B").replace("/", "%2F").encode()}
    files = {path.name: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    archives = {name: gzip.decompress(raw) for name, raw in files.items() if name.endswith(".gz")}
    assert archives
    return [name for name, raw in (*files.items(), *archives.items()) if any(each in raw for each in written)]


def test_a_list_of_the_api_is_a_newsroom(home: Path, api: Api, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    added = add(home, api)
    assert added.code == 0, added.err
    crawled = run(home, "crawl", "ferry", "--backfill")
    shown = run(home, "search", "ferry", "--json")
    assert "Ferry crosses the sound" in shown.out
    assert "asset?id=image:880001" in shown.out
    keyed = [path for path in api.asked if "api_key=" in path]
    assert {path.partition("?")[0] for path in keyed} == {"/search", "/asset"}
    assert all("api_key=key-5f0e%2Bmade%2Fup" in path for path in keyed)
    assert any("page=2" in path for path in keyed)
    said = "".join((added.out, added.err, crawled.out, crawled.err, shown.out, caplog.text))
    assert SECRET not in said
    assert "%2Bmade" not in said
    assert find_secret(home) == []


def test_a_redirect_takes_the_key_nowhere(home: Path, api: Api) -> None:
    other = Api()
    server = serve(other)
    try:
        assert add(home, api).code == 0
        for target in (f"{other.base}/search?type=news", f"{api.base}/elsewhere?api_key={SECRET}"):
            api.answers["/search"] = (302, {"Location": target}, "")
            run(home, "crawl", "ferry")
        assert not any("api_key" in path for path in other.asked)
        assert not any("made" in path for path in api.asked if path.startswith("/elsewhere"))
        assert find_secret(home) == []
    finally:
        server.shutdown()
        server.server_close()


def test_without_a_key_nothing_is_asked_and_the_variable_is_named(home: Path, api: Api) -> None:
    assert add(home, api).code == 0
    before = len(api.asked)
    ran = run(home, "crawl", "ferry", key="")
    assert DVIDS_KEY_VARIABLE in ran.err + ran.out
    assert not any(path.startswith("/search") for path in api.asked[before:])


def test_a_key_in_an_address_is_refused_and_not_repeated(home: Path, api: Api) -> None:
    ran = run(home, "sources", "add", f"{api.base}/search?api_key={SECRET}", "--allow-private")
    assert ran.code != 0
    assert DVIDS_KEY_VARIABLE in ran.err
    assert SECRET not in ran.err
    assert api.asked == []


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("https://api.dvidshub.net/search?type=news", True),
        ("https://api.dvidshub.net/asset", True),
        ("https://api.dvidshub.net:443/search", False),
        ("http://api.dvidshub.net/search", False),
        ("https://api.dvidshub.net.example.com/search", False),
        ("https://api.dvidshub.net@example.com/search", False),
        ("https://www.dvidshub.net/search", False),
        ("https://api.dvidshub.net/searching", False),
        ("https://api.dvidshub.net/robots.txt", False),
        ("https://[broken/search", False),
    ],
)
def test_only_the_api_itself_gets_the_key(url: str, wanted: bool) -> None:
    assert ApiKey("https://api.dvidshub.net", SECRET).belongs_to(url) is wanted
    assert ApiKey("https://api.dvidshub.net", SECRET).belongs_to(url.encode()) is wanted


@pytest.mark.parametrize("secret", ["", "short", "key with\nline", "schl\u00fcssel-123"])
def test_what_cannot_be_a_key_is_none(secret: str) -> None:
    assert api_keys.load_api_key("https://api.dvidshub.net", {DVIDS_KEY_VARIABLE: secret}).secret == ""


def test_a_key_does_not_show_itself() -> None:
    assert SECRET not in repr(ApiKey("https://api.dvidshub.net", SECRET))
