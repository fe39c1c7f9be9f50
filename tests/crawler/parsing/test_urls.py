"""Addresses: one canonical form, the site behind the host, the number behind the slug."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.parsing import urls
from storage.models import Address

NUMBERED = {
    "tabid .aspx": ("http://www.af.mil/News/ArticleDisplay/tabid/223/Article/637137/a-story.aspx", "637137"),
    "biography .aspx": ("/AboutUs/Biographies/Display/tabid/225/Article/10467/name.aspx", "10467"),
    "number .aspx": ("/News/Article/637137.aspx", "637137"),
    "short": ("/News/Article/2705653/a-slug/", "2705653"),
    "four digits on AFPIMS": ("/News/Article/2026/a-slug", "2026"),
    "four digits on army.mil": ("https://www.army.mil/article/1948/a_slug", "1948"),
    "short, no closing slash": ("/News/Article/2705653/a-slug", "2705653"),
    "no slug at all": ("/News/Article/2705653", "2705653"),
    "with display page": ("/News/Article-View/Article/2100501/a-slug/", "2100501"),
    "doubled word": ("/Explore/News/Article/Article/2412205/a-slug/", "2412205"),
    "by type": ("/News/Releases/Release/Article/4016543/a-slug/", "4016543"),
    "empty slug, two slashes": ("/News/Contracts/Contract/Article/4319114//", "4319114"),
    "upper case": ("/MEDIA/PRESS-RELEASES/Press-Release-View/ARTICLE/3301/slug/", "3301"),
    "lower case (army.mil)": ("/article/281234/a_slug", "281234"),
    "query": ("/News/Article/2705653/a-slug/?source=GovDelivery", "2705653"),
    "print": ("/DesktopModules/ArticleCS/Print.aspx?PortalId=1&ModuleId=850&Article=637137", "637137"),
    "DVIDS story": ("https://www.dvidshub.net/news/512345/crews-reopen-causeway", "512345"),
    "DVIDS story without its slug": ("https://www.dvidshub.net/news/512345", "512345"),
    "AFRICOM": ("https://www.africom.mil/pressrelease/33093/a-slug", "33093"),
    "number in the slug": ("/News/Article/2705653/article-12-of-the-code/", "2705653"),
}
UNNUMBERED = {
    "year": "/news/article/2026/a-slug/",
    "day": "/News/Article/2026/03/05/a-slug",
    "listing": "/News/?Page=2",
    "photo": "/News/Photos/igphoto/2001836771/",
    "photo by query": "/News/Photos.aspx?igphoto=2001836771",
    "photo on an article": "/News/Article/2705653/a-slug/?igphoto=2001836771",
    "article elsewhere in the query": "/News/Search/?Article=12",
    "display page": "/News/Article-Display/",
    "feed": "/DesktopModules/ArticleCS/RSS.ashx?ContentType=1&Site=1&Article=5",
    "dead address": "/submit/display.asp?story_id=105453",
    "category": "/News/Category/749/",
    "number of an unknown site": "/news/512345/a-slug",
    "DVIDS image": "https://www.dvidshub.net/image/512345/a-slug",
    "DVIDS year": "https://www.dvidshub.net/news/2024/a-slug",
    "DVIDS month": "https://www.dvidshub.net/news/2024/05",
    "DVIDS page": "https://www.dvidshub.net/news/page/3",
    "DVIDS day": "https://www.dvidshub.net/news/20240501/12",
    "AFRICOM page": "https://www.africom.mil/pressreleases/2",
}
CANONICAL = {
    "HTTPS://WWW.AF.MIL": "https://www.af.mil/",
    "http://www.af.mil/News/": "https://www.af.mil/News/",
    "http://www.af.mil:80/News/": "https://www.af.mil/News/",
    "https://www.af.mil:443/News/#top": "https://www.af.mil/News/",
    "http://www.defense.gov/News/": "https://www.defense.gov/News/",
    "http://www.af.mil:8080/News/": "http://www.af.mil:8080/News/",
    "http://127.0.0.1:4321/News/": "http://127.0.0.1:4321/News/",
    "http://example.com/a b?q=é&&x=%c3": "http://example.com/a%20b?q=%C3%A9&x=%C3",
    "https://www.dma.mil/a/./b/../c//": "https://www.dma.mil/a/c//",
    "https://www.usfk.mil/News/?Page=2&utm_source=x&UTM_b=y": "https://www.usfk.mil/News/?Page=2",
    "https://www.usfk.mil/News/?source=GovDelivery": "https://www.usfk.mil/News/",
    "https://www.usfk.mil/News/?source=hq": "https://www.usfk.mil/News/?source=hq",
    "https://www.usfk.mil/News/Article/5/Slug//?x=1": "https://www.usfk.mil/News/Article/5/Slug//",
    "https://user:word@www.usfk.mil./x": "https://www.usfk.mil/x",
    "http://saj.usace.afpims.mil/x/": "https://www.saj.usace.army.mil/x/",
    "http://[::1]:8000/x": "http://[::1]:8000/x",
}
SITES = {
    "https://www.defense.gov/x": "www.war.gov",
    "https://dod.defense.gov/x": "www.war.gov",
    "https://WAR.gov/x": "www.war.gov",
    "https://www.war.gov:443/": "www.war.gov",
    "http://media.defense.gov/x": "media.defense.gov",
    "http://aviano.usaf.afpims.mil/News/": "www.aviano.af.mil",
    "http://127.0.0.1:4321/x": "127.0.0.1:4321",
    "http://[::1]:4321/x": "[::1]:4321",
    "https://usfk.mil/News/": "www.usfk.mil",
    "https://www.usfk.mil/News/": "www.usfk.mil",
    "https://unit.example/News/": "unit.example",
    "https://www.unit.example/News/": "www.unit.example",
    "http://usfk.mil:8080/News/": "usfk.mil:8080",
    "https://www.media.defense.gov/x": "www.media.defense.gov",
}


def whole(path: str) -> str:
    return path if path.startswith("http") else "https://www.unit.mil" + path


@pytest.mark.parametrize(("url", "number"), NUMBERED.values(), ids=NUMBERED)
def test_every_shape_of_article_address_carries_its_number(url: str, number: str) -> None:
    assert urls.find_article_number(whole(url)) == number
    assert urls.parse_address(whole(url)).number == number


@pytest.mark.parametrize("url", UNNUMBERED.values(), ids=UNNUMBERED)
def test_other_addresses_carry_no_number(url: str) -> None:
    assert urls.find_article_number(whole(url)) is None


@pytest.mark.parametrize(("url", "wanted"), CANONICAL.items())
def test_an_address_has_one_canonical_form(url: str, wanted: str) -> None:
    assert urls.canonicalize_url(url) == wanted


@pytest.mark.parametrize(("url", "wanted"), SITES.items())
def test_a_site_is_the_host_after_the_alias_table(url: str, wanted: str) -> None:
    assert urls.find_site(url) == wanted


def test_a_relative_link_is_read_against_its_page() -> None:
    assert urls.parse_address("../Article/7/x/", "https://www.usfk.mil/News/?Page=1") == Address(
        "www.usfk.mil", "7", "https://www.usfk.mil/Article/7/x/"
    )


@pytest.mark.parametrize(
    ("link", "site"),
    [
        ("https://unit.example/Article/7/x/", "www.unit.example"),
        ("https://www.unit.example/Article/7/x/", "www.unit.example"),
        ("https://other.unit.example/Article/7/x/", "other.unit.example"),
        ("https://unit.example:81/Article/7/x/", "unit.example:81"),
    ],
)
def test_a_link_to_the_bare_name_of_a_pages_site_stays_on_the_site(link: str, site: str) -> None:
    assert urls.parse_address(link, "https://www.unit.example/News/").site == site


def test_the_key_is_the_number_and_without_one_the_address() -> None:
    assert urls.parse_address("https://www.usfk.mil/News/Article/7/x/").key == "7"
    assert urls.parse_address("https://www.usfk.mil/Statement/").key == "https://www.usfk.mil/Statement/"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "news",
        "ftp://www.af.mil/",
        "javascript:void(0)",
        "mailto:a@b.mil",
        "http://",
        "http://a b/",
        "http://[::1/",
        "http://x:99999/",
        "http://x:port/",
        "https://*.mil/",
        "http://" + "a" * 300 + ".mil/",
        "//www.af.mil/",
    ],
)
def test_what_is_no_web_address_gets_one_clear_line(url: str) -> None:
    with pytest.raises(ValueError, match="not a web address") as error:
        urls.canonicalize_url(url)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "name",
    [
        "localhost",
        "localhost:80",
        "x.localhost",
        "127.0.0.1",
        "127.0.0.1:81",
        "10.1.2.3",
        "192.168.0.1",
        "172.16.0.1",
        "169.254.169.254",
        "0.0.0.0",
        "::1",
        "[::1]:80",
        "fe80::1",
        "fd00::1",
        "::ffff:10.0.0.1",
        "127.1",
        "2130706433",
        "0x7f.0.0.1",
        "printer.local",
        "LOCALHOST.",
        "127.0.0.1.",
        "0177.0.0.1",
        "0x7F000001:80",
        "\uff11\uff12\uff17.0.0.1",
        "127%2e0%2e0%2e1",
        "localhost\u3002",
        "::ffff:7f00:1",
        "64:ff9b::10.0.0.1",
        "2002:7f00:1::",
        "::127.0.0.1",
        "[fec0::1]",
        "3fff::1",
        "192.0.0.9",
        "192.88.99.1",
        "2620:4f:8000::1",
        "224.0.0.1",
    ],
)
def test_private_names_are_known_by_their_spelling(name: str) -> None:
    assert urls.is_private_name(name)


@pytest.mark.parametrize(
    "name", ["www.af.mil", "www.af.mil:8080", "8.8.8.8", "2001:4860:4860::8888", "127.mil"]
)
def test_public_names_are_not_private(name: str) -> None:
    assert not urls.is_private_name(name)


@pytest.mark.parametrize(
    ("link", "wanted"),
    [
        ("///other.mil/x/", "https://other.mil/x/"),
        ("////other.mil/x/", "https://other.mil/x/"),
        ("\\\\other.mil\\x\\", "https://other.mil/x/"),
        ("/\\other.mil/x/", "https://other.mil/x/"),
        ("http:\\\\other.mil\\x", "http://other.mil/x"),
        ("https:/x/", "https://www.unit.mil/x/"),
        ("https:x/", "https://www.unit.mil/News/x/"),
        ("http:other.mil/x/", "http://other.mil/x/"),
        ("https:////other.mil/x", "https://other.mil/x"),
        ("\\x\\y?a=\\b", "https://www.unit.mil/x/y?a=\\b"),
        ("https://other.mil\\@www.unit.mil/x", "https://other.mil/@www.unit.mil/x"),
        ("/x\ty/\nz/\r\n", "https://www.unit.mil/xy/z/"),
        ("ht\ntps://other.mil/x", "https://other.mil/x"),
        ("/a/%2e%2E/b", "https://www.unit.mil/b"),
        ("//OTHER.mil:443/x", "https://OTHER.mil:443/x"),
        ("?Page=2", "https://www.unit.mil/News/?Page=2"),
        ("", "https://www.unit.mil/News/"),
        (".", "https://www.unit.mil/News/"),
        ("http://other.mil/it's?q='a b'", "http://other.mil/it's?q='a b'"),
    ],
)
def test_links_are_read_as_browsers_read_them(link: str, wanted: str) -> None:
    assert urls.resolve_url(link, "https://www.unit.mil/News/") == wanted


@pytest.mark.parametrize(
    "link",
    [
        "javascript:void(0)",
        "view-source:http://x.mil/",
        "mailto:a@b.mil",
        "data:text/html,x",
        "//",
        "http://[::1",
    ],
)
def test_links_that_lead_to_no_web_page_are_refused(link: str) -> None:
    with pytest.raises(ValueError, match="not a web address"):
        urls.resolve_url(link, "https://www.unit.mil/News/")


@pytest.mark.parametrize("link", ["/" + "a" * 8192, "?" + "é" * 5000, "https://x.mil/" + "/" * 9000])
def test_an_address_has_a_longest_length(link: str) -> None:
    with pytest.raises(ValueError, match="longer than 8192 bytes"):
        urls.resolve_url(link, "https://www.unit.mil/News/")


def test_a_canonical_address_has_a_longest_length_too() -> None:
    with pytest.raises(ValueError, match="longer than 8192 bytes"):
        urls.canonicalize_url("https://www.unit.mil/" + "\u6f22" * 2000)  # nine bytes each when escaped


def canonicalize_as_before(url: str) -> str:
    """Return the canonical form of a well-formed address without any rule of browsers."""
    parts = urlsplit(url)
    name, port = urls._read_host_name(parts), parts.port
    port = None if port == urls.DEFAULT_PORTS[parts.scheme] else port
    secure = port is None and f".{name}".endswith(urls.SECURE_ZONES)
    path = urls._canonicalize_path(parts.path)
    has_number = urls._find_number_in_path(name, path, parts.query)
    query = "" if has_number else urls._canonicalize_query(parts.query)
    host = urls._format_netloc(urls.STAGING_HOSTS.get(name, name), port)
    return f"{'https' if secure else parts.scheme}://{host}{path}" + (f"?{query}" if query else "")


@given(
    st.sampled_from(["http://", "https://"]),
    st.sampled_from(
        ["www.af.mil", "WWW.Defense.gov", "10.0.0.1:8000", "www.usfk.mil:443", "www.army.mil:80"]
    ),
    st.lists(st.text("aZ09é -_.~!$&'()*+,;=:@|^{}%\"", max_size=8), max_size=4),
    st.none() | st.text("aZ09é -_.~!$&'()*+,;=:@|^{}%\"/?\\", max_size=20),
)
def test_reading_as_browsers_do_changes_no_canonical_address(
    scheme: str, host: str, segments: list[str], query: str | None
) -> None:
    url = f"{scheme}{host}/{'/'.join(segments)}".rstrip() + (
        f"?{query}".rstrip() if query is not None else ""
    )
    assert urls.canonicalize_url(url) == canonicalize_as_before(url)


PIECES = st.text(alphabet="/.?#&=%:@ aAé0129~;[]+-_\\'\"", max_size=30)


@given(
    st.sampled_from(["http://", "https://", "HTTP://"]),
    st.sampled_from(
        ["www.af.mil", "WWW.Defense.gov", "[::1]:80", "10.0.0.1:8000", "saj.usace.afpims.mil", "ü.de"]
    ),
    st.sampled_from(["", "/News/Article/12", "/Print.aspx?Article=3", "/Article/Article/9//"]),
    PIECES | st.text(max_size=20),
)
def test_canonical_is_a_fixed_point(scheme: str, host: str, path: str, rest: str) -> None:
    try:
        once = urls.canonicalize_url(f"{scheme}{host}{path}/{rest}")
    except ValueError:
        return
    assert urls.canonicalize_url(once) == once
    assert urls.parse_address(once) == urls.parse_address(f"{scheme}{host}{path}/{rest}")
    assert once.isascii()


@given(st.text(max_size=80))
def test_any_text_is_an_address_or_a_value_error(text: str) -> None:
    try:
        once = urls.canonicalize_url(text)
    except ValueError:
        return
    assert urls.canonicalize_url(once) == once


def test_an_address_of_many_thousand_bytes_is_none() -> None:
    assert urls.canonicalize_url("https://www.x.mil/" + "a" * 8000)
    for text in ("https://www.x.mil/" + "a" * 70_000, "https://www.x.mil/News/Article/5/?" + "한" * 3000):
        with pytest.raises(ValueError, match="longer than 8192 bytes") as error:
            urls.parse_address(text)
        assert len(str(error.value)) < 300
