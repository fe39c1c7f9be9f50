"""Site maps are somebody else's XML: read as far as the protocol goes, and never further."""

import contextlib
import gzip
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.parsing import sitemaps
from crawler.parsing.html import ParseError
from storage.models import Page

HOME = "https://www.example.mil/"
SPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def page(content: str | bytes, url: str = f"{HOME}sitemap.xml") -> Page:
    return Page(url, 200, (), content.encode() if isinstance(content, str) else content)


def urlset(*locations: str) -> str:
    rows = "".join(f"<url><loc> {each} </loc><lastmod>2026-01-01</lastmod></url>" for each in locations)
    return f'<?xml version="1.0" encoding="utf-8"?><urlset {SPACE}>{rows}</urlset>'


def index(*locations: str) -> str:
    rows = "".join(f"<sitemap><loc>{each}</loc></sitemap>" for each in locations)
    return f"<sitemapindex {SPACE}>{rows}</sitemapindex>"


def problem(content: str | bytes) -> str:
    with pytest.raises(ParseError) as caught:
        sitemaps.read_sitemap(page(content))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_list_names_the_pages_of_its_site_in_order_and_once() -> None:
    result = urlset(
        "http://www.example.mil/News/Article/12/a/",
        "https://www.example.mil/News/Display/Article/12/b/",
        "/About/",
        "https://www.other.mil/News/Article/13/c/",
        "mailto:x@example.mil",
        "",
    )
    found = sitemaps.read_sitemap(page(result))
    assert [(each.key, each.url) for each in found.pages] == [
        ("12", "https://www.example.mil/News/Display/Article/12/b/"),
        ("https://www.example.mil/About/", "https://www.example.mil/About/"),
    ]
    assert (found.foreign, found.maps) == (2, ())


def test_an_index_names_further_maps_of_its_site() -> None:
    found = sitemaps.read_sitemap(page(index("/a.xml", f"{HOME}a.xml", "https://elsewhere.mil/b.xml")))
    assert (found.maps, found.pages, found.foreign) == ((f"{HOME}a.xml",), (), 1)


def test_a_map_without_a_namespace_or_with_comments_is_read() -> None:
    result = (
        "<!-- made by hand --><urlset><!-- none --><url><!-- c --><loc>/News/Article/5/</loc></url></urlset>"
    )
    assert [each.number for each in sitemaps.read_sitemap(page(result)).pages] == ["5"]


def test_a_packed_map_is_read_whatever_its_address() -> None:
    packed = gzip.compress(urlset("/News/Article/7/x/").encode())
    assert [each.number for each in sitemaps.read_sitemap(page(packed)).pages] == ["7"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"<html><body>Sorry</body></html>", "begins with <html>"),
        (b"<urlset><url>", "breaks off"),
        (b"<urlset><url><loc>/News/Article/12", "breaks off"),
        (b"<urlset><url><loc>/News/Article/1/</loc></url><!-- </urlset> and no more", "breaks off"),
        (b"<!DOCTYPE html><html><body><pre><urlset></urlset></pre></body></html>", "begins with <!DOCTYPE"),
        (b"Sorry, come back later.", "neither XML nor a list of addresses"),
        (b"\x1f\x8bnothing at all, in spite of its mark", "damaged gzip"),
        (gzip.compress(b"<urlset/>", mtime=0)[:-9], "cut off"),
        (b"<urlset>" + b"<url>" * 100_000, "breaks off"),
    ],
)
def test_what_is_no_site_map_says_so(content: bytes, said: str) -> None:
    assert said in problem(content)


def test_entities_are_neither_fetched_nor_blown_up() -> None:
    doctype = '<!DOCTYPE urlset [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    secret = f"{doctype}<urlset><url><loc>/&f;</loc></url></urlset>"
    assert "document type" in problem(secret)
    assert "document type" in problem(secret.encode("utf-16"))
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<!DOCTYPE urlset [<!ENTITY l0 "ha">{laughs}]><urlset><url><loc>/&l9;</loc></url></urlset>'
    assert "site map: " in problem(bomb)


