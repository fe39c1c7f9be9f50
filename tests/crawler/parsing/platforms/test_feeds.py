"""Feeds: items become entries, and what is no whole feed is one clear error."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.parsing import reader
from crawler.parsing.html import ParseError
from crawler.parsing.platforms import PageKind, feeds
from storage.models import Page

FEED_URL = "https://www.lighthouse.mil/DesktopModules/ArticleCS/RSS.ashx?ContentType=1&Site=7777"
ITEM = "<item><title>A</title><link>https://www.lighthouse.mil/News/Article/{0}/a/</link></item>"
RSS = "<rss version='2.0'><channel><title>x</title>{0}</channel></rss>"


def feed(content: bytes | str, *headers: tuple[str, str]) -> Page:
    raw = content.encode() if isinstance(content, str) else content
    return Page(FEED_URL, 200, headers, raw)


BROKEN = {
    "empty": b"",
    "blank": b" \r\n\t ",
    "HTML": b"<html><body>Sign in</body></html>",
    "text": b"no feed here",
    "binary": bytes(range(256)) * 8,
    "truncated": RSS.format(ITEM.format(1)).encode()[:-30],
    "cut in a tag": RSS.format(ITEM.format(1)).encode()[:60],
    "unclosed": b"<rss version='2.0'><channel>" + b"<item>" * 5000,
    "site map": b"<urlset><url><loc>https://www.lighthouse.mil/</loc></url></urlset>",
    "addresses that are none": RSS.format(
        "<item><title>A</title><link>javascript:x()</link></item>"
    ).encode(),
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_what_is_no_whole_feed_is_one_clear_line(content: bytes) -> None:
    with pytest.raises(ParseError) as error:
        reader.read_page(feed(content))
    assert "\n" not in str(error.value)
    assert str(error.value).startswith(f"{FEED_URL}: feed: ")


def test_html_sent_as_a_feed_is_an_error_wherever_it_comes_from() -> None:
    page = Page(
        "https://x.mil/news/rss", 200, (("content-type", "application/rss+xml"),), b"<html>Sign in</html>"
    )
    with pytest.raises(ParseError, match="not RSS or Atom"):
        reader.read_page(page)


def test_a_feed_without_items_is_an_empty_listing() -> None:
    read = reader.read_page(feed(RSS.format("")))
    assert read.kind is PageKind.FEED
    assert read.listing
    assert read.listing.entries == ()
    assert read.reason == "nothing listed"


def test_entity_bombs_and_external_entities_are_harmless(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("TOP", encoding="ascii")
    entities = "".join(f"<!ENTITY e{n} '{f'&e{n - 1};' * 10}'>" for n in range(1, 12))
    doctype = f"<!DOCTYPE r [<!ENTITY e0 'aaaa'>{entities}<!ENTITY x SYSTEM '{secret.as_uri()}'>]>"
    listing = feeds.read_feed(feed(doctype + RSS.format(ITEM.format(1).replace(">A<", ">A &e11; &x;<"))))
    assert len(listing.entries[0].title) < 100
    assert "TOP" not in listing.entries[0].title


def test_the_body_is_never_taken_for_a_file_name(tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    path.write_text(RSS.format(ITEM.format(1)), encoding="utf-8")
    with pytest.raises(ParseError, match="not RSS or Atom"):
        feeds.read_feed(feed(str(path)))


SPELLINGS = {
    "byte order mark": b"\xef\xbb\xbf" + RSS.format(ITEM.format(7)).encode(),
    "white space first": b"\r\n  <?xml version='1.0'?>" + RSS.format(ITEM.format(7)).encode(),
    "UTF-16": ("<?xml version='1.0' encoding='utf-16'?>" + RSS.format(ITEM.format(7))).encode("utf-16"),
    "wrong label": b"<?xml version='1.0' encoding='us-ascii'?>"
    + RSS.format(ITEM.format(7).replace(">A<", ">Å<")).encode(),
    "HTML entity": RSS.format(ITEM.format(7).replace(">A<", ">A&nbsp;B<")).encode(),
}


@pytest.mark.parametrize("content", SPELLINGS.values(), ids=SPELLINGS)
def test_feeds_are_read_in_the_spellings_servers_use(content: bytes) -> None:
    assert [entry.address.number for entry in feeds.read_feed(feed(content)).entries] == ["7"]


def test_times_are_gmt_and_have_their_source() -> None:
    item = ITEM.format(7).replace("</item>", "<pubDate>Sat, 16 Jan 2016 14:00:00 GMT</pubDate></item>")
    entry = feeds.read_feed(feed(RSS.format(item))).entries[0]
    assert entry.published_at == datetime(2016, 1, 16, 14, tzinfo=UTC)
    assert (entry.published_source, entry.published_on) == ("rss", None)


def test_an_html_page_that_links_a_feed_is_no_feed() -> None:
    page = Page(
        "https://x.mil/", 200, (), b"<!DOCTYPE html><html><body>How to read <rss version='2.0'></body></html>"
    )
    assert not feeds.is_sent_as_feed(page)


@pytest.mark.parametrize(
    "raw", ["0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00", "Mon, 99 Foo 2024", "x" * 9999]
)
def test_an_impossible_date_costs_the_date_alone(raw: str) -> None:
    item = ITEM.format(7).replace("</item>", f"<pubDate>{raw}</pubDate></item>")
    entry = feeds.read_feed(feed(RSS.format(item))).entries[0]
    assert (entry.address.number, entry.published_at) == ("7", None)


def served_feed(items: str, before: str = "", after: str = "") -> Page:
    body = f'{before}<rss version="2.0"><channel><title>News</title>{items}</channel></rss>{after}'
    return Page("https://www.example.mil/rss", 200, (("content-type", "text/xml"),), body.encode())


ONE_ITEM = "<item><title>{title}</title><link>https://www.example.mil/News/Article/1/slug/</link></item>"


@pytest.mark.parametrize(
    "reference", ["&#55357;&#56832;", "&#xD800;", "&#x110000;", "&#9999999999;", "&#xDFFF"]
)
def test_a_reference_that_names_no_character_costs_that_character_alone(reference: str) -> None:
    listing = feeds.read_feed(served_feed(ONE_ITEM.format(title=f"Bridge {reference} open")))
    assert [entry.address.number for entry in listing.entries] == ["1"]
    assert "Bridge" in listing.entries[0].title
    assert "open" in listing.entries[0].title


@pytest.mark.parametrize("tail", ["<script>b()</script>", "\n<!-- cached --><img src='/1.gif'>", "\n\n junk"])
def test_what_a_cache_appends_to_a_feed_is_ignored(tail: str) -> None:
    assert len(feeds.read_feed(served_feed(ONE_ITEM.format(title="One"), after=tail)).entries) == 1


def test_a_whole_page_quoted_in_an_item_does_not_make_the_feed_a_page() -> None:
    quoted = "<description><![CDATA[<!DOCTYPE html><html><body>Text</body></html>]]></description>"
    item = ONE_ITEM.format(title="One").replace("<link>", f"{quoted}<link>")
    assert len(feeds.read_feed(served_feed(item)).entries) == 1


def test_a_page_that_mentions_a_feed_is_no_feed() -> None:
    content = b"<!doctype html><html><body><pre><rss version='2.0'></pre></body></html>"
    assert not feeds.is_feed(Page("https://www.example.mil/", 200, (), content))
    assert not feeds.is_feed(Page("https://www.example.mil/", 200, (), b"<html><!-- <rss > --></html>"))


@pytest.mark.parametrize("guid", ["note-17", "urn:uuid:1", "tag:example.mil,2026:1"])
def test_an_opaque_guid_is_no_address(guid: str) -> None:
    items = f"<item><title>Note</title><guid>{guid}</guid></item>{ONE_ITEM.format(title='One')}"
    assert [entry.title for entry in feeds.read_feed(served_feed(items)).entries] == ["One"]


def test_a_guid_written_as_an_address_is_one() -> None:
    items = "<item><title>Note</title><guid>https://www.example.mil/News/Article/2/x/</guid></item>"
    assert [entry.address.number for entry in feeds.read_feed(served_feed(items)).entries] == ["2"]


@pytest.mark.parametrize("broken", ["", "<x:y>z</x:y>", "<b>open \x0b"])
@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("R&D office opens", "R&D office opens"),
        ("R&amp;D office opens", "R&D office opens"),
        ("<![CDATA[R&D office opens]]>", "R&D office opens"),
        ("Q&A: what is next", "Q&A: what is next"),
        ("Sailors & Marines", "Sailors & Marines"),
        ("AT&T; and others", "AT&T; and others"),
        ("Visit &copy; 2026, R&D", "Visit \u00a9 2026, R&D"),
    ],
)
def test_a_bare_ampersand_stays_what_it_is(written: str, read: str, broken: str) -> None:
    item = f"<item><title>{written}</title><link>https://www.a.mil/s?a=1&b=2</link></item>"
    content = f'<rss version="2.0"><channel>{broken}{item}</channel></rss>'
    (entry,) = feeds.read_feed(feed(content)).entries
    assert (entry.title, entry.address.url) == (read, "https://www.a.mil/s?a=1&b=2")


def test_a_string_of_net_names_utf_16_and_is_sent_as_utf_8() -> None:
    content = '<?xml version="1.0" encoding="utf-16"?>' + RSS.format(ITEM.format(1).replace("A<", "Año<"))
    assert [entry.title for entry in feeds.read_feed(feed(content)).entries] == ["Año"]


def test_a_link_that_equals_its_guid_is_an_address_though_relative() -> None:
    item = '<item><title>A</title><link>/n/7/</link><guid isPermaLink="false">/n/7/</guid></item>'
    found = feeds.read_feed(feed(RSS.format(item))).entries
    assert [entry.address.url for entry in found] == ["https://www.lighthouse.mil/n/7/"]


def test_an_atom_feed_whose_elements_have_a_prefix_is_read() -> None:
    content = (
        '<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:entry><a:title>A</a:title>'
        '<a:link href="https://www.lighthouse.mil/n/7/"/></a:entry></a:feed>'
    )
    assert [entry.title for entry in feeds.read_feed(feed(content)).entries] == ["A"]
