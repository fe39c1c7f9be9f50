"""Every page in a real browser: nothing forbidden is tried, nothing asked of others, nothing cut off."""

import re
from collections.abc import Iterator

import pytest

from tests.support import history_database
from tests.support.browse_server import serve_browse
from tests.support.chromium import CHROMIUM, Browser, open_browser

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here"),
]
WING = history_database.WING
SAVED = (
    "new_releases_by_day newsrooms months?newsroom= month?month=2026-03 search?words=wing edited taken_down "
    "returned suspects moved_and_unlisted site_wide quarantine "
    f"newsroom?newsroom={WING} as_of?newsroom={WING}&date=2026-03-04"
).split()
OURS = ("", "milwire/releases/1", "milwire/releases/2", "milwire", *(f"milwire/{name}" for name in SAVED))
DATASETTE = (
    "milwire/events",
    "milwire/events?_facet=kind&_facet_date=at&kind__not=found",
    "milwire/revisions?_search=wing&_sort=title",
    "milwire/current_releases",
    "milwire/runs",
    "milwire/postings/1",
    "milwire/events/1",
    "milwire?sql=select+*+from+releases+where+id+%3D+:number&number=1",
    "milwire?sql=select+nothing",
    "milwire?sql=delete+from+releases",
    "milwire?_show_hidden=1",
    "-/versions",
    "-/plugins",
    "-/settings",
    "-/metadata",
    "-/actor",
)
REFUSED = (
    "nothing",
    "milwire/nothing",
    "milwire/releases/99999",
    "-/patterns",
    "-/messages",
    "-/permissions",
    "-/allow-debug",
    "-/logout",
    "-/create-token",
)
SIZES = ((1280, 900, False), (390, 844, True))
# What sticks out of the window, or out of a box that cannot be scrolled.
CUT = """[...document.querySelectorAll("main *, header *")].filter(function (one) {
  var box = one.getBoundingClientRect();
  return box.width && box.left >= 0 && box.right > innerWidth + 1 && !one.closest(".table-wrapper, .mw-wide");
}).map(function (one) { return one.outerHTML.slice(0, 120); })"""

# Fields that a screen reader has no name for.
UNNAMED = """[...document.querySelectorAll("input:not([type=hidden], [type=submit]), select, textarea")]
  .filter(one => !one.labels.length && !one.ariaLabel).map(one => one.name)"""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a database with a story and give the address."""
    path = tmp_path_factory.mktemp("chromium") / "story.db"
    store = history_database.make_history(path)
    history_database.add_rare_events(store)
    store.close()
    with serve_browse(path) as address:
        yield address


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Return a browser."""
    with open_browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.mark.parametrize("page", [*OURS, *DATASETTE, *REFUSED])
def test_a_page_keeps_to_the_policy_and_fits_the_window(browser: Browser, base: str, page: str) -> None:
    for width, height, dark in SIZES:
        browser.show_as(width, height, dark=dark)
        browser.problems.clear()
        browser.requests.clear()
        browser.open(base + page)
        assert browser.evaluate(
            "document.querySelector('.mw-header nav a[href=\"/milwire/edited\"]') !== null"
        )
        assert browser.evaluate("document.querySelectorAll('h1').length") == 1
        assert browser.evaluate("document.documentElement.scrollWidth") == width
        assert browser.evaluate(CUT) == []
        assert browser.evaluate(UNNAMED) == []
        back = re.findall(r"\d+", browser.evaluate("getComputedStyle(document.body).backgroundColor"))
        assert (sum(map(int, back)) < 200) == dark
        assert [one for one in browser.requests if not one.startswith(base)] == []
        assert browser.problems == []


@pytest.mark.parametrize("name", [name.partition("?")[0] for name in SAVED])
def test_no_table_of_a_saved_query_is_cut_off_at_1280(browser: Browser, base: str, name: str) -> None:
    browser.show_as(1280, 900, dark=False)
    browser.open(base + next(f"milwire/{one}" for one in SAVED if one.partition("?")[0] == name))
    tables = "[...document.querySelectorAll('.table-wrapper')]"
    assert browser.evaluate(f"{tables}.filter(one => one.scrollWidth > one.clientWidth + 1).length") == 0


def test_the_browser_would_tell_of_inline_style_and_script(browser: Browser, base: str) -> None:
    browser.open(base)
    browser.problems.clear()
    browser.evaluate("document.body.setAttribute('style', 'color: red')")
    browser.evaluate(
        "document.body.appendChild(document.createElement('script')).textContent = 'window.ran = 1'"
    )
    assert browser.evaluate("window.ran") is None
    assert len(browser.problems) == 2


def test_the_controls_of_datasette_work(browser: Browser, base: str) -> None:
    browser.show_as(1280, 900, dark=False)
    browser.problems.clear()
    browser.open(f"{base}milwire/events")
    icon = "document.querySelector('th[data-column=kind] svg')"
    browser.evaluate(f"{icon}.dispatchEvent(new MouseEvent('click', {{bubbles: true}}))")
    facet = browser.evaluate("document.querySelector('.dropdown-facet').href")
    assert browser.evaluate("document.querySelector('.dropdown-menu').style.display") == "block"
    browser.open(facet)
    assert "edited" in browser.evaluate("document.querySelector('.facet-info').innerText")
    browser.open(f"{base}milwire")
    browser.evaluate("document.querySelector('#sql-editor').value = 'select 40 + 2 as answer'")
    browser.click_and_wait("form.sql input[type=submit]")
    assert browser.evaluate("document.querySelector('td').innerText") == "42"
    browser.evaluate("document.querySelector('#mw-words').value = 'wing'")
    browser.click_and_wait(".mw-search button")
    assert "/milwire/search?words=wing" in browser.evaluate("location.href")
    assert browser.problems == []
