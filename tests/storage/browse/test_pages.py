"""The database in a browser: readable, read-only, harmless."""

import asyncio
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from storage import browse
from storage.browse import pages
from storage.models import EventKind
from storage.queries import asof, releases, search
from storage.queries.filters import Filter
from storage.store import Store
from tests.support import history_database
from tests.support.browse_server import serve_browse
from tests.support.sample_database import BROKEN, HOSTILE, JAPAN, KOREA, make_sample

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
Get = Callable[[str], httpx.Response]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("browse") / "some name.db"
    make_sample(path).close()
    return path


@pytest.fixture(scope="module")
def get(path: Path) -> Iterator[Get]:
    """Return a function that asks the application for a page."""
    app = browse.make_datasette(path)

    def ask(address: str) -> httpx.Response:
        response: httpx.Response = asyncio.run(app.client.get(address))
        return response

    yield ask
    for database in app.databases.values():
        database.close()
    app.executor.shutdown()


@pytest.fixture(scope="module")
def edited(path: Path) -> int:
    """Return the release that was edited and has two copies."""
    store = Store.open(path, read_only=True)
    (found,) = releases.list_releases(store, Filter(kind=EventKind.EDITED))
    store.close()
    return found.id


def rows(get: Get, address: str) -> list[dict[str, Any]]:
    response = get(address)
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = response.json()
    return found


def test_the_front_page_shows_releases_newsrooms_and_what_failed(get: Get) -> None:
    text = get("/").text
    for shown in (
        "Exercise ends",
        "주한미군, 연합훈련 실시",
        "在日米軍、共同訓練",
        KOREA,
        "listing: 403 from www.broken.mil",
    ):
        assert shown in text
    assert re.search(rf'class="mw-failed">\s*<a[^>]*>{BROKEN}<', text)
    assert re.search(rf'class="mw-ok">\s*<a[^>]*>{KOREA}<', text)


def test_an_empty_database_says_what_to_do(tmp_path: Path) -> None:
    Store.open(tmp_path / "empty.db").close()
    app = browse.make_datasette(tmp_path / "empty.db")
    assert "milwire crawl" in asyncio.run(app.client.get("/")).text
    app.executor.shutdown()


def test_a_release_has_a_page_to_read(get: Get, edited: int) -> None:
    text = get(f"/milwire/releases/{edited}").text
    for shown in ("Exercise ends", "CAMP PRACTICE, South Korea", "Staff Sgt. A. Maker", "Photo by A. Maker"):
        assert shown in text
    for shown in ("www.korea.mil", "www.japan.mil", "edited", "1,200", "1,250", ".warc.gz:"):
        assert shown in text
    assert "number of troops was changed from 1,200 to 1,250" in text
    assert "a number changed, the headline is part of it, 1 other copy does not have the edit" in text


def test_a_sentence_is_made_of_whatever_a_query_passes() -> None:
    assert pages.describe_sql_change("tags", '["a"]', '["a", "b"]') == "The tag “b” was added."
    assert pages.describe_sql_change("body", None, "x") == "The whole text was added (1 paragraph)."
    assert pages.describe_sql_change("body", "x" * 60_000, "y" * 60_000) is None
    assert pages.describe_sql_change(None, 3, b"x") is None
    assert pages.describe_sql_change("tags", "no JSON", "[") is None


def test_no_stored_markup_reaches_the_browser(get: Get, edited: int) -> None:
    addresses = [
        "/",
        f"/milwire/releases/{edited}",
        "/milwire/releases",
        "/milwire/revisions",
        "/milwire/events",
        "/milwire/edits",
        "/milwire/edited",
        "/milwire/new_releases_by_day",
        f"/milwire/search?words={quote(HOSTILE)}",
        "/milwire/search?words=alert",
    ]
    texts = [get(address).text for address in addresses]
    assert any("&lt;script&gt;alert(1)" in text for text in texts)
    for address, text in zip(addresses, texts, strict=True):
        assert "<script>alert" not in text, address
        assert 'href="javascript:' not in text, address


def test_internal_tables_are_hidden(get: Get) -> None:
    tables = get("/milwire.json").json()["tables"]
    hidden = {table["name"] for table in tables if table["hidden"]}
    shown = {table["name"] for table in tables if not table["hidden"]}
    assert hidden >= {"changes", "hosts", "listed_articles", "posting_sources", "sources", "posting_states"}
    described = {
        "alarms",
        "captures",
        "events",
        "looks",
        "postings",
        "releases",
        "revisions",
        "run_days",
        "runs",
    }
    assert shown == described


