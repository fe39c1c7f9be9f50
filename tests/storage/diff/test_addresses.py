"""What a picture or a link is, apart from how its address is spelt this time."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.diff import changes
from storage.diff.addresses import identify_address, is_home_url
from storage.models import Image, Link
from tests.support.make_looks import fields

ASSET = "https://media.defense.gov/2026/Mar/05/2003000009/{}/260305-N-XY123-002.{}"
MAIL = "/cdn-cgi/l/email-protection#"


def scramble(text: str, key: int) -> str:
    return "https://www.wing.example.mil" + MAIL + bytes([key, *(ord(c) ^ key for c in text)]).hex()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (ASSET.format("825/780/0", "JPG"), ASSET.format("-1/-1/0", "jpg")),
        (
            "https://d1ldvf68ux039x.cloudfront.net/thumbs/photos/2603/9000001/1000w_q95.jpg",
            "https://d1ldvf68ux039x.cloudfront.net/thumbs/photos/2603/9000001/450w_q75.jpg",
        ),
        ("https://www.wing.example.mil/a.png?w=40&ver=1", "https://www.wing.example.mil/a.png?ver=2&w=80"),
        ("https://www.wing.example.mil/a.jpg?itok=x1", "https://www.wing.example.mil/a.jpg?itok=y2"),
        ("https://blog.example.mil/up/a-300x200.jpg", "https://blog.example.mil/up/a-1024x683.jpg"),
        (
            "https://api.army.mil/e2/c/images/2026/03/05/23a2fbae/size0-full.jpg",
            "https://api.army.mil/e2/c/images/2026/03/05/23a2fbae/max1200.jpg",
        ),
    ],
)
def test_a_picture_in_another_size_is_the_same_picture(one: str, other: str) -> None:
    assert identify_address(one, is_image=True) == identify_address(other, is_image=True)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://a.example.com/x;jsessionid=1A2B?p=1", "https://a.example.com/x;jsessionid=9F?p=1"),
        ("https://a.example.com/x?JSESSIONID=1&p=1", "https://a.example.com/x?p=1"),
        ("https://a.example.com/(S(abc1))/x", "https://a.example.com/(S(zz9))/x"),
        ("https://a.example.com/x?utm_source=a&utm_medium=b", "https://a.example.com/x"),
        ("https://a.example.com/x?source=GovDelivery&a=1&b=2", "http://A.example.com/x?b=2&a=1"),
        (scramble("desk@example.mil", 0x5A), scramble("desk@example.mil", 0x11)),
        (scramble("desk@example.mil", 0x5A), "mailto:desk@example.mil"),
        ("https://a.example.com:443/caf%c3%a9", "https://a.example.com/café"),
        ("https://a.example.com/x?_=17&__cf_chl_tk=2", "https://a.example.com/x"),
        (
            "https://s3.example.com/a.pdf?X-Amz-Date=1&X-Amz-Signature=2",
            "https://s3.example.com/a.pdf?X-Amz-Date=3&X-Amz-Signature=4",
        ),
        ("https://urldefense.us/v3/__https://a.example.com/x__;!!a!b$", "https://a.example.com/x"),
        ("https://www.google.com/url?q=https://a.example.com/x&usg=1", "https://a.example.com/x"),
        ("https://l.facebook.com/l.php?u=https%3A%2F%2Fa.example.com%2Fx&h=A", "https://a.example.com/x"),
        (
            "https://a.safelinks.protection.outlook.com/?url=https%3A%2F%2Fa.example.com%2Fx&data=1",
            "https://a.example.com/x",
        ),
    ],
)
def test_a_link_spelt_otherwise_is_the_same_link(one: str, other: str) -> None:
    assert identify_address(one) == identify_address(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (ASSET.format("825/780/0", "JPG"), ASSET.replace("009/", "010/").format("825/780/0", "JPG")),
        (ASSET.format("-1/-1/0", "PDF"), ASSET.format("-1/-1/1", "PDF")),
        (scramble("desk@example.mil", 1), scramble("news@example.mil", 1)),
        ("https://a.example.com/x?w=1", "https://a.example.com/x?w=2"),
        ("https://a.example.com/x?id=1", "https://a.example.com/x?id=2"),
        ("https://a.example.com/plan-300x200.jpg", "https://a.example.com/plan-400x300.jpg"),
        ("https://a.example.com/a.pdf?ver=1", "https://a.example.com/a.pdf?ver=2"),
        ("https://www.google.com/url?q=https://a.example.com/x", "https://a.example.com/y"),
        ("https://a.example.com/X", "https://a.example.com/x"),
    ],
)
def test_another_picture_document_or_link_is_another(one: str, other: str) -> None:
    assert identify_address(one) != identify_address(other)


@given(st.text())
def test_no_address_is_too_odd_to_be_compared(url: str) -> None:
    assert identify_address(url) == identify_address(url)


def test_noise_beside_a_change_is_not_told() -> None:
    kept, noisy = (Link(f"https://a.example.com/x?utm_source={n}", "x") for n in "ab")
    added = Link("https://a.example.com/new", "new")
    before = replace(fields(), links=(kept,), images=(Image(ASSET.format("825/780/0", "JPG")),))
    after = replace(fields(), links=(noisy, added), images=(Image(ASSET.format("400/300/0", "JPG")),))
    (change,) = changes.list_changes(before, after)
    assert (change.before, change.after) == ((kept.url,), (kept.url, added.url))
    assert changes.list_changes(before, replace(before, links=(noisy,))) == ()


@pytest.mark.parametrize(
    ("url", "is_home"),
    [
        ("https://www.x.mil", True),
        ("https://www.x.mil/", True),
        ("https://www.x.mil//?a=b", True),
        ("https://www.x.mil/Default.aspx", True),
        ("https://www.x.mil/home", True),
        ("https://www.x.mil/Index.html", True),
        ("https://www.x.mil/News/", False),
        ("https://www.x.mil/homeland/", False),
        ("https://www.x.mil/home/News/Article/1/", False),
    ],
)
def test_a_home_page_is_known_by_its_path(url: str, is_home: bool) -> None:
    assert is_home_url(url) is is_home
