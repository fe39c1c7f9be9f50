"""Addresses: one canonical form, the site behind the host, the number behind the slug."""

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
    ],
)
def test_private_names_are_known_by_their_spelling(name: str) -> None:
    assert urls.is_private_name(name)


@pytest.mark.parametrize(
    "name", ["www.af.mil", "www.af.mil:8080", "8.8.8.8", "2001:4860:4860::8888", "127.mil"]
)
def test_public_names_are_not_private(name: str) -> None:
    assert not urls.is_private_name(name)


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