def test_every_saved_query_answers_and_has_a_title(get: Get) -> None:
    saved = browse.load_metadata()["databases"]["milwire"]["queries"]
    for name, query in saved.items():
        assert query["title"]
        assert query["description"]
        assert get(f"/milwire/{name}.json?_shape=array").status_code == 200, name


def test_every_described_table_and_column_exists(get: Get) -> None:
    for name, about in browse.load_metadata()["databases"]["milwire"]["tables"].items():
        response = get(f"/milwire/{name}.json?_size=0")
        assert response.status_code == 200, name
        named = {*about.get("columns", ()), *about.get("facets", ()), about.get("sort_desc", "id")}
        if not about.get("hidden"):
            assert named <= {*response.json()["columns"], "id"}, name


def test_saved_queries_are_about_new_releases_newsrooms_and_months(get: Get) -> None:
    newest = rows(get, "/milwire/new_releases_by_day.json?_shape=array")
    assert newest[0]["title"] == "=Range hours change"
    newsrooms = {
        row["newsroom"]: row["releases"] for row in rows(get, "/milwire/newsrooms.json?_shape=array")
    }
    assert (newsrooms[KOREA], newsrooms[JAPAN]) == (3, 2)
    one = rows(get, f"/milwire/newsroom.json?_shape=array&newsroom={JAPAN}")
    assert [row["title"] for row in one] == ["Exercise ends", "在日米軍、共同訓練"]
    months = rows(get, f"/milwire/months.json?_shape=array&newsroom={JAPAN}")
    assert [(row["month"], row["releases"]) for row in months] == [("2026-01", 1), ("2025-12", 1)]
    assert [row["title"] for row in rows(get, "/milwire/month.json?_shape=array&month=2025-12")] == [
        "在日米軍、共同訓練"
    ]
    assert {row["field"] for row in rows(get, "/milwire/edited.json?_shape=array")} == {"title", "body"}
    assert {row["field"]: row["sentence"] for row in rows(get, "/milwire/edited.json?_shape=array")} == {
        "title": f"The headline was changed from “Exercise {HOSTILE} ends” to “Exercise ends”.",
        "body": "The number of troops was changed from 1,200 to 1,250.",
    }
    assert rows(get, "/milwire/taken_down.json?_shape=array") == []


@pytest.mark.parametrize(
    "words", ["troops", "평택", "共同訓練", '"1,200 troops"', "", '"', "NEAR(", "troops 평택"]
)
def test_the_browser_finds_what_the_command_line_finds(path: Path, get: Get, words: str) -> None:
    found = rows(get, f"/milwire/search.json?_shape=array&words={quote(words)}")
    store = Store.open(path, read_only=True)
    hits = search.search_releases(store, words)
    store.close()
    assert [(row["release_id"], row["excerpt"]) for row in found] == [
        (hit.release, hit.excerpt) for hit in hits
    ]


def test_titles_newsrooms_and_times_are_readable_links(get: Get, edited: int) -> None:
    text = get("/milwire/new_releases_by_day").text
    assert f'<a href="/milwire/releases/{edited}">Exercise ends</a>' in text
    assert f'<a href="/milwire/newsroom?newsroom={KOREA}">{KOREA}</a>' in text
    assert re.search(r'<time datetime="2026-01-31T10[^"]*Z" title="[^"]*">2026-01-31 10:01 UTC</time>', text)


@pytest.fixture(scope="module")
def story_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("browse") / "story.db"
    store = history_database.make_history(path)
    history_database.add_rare_events(store)
    store.close()
    return path


@pytest.fixture(scope="module")
def of_story(story_path: Path) -> Iterator[Get]:
    """Return a function that asks for a page about the database with a story."""
    app = browse.make_datasette(story_path)

    def ask(address: str) -> httpx.Response:
        response: httpx.Response = asyncio.run(app.client.get(address))
        return response

    yield ask
    for database in app.databases.values():
        database.close()
    app.executor.shutdown()


def test_a_release_shows_its_edits_with_the_words_marked(of_story: Get) -> None:
    text = of_story("/milwire/releases/1").text
    assert "The wing counted <del>1,200</del><ins>1,250</ins> troops on Friday." in text
    assert "negation, number" in text


