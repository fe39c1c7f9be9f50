"""What a page is: refusals, absent pages and other things are separated before anything is read."""

from http import HTTPStatus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.parsing import reader
from crawler.parsing.html import ParseError
from crawler.parsing.platforms import PageKind
from storage.models import Page
from tests.support.paths import PAGES

URL = "https://www.lighthouse.mil/News/Article/3700103/keepers-watch/"
LIST_URL = "https://www.lighthouse.mil/News/"

# As the server sends it: upper-case tags, address and reference in numeric entities.
AKAMAI = b"""<HTML><HEAD>
<TITLE>Access Denied</TITLE>
</HEAD><BODY>
<H1>Access Denied</H1>

You don't have permission to access "http&#58;&#47;&#47;www&#46;lighthouse&#46;mil&#47;" on this server.<P>
Reference&#32;&#35;18&#46;1a2b3c4d&#46;1700000000&#46;5e6f7a8b
<P>https&#58;&#47;&#47;errors&#46;edgesuite&#46;net&#47;18&#46;1a2b3c4d&#46;1700000000&#46;5e6f7a8b</P>
</BODY>
</HTML>
"""
WALLS = {
    "Akamai as sent": AKAMAI,
    "Akamai in lower case": AKAMAI.lower(),
    "Akamai with a curly apostrophe": AKAMAI.replace(b"don't", "don’t".encode()),
    "Akamai in entities throughout": b"<TITLE>&#65;&#99;cess Denied</TITLE> You don&#39;t have permission to "
    b"access x on this server. Reference&#32;&#35;18&#46;1",
    "Akamai challenge": b'<html><body><div id="sec-if-cpt-container"></div></body></html>',
    "Cloudflare": b"<html><head><title>Just a moment...</title></head><body></body></html>",
    "Imperva": b'<html><iframe src="/_Incapsula_Resource?x">Incident ID: 1-2</iframe></html>',
    "F5": b"<title>Request Rejected</title>The requested URL was rejected. Your support ID is: 1",
}


def page(content: bytes, status: int = 200, url: str = URL) -> Page:
    return Page(url, status, (), content)


@pytest.mark.parametrize("content", WALLS.values(), ids=WALLS)
@pytest.mark.parametrize("status", [200, 403, 503, 404])
def test_a_wall_is_a_refusal_with_and_without_its_status(content: bytes, status: int) -> None:
    assert reader.read_page(page(content, status)).kind is PageKind.REFUSED


def test_a_page_that_writes_about_walls_is_no_wall() -> None:
    words = b"<p>" + b"The clerk said that " * 200 + b"</p>"
    assert reader.read_page(page(AKAMAI + words, url=LIST_URL)).kind is PageKind.OTHER


STATUSES = {
    401: PageKind.REFUSED,
    403: PageKind.REFUSED,
    429: PageKind.REFUSED,
    404: PageKind.NOT_FOUND,
    410: PageKind.NOT_FOUND,
    500: PageKind.OTHER,
    503: PageKind.OTHER,
    301: PageKind.OTHER,
    304: PageKind.OTHER,
}


@pytest.mark.parametrize(("status", "kind"), STATUSES.items())
def test_a_status_other_than_success_is_never_read(status: int, kind: PageKind) -> None:
    listing = (PAGES / "afpims" / "listing_components.html").read_bytes()
    read = reader.read_page(page(listing, status))
    assert read.kind is kind
    assert read.reason == f"status {status}"
    assert read.listing is None


def test_a_page_saved_without_its_status_counts_as_answered() -> None:
    assert reader.read_page(page(b"<html><h1>404 - Page not found!</h1></html>")).kind is PageKind.OTHER


def test_an_article_address_that_shows_the_newsroom_is_a_listing() -> None:
    listing = (PAGES / "afpims" / "listing_components.html").read_bytes()
    assert reader.read_page(page(listing)).kind is PageKind.LISTING


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf", b"Sitemap: /s.ashx\r\n", b"# hello\n\n"])
def test_a_robots_file_is_nothing_to_read(start: bytes) -> None:
    read = reader.read_page(page(start + b"User-agent: *\nDisallow: /*Print.aspx\n", url=LIST_URL))
    assert (read.kind, read.reason) == (PageKind.OTHER, "robots.txt")


def test_the_catalogue_is_not_believed_about_a_page_that_shows_nothing_of_it() -> None:
    read = reader.read_page(page(b"<html><title>Sign in</title><body><form></form></body></html>"), "afpims")
    assert (read.kind, read.platform) == (PageKind.OTHER, None)


def test_a_bad_address_is_one_clear_line() -> None:
    with pytest.raises(ValueError, match="not a web address") as error:
        reader.read_page(page(b"x", url="no address"))
    assert "\n" not in str(error.value)


