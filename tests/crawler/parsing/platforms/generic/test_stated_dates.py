"""The day of a story is the one that its page states for it; teasers, captions and prose state none."""

from datetime import date

import pytest

from crawler.parsing import reader
from storage.models import Page

URL = "https://www.harbor.example/news/1234/bridge-opens"
LINE = "<p>Sentence {} tells of the bridge and of those who built it in spring.</p>"
TEXT = "".join(map(LINE.format, range(6)))
TEASER = '<a href="/news/9/crane">Crane falls</a> <time datetime="2024-01-01">Jan. 1, 2024</time>'


def read_day(inside: str = "", after: str = "", language: str = "en", head: str = "") -> date | None:
    lang = f' lang="{language}"' if language else ""
    content = (
        f'<html{lang}><head><title>Bridge opens</title><meta property="og:type" content="article">{head}'
        f"</head><body><main><article><h1>Bridge opens</h1>{inside}<div>{TEXT}</div>{after}</article></main>"
        "</body></html>"
    )
    fields = reader.read_page(Page(URL, 200, (), content.encode())).fields
    assert fields is not None
    return fields.published_on


@pytest.mark.parametrize(
    "inside",
    [
        '<time datetime="2026-03-05">March 5, 2026</time>',
        '<p>By <a href="/staff/ada-wick">Ada Wick</a> <time>March 5, 2026</time></p>',
        "<p>By Ada Wick | March 5, 2026</p>",
        "<p>2 hours ago, March 5, 2026</p>",
        "<p>about 2 hrs ago &middot; March 5, 2026</p>",
        "<p>March 5, 2026 (2 hours ago)</p>",
        "<p>yesterday, March 5, 2026</p>",
        "<p>Just now | Thursday, March 5, 2026</p>",
        "<p>Published: <time>March 5, 2026</time> Updated: <time>March 9, 2026</time></p>",
        "<p>Published: March 5, 2026 | Updated: March 9, 2026</p>",
        "<p>March 5, 2026 (updated March 9, 2026)</p>",
        "<p>Last updated: March 9, 2026 &bull; Published: March 5, 2026</p>",
        "<p>For Immediate Release: March 5, 2026</p>",
    ],
)
def test_a_line_or_element_of_its_own_states_the_day(inside: str) -> None:
    assert read_day(inside) == date(2026, 3, 5)


@pytest.mark.parametrize(
    "inside",
    [
        "",
        f"<div>{TEASER}</div>",
        f"<aside>{TEASER}</aside>",
        f'<div class="latest-news">{TEASER}</div>',
        "<figure><img src='/a.jpg'><figcaption>The bridge on Jan. 1, 2024.</figcaption></figure>",
        "<figure><img src='/a.jpg'><time datetime='2024-01-01'>Jan. 1, 2024</time></figure>",
        "<div><img src='/a.jpg'><p class='caption'>Jan. 1, 2024</p></div>",
        "<p>On March 1, 2026, the bridge opened to all.</p>",
        "<p>It opened on <time datetime='2026-03-01'>March 1, 2026</time>, after long works.</p>",
        "<p>Updated: <time datetime='2026-03-09'>March 9, 2026</time></p>",
        "<p>2 hours ago</p>",
        "<div itemscope><meta itemprop='datePublished' content='2024-01-01'><span>Another story</span></div>",
    ],
)
def test_what_belongs_to_something_else_states_no_day(inside: str) -> None:
    assert read_day(inside) is None
    assert read_day(after=inside) is None


@pytest.mark.parametrize(
    ("language", "day"),
    [("de", date(2026, 5, 4)), ("en-GB", date(2026, 5, 4)), ("en-US", date(2026, 4, 5)), ("", None)],
)
def test_numbers_are_read_by_the_language_of_the_page(language: str, day: date | None) -> None:
    assert read_day("<p>04.05.2026</p>", language=language) == day


def test_the_printed_day_counts_and_not_that_of_utc() -> None:
    head = '<meta property="article:published_time" content="2026-03-06T02:00:00Z">'
    assert read_day("<p>March 5, 2026</p>", head=head) == date(2026, 3, 5)
    assert read_day(head=head) is None