def test_a_release_shows_its_removal_the_copy_still_live_and_our_gaps(of_story: Get) -> None:
    text = of_story("/milwire/releases/2").text
    for shown in (
        "3 looks over 8 h; the site answered not found; the rest of the site was working: ",
        f"still live at https://{history_database.BASE_SITE}/",
        "no looks for 9 d 16 h",
        "sha256:",
        "HTTP 404",
    ):
        assert shown in text
    assert "delete" not in text.replace("<del>", "")


def test_the_front_page_shows_the_latest_changes(of_story: Get) -> None:
    text = of_story("/").text
    assert text.index("mw-event-returned") < text.index("mw-event-removed") < text.index("mw-event-edited")
    assert "changed since it was last seen; number, quote" in text


def test_saved_queries_show_edits_takedowns_returns_suspects_and_site_changes(of_story: Get) -> None:
    found = {
        name: rows(of_story, f"/milwire/{name}.json?_shape=array")
        for name in ("edited", "taken_down", "returned", "suspects", "moved_and_unlisted", "site_wide")
    }
    assert [(row["title"], row["kinds"]) for row in found["edited"]] == [
        (history_database.TITLES[history_database.EDITED], "negation, number, rewritten")
    ]
    assert [row["state_now"] for row in found["taken_down"]] == ["removed"]
    assert [row["state_now"] for row in found["returned"]] == ["live"]
    assert found["returned"][0]["days_absent"] > 0
    assert found["taken_down"][0]["evidence"].endswith(
        f"still live at https://{history_database.BASE_SITE}/News/Article/502/story/"
    )
    assert [row["changed_fields"] for row in found["returned"]] == [1]
    assert [row["title"] for row in found["suspects"]] == [history_database.TITLES[history_database.SUSPECT]]
    assert [row["kind"] for row in found["moved_and_unlisted"]] == [
        "relisted",
        "unlisted",
        "renamed",
        "moved",
    ]
    assert [row["kind"] for row in found["site_wide"]] == ["site_moved", "site_changed"]


@pytest.mark.parametrize(
    "name",
    [
        *("edited", "taken_down", "returned", "suspects", "moved_and_unlisted", "site_wide"),
        *(f"newsroom?newsroom={history_database.WING}", "month?month=2026-03", "new_releases_by_day"),
    ],
)
def test_a_saved_query_goes_on_where_its_page_ended(of_story: Get, name: str) -> None:
    path, _, query = name.partition("?")
    address = f"/milwire/{path}.json?_shape=array&{query}"
    found = rows(of_story, address)
    assert found
    for number, row in enumerate(found[:-1]):
        if row["page_key"] != found[number + 1]["page_key"]:
            later = rows(of_story, f"{address}&older_than={row['page_key']}")
            assert later == found[number + 1 :]
    assert rows(of_story, f"{address}&older_than={found[-1]['page_key']}") == []


def test_a_full_page_leads_to_older_releases(tmp_path: Path) -> None:
    store = make_sample(tmp_path / "many.db")
    with store.db.conn as connection:
        for number in range(1000, 1110):
            connection.execute(
                "INSERT INTO releases SELECT ?1, 'Clone ' || ?1, published_on, organization, "
                "first_seen_at, content_hash, NULL, revision_id FROM releases WHERE id = 1",
                (number,),
            )
            connection.execute(
                "INSERT INTO postings "
                "(id, title, site, url, release_id, since_at, first_seen_at, last_seen_at, key) "
                "SELECT ?1, title, site, url || ?1, ?1, since_at, first_seen_at, last_seen_at, ?1 "
                "FROM postings WHERE id = 1",
                (number,),
            )
            connection.execute(
                "INSERT INTO posting_sources VALUES (?, ?, '2026-01-31', NULL)", (number, KOREA)
            )
    store.close()
    app = browse.make_datasette(tmp_path / "many.db")
    first = asyncio.run(app.client.get(f"/milwire/newsroom?newsroom={KOREA}")).text
    found = re.search(r'rel="next" href="([^"]+)"', first)
    assert found
    second = asyncio.run(app.client.get(found[1].replace("&amp;", "&"))).text
    titles = [set(re.findall(r">(Clone \d+)<", text)) for text in (first, second)]
    assert not titles[0] & titles[1]
    assert len(titles[0] | titles[1]) == 110
    assert 'rel="next"' not in second
    app.executor.shutdown()