def test_a_packed_map_that_unpacks_without_end_is_refused() -> None:
    assert "bytes unpacked" in problem(gzip.compress(bytes(sitemaps.MAX_BYTES + 1)))


@pytest.mark.heavy
def test_more_addresses_than_the_protocol_allows_are_left_out_with_a_problem() -> None:
    found = sitemaps.read_sitemap(
        page(urlset(*(f"/News/Article/{n}/" for n in range(sitemaps.MAX_ADDRESSES + 1))))
    )
    assert (len(found.pages), found.is_cut) == (sitemaps.MAX_ADDRESSES, True)


@pytest.mark.parametrize(
    "content",
    [
        "<urlset><url><loc>/News/Article/1/?a=1&b=2&copy=3</loc></url></urlset>",
        "<urlset><url><loc><![CDATA[/News/Article/1/?a=1&b=2]]></loc></url></urlset>",
        "<urlset><url><loc>/News/Article/1/</loc><image:i><image:loc>/p.jpg</image:loc></image:i></url></urlset>",
        "<urlset><url><loc>/News/Article/1/</loc><xhtml:link hreflang='de' href='/de/'/></url></urlset>",
        "<sm:urlset><sm:url><sm:loc>/News/Article/1/</sm:loc></sm:url></sm:urlset>",
        "\ufeff" + urlset("/News/Article/1/"),
        "\ufeff\n\n" + urlset("/News/Article/1/"),
        "<br />\n<b>Notice</b>: Undefined index in map.php\n" + urlset("/News/Article/1/"),
        urlset("/News/Article/1/") + "<script>beacon()</script><!-- cached 14:02 -->\n<p",
        urlset("/News/Article/1/").replace("</lastmod>", "</lastmod><title>\x0b &#xD800; &nbsp; < B</title>"),
        urlset("/News/Article/1/").upper().replace("/NEWS/ARTICLE", "/News/Article"),
        f"{HOME}News/Article/1/",
        f"\ufeff{HOME}News/Article/1/\r\n\r\nnot an address\r\n",
        f"<rss><channel><item><link>{HOME}News/Article/1/?x=1&amp;y=2</link></item></channel></rss>",
        "<feed xmlns='http://www.w3.org/2005/Atom'><entry><link href='/News/Article/1/'/></entry></feed>",
    ],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress, lambda raw: gzip.compress(raw) + b"\n\nfrom a cache"])
def test_maps_that_others_read_are_read(content: str, pack: Callable[[bytes], bytes]) -> None:
    assert [each.number for each in sitemaps.read_sitemap(page(pack(content.encode()))).pages] == ["1"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "cp1252"])
def test_a_map_is_read_in_its_encoding(encoding: str) -> None:
    packed = gzip.compress(urlset("/News/Article/1/", "/Über/").encode(encoding)[:40])
    packed += gzip.compress(urlset("/News/Article/1/", "/Über/").encode(encoding)[40:])
    found = sitemaps.read_sitemap(page(packed))
    assert [each.url for each in found.pages] == [f"{HOME}News/Article/1/", f"{HOME}%C3%9Cber/"]


def test_an_address_with_an_unreadable_character_is_left_out() -> None:
    found = sitemaps.read_sitemap(page(urlset("/News/Article/1/", "/a&#xD800;b/")))
    assert ([each.number for each in found.pages], found.foreign) == (["1"], 1)


@pytest.mark.parametrize(
    "hostile",
    [
        b"<urlset>" + b"<!--" * 200_000 + b"</urlset>",
        b"<urlset>" + b"<loc>" * 200_000 + b"</urlset>",
        b"<urlset><loc>" + b" " * 1_000_000 + b"</urlset>",
        b"<urlset" + b" " * 1_000_000,
        b"<urlset " * 200_000,
        gzip.compress(b"") * 50_000 + gzip.compress(b"<urlset></urlset>"),
    ],
)
def test_hostile_maps_take_no_time(hostile: bytes) -> None:
    before = time.process_time()
    with contextlib.suppress(ParseError):
        sitemaps.read_sitemap(page(hostile))
    assert time.process_time() - before < 2


@settings(max_examples=50)
@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_else(content: bytes) -> None:
    with contextlib.suppress(ParseError):
        sitemaps.read_sitemap(page(content))