LISTING = (PAGES / "afpims" / "listing_components.html").read_bytes()
STORY = (PAGES / "army" / "printed.html").read_bytes()
HOSTILE = {
    "empty": b"",
    "blank": b" \r\n",
    "zeros": b"\0" * 5000,
    "every byte": bytes(range(256)) * 100,
    "PDF": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + bytes(range(128, 256)) * 50,
    "gzip": b"\x1f\x8b\x08" + bytes(range(256)) * 20,
    "text": b"Hello.",
    "JSON": b'{"data": [1, 2, {"a": null}]}',
    "one bracket": b"<",
    "brackets": b"<" * 100_000,
    "deep list": LISTING.replace(b"<nav>", b"<div>" * 50_000 + b"<nav>"),
    "deep story": STORY.replace(b"<article>", b"<article>" + b"<blockquote>" * 50_000),
    "wide": b"<html><body>" + b"<p>x</p>" * 20_000,  # the cost is in proportion
    "long attribute": b'<html><a href="' + b"x" * 2_000_000 + b'">x</a>',
    "open comment": b"<html><!-- " + LISTING,
    "UTF-16": LISTING.decode().encode("utf-16"),
    "UTF-16 without mark": LISTING.decode().encode("utf-16-le"),
    "Latin-1 said to be UTF-8": LISTING.decode().encode("latin-1", "replace") + b"\xe9\xe8",
    "unknown charset": b'<meta charset="x-no-such"><p>\xe9</p>',
    "charset of another thing": b'<meta charset="hex"><p>\xe9</p>',
    "feed in name only": b"<rss",
}


def kind_or_line(asked: Page, platform: str | None = None) -> str:
    """Return the kind of a page, or its error."""
    try:
        return reader.read_page(asked, platform).kind
    except ParseError as error:
        return str(error)


@pytest.mark.heavy
@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("platform", [None, "afpims", "army"])
@pytest.mark.parametrize("url", [URL, LIST_URL, "https://x.mil/DesktopModules/ArticleCS/RSS.ashx?Site=1"])
def test_hostile_pages_are_a_kind_or_one_clear_line(content: bytes, platform: str | None, url: str) -> None:
    result = kind_or_line(page(content, url=url), platform)
    assert result in set(PageKind) or result.startswith(url)
    assert "\n" not in result
    assert len(result) < 500


@pytest.mark.parametrize("cut", range(0, len(LISTING), 97))
def test_a_list_cut_anywhere_is_a_list_or_nothing(cut: int) -> None:
    assert kind_or_line(page(LISTING[:cut], url=LIST_URL)) in {PageKind.LISTING, PageKind.OTHER}


@given(st.binary(max_size=300), st.sampled_from([200, *map(int, HTTPStatus)]))
def test_any_bytes_are_a_kind_or_one_clear_line(content: bytes, status: int) -> None:
    for start in (b"", b"<html><body>", b"<rss version='2.0'>", b'<story-card article-url="/Article/5/">'):
        result = kind_or_line(page(start + content, status))
        assert result in set(PageKind) or (result.startswith(URL) and "\n" not in result)


@pytest.mark.parametrize("host", ["www.lighthouse.mil", "www.army.mil"])
def test_a_page_that_says_not_found_is_no_story(host: str) -> None:
    words = b"<p>" + b"The page that you asked for has moved to another place on this site. " * 20 + b"</p>"
    result = kind_or_line(
        page(b"<html><body><h1>404 - Page not found</h1>" + words, url=f"https://{host}/article/281234/x")
    )
    assert result == PageKind.OTHER


@pytest.mark.parametrize(
    "error", [ValueError("x"), RecursionError(), UnicodeEncodeError("utf-8", "x", 0, 1, "y")]
)
def test_any_exception_of_a_reader_is_one_clear_line(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(reader, "_read_markup", fail)
    page = Page("https://www.example.mil/News/Article/1/x/", 200, (), b"<html>hello</html>")
    with pytest.raises(ParseError, match=f"the reader failed: {type(error).__name__}"):
        reader.read_page(page)


@pytest.mark.parametrize(
    "content",
    [
        b"<rss <a>&#xD800;",
        b"<rss <g>&#x110000;",
        b"<rss <n>&#9999999999;",
        b'<h1><template><d class="da_black">t',
    ],
)
def test_bytes_that_once_broke_a_reader_are_a_reading_or_one_clear_line(content: bytes) -> None:
    page, line = Page("https://www.example.mil/News/Article/1/x/", 200, (), content), ""
    try:
        reader.read_page(page)
    except ParseError as error:
        line = str(error)
    assert "\n" not in line