def test_the_saved_query_about_a_day_is_the_command_of_the_same_name(of_story: Get, story_path: Path) -> None:
    found = rows(
        of_story, f"/milwire/as_of.json?_shape=array&newsroom={history_database.WING}&date=2026-03-04"
    )
    store = Store.open(story_path, read_only=True)
    expected = asof.read_as_of(store, history_database.WING, asof.parse_day_or_instant("2026-03-04"))
    store.close()
    shown = {(one.posting, one.state, one.revision) for one in (*expected.shown, *expected.absent)}
    assert {(row["url"], row["state"], row["revision"]) for row in found} == shown
    assert rows(of_story, "/milwire/as_of.json?_shape=array&newsroom=&date=some+day") == []


def test_sides_of_an_edit_are_marked_in_a_saved_query(of_story: Get) -> None:
    text = of_story("/milwire/edited").text
    assert "counted <del>1,200</del> troops" in text
    assert "counted <ins>1,250</ins> troops" in text


def test_only_web_addresses_become_links() -> None:
    assert pages.is_web_address("https://www.korea.mil/")
    assert pages.is_web_address("HTTP://www.korea.mil/")
    for other in ("javascript:alert(1)", "data:text/html,x", "//x.mil", "", " https://x.mil"):
        assert not pages.is_web_address(other)


def test_an_edit_shows_what_differs_not_the_whole_text() -> None:
    long = "Filler words. " * 100
    shown = pages.cut_difference(f"{long}1,200 troops{long}", f"{long}1,250 troops{long}")
    assert shown
    assert "1,200 troops" in shown
    assert len(shown) < 300
    assert pages.cut_difference(None, "new") is None
    assert pages.cut_difference("same", "same") == "same"
    assert pages.cut_difference(["a"], ["a", "훈련"]) == '["a"]'


def test_the_database_cannot_be_written_from_the_browser(get: Get) -> None:
    response = get("/milwire.json?sql=delete+from+releases")
    assert response.status_code == 400
    assert get("/milwire/releases.json").json()["filtered_table_rows_count"] > 0


def test_the_browser_sees_what_a_crawl_has_just_written(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "live.db")
    app = browse.make_datasette(tmp_path / "live.db")
    assert asyncio.run(app.client.get("/milwire/runs.json")).json()["rows"] == []
    store.start_run(KOREA, "crawl", store.clock())
    assert len(asyncio.run(app.client.get("/milwire/runs.json")).json()["rows"]) == 1
    store.close()
    app.executor.shutdown()


def test_a_server_gives_its_address_and_a_taken_port_is_one_line(path: Path) -> None:
    with serve_browse(path) as base:
        assert httpx.get(base).status_code == 200
        port = base.rstrip("/").rpartition(":")[2]
        with pytest.raises(
            OSError, match=rf"^127\.0\.0\.1:{port}: cannot listen there: Address already in use$"
        ):
            browse.serve_database(path, "127.0.0.1", int(port), print)


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")
def test_a_browser_shows_a_release_and_runs_nothing_of_it(path: Path, edited: int, tmp_path: Path) -> None:
    with serve_browse(path) as base:
        front = dump(f"{base}", tmp_path / "one")
        page = dump(f"{base}milwire/releases/{edited}", tmp_path / "two")
    assert "<title>milwire: newest releases</title>" in front
    assert 'name="words"' in front
    assert "<title>Exercise ends</title>" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")
def test_a_browser_strikes_what_was_removed_and_underlines_what_was_added(
    story_path: Path, tmp_path: Path
) -> None:
    with serve_browse(story_path) as base:
        page = httpx.get(f"{base}milwire/releases/1").text
        style = httpx.get(f"{base}assets/milwire.css").text
    page = page.replace("</head>", f"<style>{style}</style></head>").replace(
        "</body>", f"{SHOW_STYLES}</body>"
    )
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    found = dump(f"file://{tmp_path}/page.html", tmp_path / "profile")
    assert "DEL line-through rgb(140, 29, 24)" in found
    assert "INS underline rgb(20, 83, 45)" in found


# What the browser makes of the marks, written where a dump of the document shows it.
SHOW_STYLES = """<p id="shown"></p><script>
document.getElementById("shown").textContent = ["del", "ins"].map(function (name) {
  var style = getComputedStyle(document.querySelector(name));
  return name.toUpperCase() + " " + style.textDecorationLine + " " + style.color;
}).join("; ");
</script>"""


def dump(address: str, profile: Path) -> str:
    """Return a page's document as Chromium has it after running what there is to run."""
    assert CHROMIUM
    flags = (
        "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync --dump-dom "
        "--disable-background-networking --disable-component-update"
    )
    command = [CHROMIUM, *flags.split(), f"--user-data-dir={profile}", address]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