def test_robots_lines_name_the_maps_relative_ones_too() -> None:
    text = "User-agent: *\nDisallow: /x\nSitemap: /DesktopModules/SiteData/SiteMap.ashx\nsitemap:/b.xml\n"
    text += "Sitemap: https://www.elsewhere.mil/c.xml\n"
    assert sitemaps.find_sitemap_urls(text, HOME) == (
        f"{HOME}DesktopModules/SiteData/SiteMap.ashx",
        f"{HOME}b.xml",
    )


def test_without_a_line_the_usual_places_are_tried() -> None:
    assert sitemaps.find_sitemap_urls("User-agent: *", HOME) == (
        f"{HOME}DesktopModules/SiteData/SiteMap.ashx",
        f"{HOME}sitemap.xml",
    )


def toured(files: dict[str, str], start: str, max_maps: int = 20) -> sitemaps.SiteMapQueue:
    tour = sitemaps.SiteMapQueue([HOME + start], max_maps)
    while url := tour.take_next_url():
        tour.read_file(url, page(files[url.removeprefix(HOME)], url))
    return tour


def test_a_tour_reads_an_index_and_its_lists_once_each() -> None:
    files = {
        "i": index("/a", "/b", "/i"),
        "a": urlset("/News/Article/1/"),
        "b": urlset("/News/Article/1/", "/News/Article/2/"),
    }
    tour = toured(files, "i")
    assert sorted(tour.pages) == ["1", "2"]
    assert len(tour.requested_urls) == 3
    assert tour.problems == []


def test_a_tour_does_not_go_deeper_than_it_may() -> None:
    files = {str(n): index(f"/{n + 1}") for n in range(1, 9)}
    tour = toured(files, "1")
    assert len(tour.requested_urls) == sitemaps.MAX_DEPTH
    assert "left out" in tour.problems[0]


def test_a_tour_ends_after_so_many_files_and_says_so() -> None:
    files = {"i": index(*(f"/{n}" for n in range(30)))} | {str(n): urlset() for n in range(30)}
    tour = toured(files, "i", 5)
    assert len(tour.requested_urls) == 5
    assert tour.problems == ["site map: 26 of its files were left out, 5 were read"]


def test_a_broken_file_does_not_end_a_tour() -> None:
    tour = toured({"i": index("/a", "/b"), "a": "nonsense", "b": urlset("/News/Article/2/")}, "i")
    assert list(tour.pages) == ["2"]
    assert len(tour.problems) == 1


def test_a_quoted_address_may_hold_brackets() -> None:
    found = sitemaps.read_sitemap(
        page("<urlset><url><loc><![CDATA[https://www.example.mil/n?a[]=1]]></loc></url></urlset>")
    )
    assert [address.url for address in found.pages] == ["https://www.example.mil/n?a%5B%5D=1"]


def test_a_prefix_of_the_items_alone_is_enough() -> None:
    found = sitemaps.read_sitemap(page("<urlset><sm:url><sm:loc>/Article/1/a/</sm:loc></sm:url></urlset>"))
    assert [address.number for address in found.pages] == ["1"]


def test_the_bare_name_of_a_host_is_the_site_of_its_map() -> None:
    found = sitemaps.read_sitemap(
        page("<urlset><url><loc>https://example.mil/News/Article/1/a/</loc></url></urlset>")
    )
    assert [(address.site, address.number) for address in found.pages] == [("www.example.mil", "1")]
    assert found.foreign == 0


def test_comments_in_a_text_file_are_no_addresses() -> None:
    found = sitemaps.read_sitemap(page("# made by hand\nhttps://www.example.mil/News/Article/1/a/\n"))
    assert [address.number for address in found.pages] == ["1"]


def test_robots_names_maps_at_any_line_end_and_in_any_spelling() -> None:
    named = sitemaps.find_sitemap_urls("Sitemap: /a.xml\rSITEMAPS: /b.xml\rSite-map: /c.xml", HOME)
    assert [url.rpartition("/")[2] for url in named] == ["a.xml", "b.xml", "c.xml"]
