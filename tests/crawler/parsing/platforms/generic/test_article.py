"""Pages of unknown make: read as far as they say what they are, and never trusted."""

import pytest

from crawler.parsing import reader
from crawler.parsing.html import ParseError
from crawler.parsing.platforms import PageKind
from crawler.parsing.platforms.generic import article, tolerant_body
from storage.models import Confidence, Fields, Page
from tests.support.paths import PAGES

STORY_URL = "https://www.eucom.mil/article/281234/engineers_cross_at_mill_ford"
STORY = (PAGES / "army" / "printed.html").read_bytes().replace(b"www.army.mil", b"www.eucom.mil")


def test_a_generic_reading_is_low_in_confidence_and_names_the_library() -> None:
    read = reader.read_page(Page(STORY_URL, 200, (), STORY), "wordpress")
    assert read.confidence is Confidence.LOW
    assert read.parser
    assert read.parser.startswith(f"generic:{article.VERSION}+trafilatura-")


def test_afpims_is_never_left_to_the_generic_reader() -> None:
    marked = STORY.replace(b"<body>", b'<body><div id="dnn_ctr1_x" class="DNNModuleContent ModArticleCS">')
    marked = marked.replace(
        b"</head>", b'<script src="/DesktopModules/ArticleCS/x.js?cdv=1"></script></head>'
    )
    for platform in (None, "wordpress", "unknown", "afpims"):
        try:
            read = reader.read_page(Page(STORY_URL, 200, (), marked), platform)
        except ParseError:
            continue
        assert read.platform == "afpims"


def test_a_home_page_in_place_of_a_story_is_no_story() -> None:
    home = STORY.replace(STORY_URL.encode(), b"https://www.eucom.mil/")
    assert reader.read_page(Page(STORY_URL, 200, (), home), "wordpress").kind is PageKind.OTHER


def test_a_story_without_text_is_one_clear_line() -> None:
    head = STORY.partition(b"</head>")[0]
    with pytest.raises(ParseError, match="body: no text") as error:
        reader.read_page(
            Page(STORY_URL, 200, (), head + b"</head><body><h1>Title</h1></body></html>"), "wordpress"
        )
    assert "\n" not in str(error.value)


def test_hostile_json_ld_is_passed_over() -> None:
    bomb = b'<script type="application/ld+json">' + b"[" * 100_000 + b"</script></head>"
    read = reader.read_page(Page(STORY_URL, 200, (), STORY.replace(b"</head>", bomb)), "wordpress")
    assert read.kind is PageKind.ARTICLE


URL = "https://www.harbor.example/2026/03/05/pier-opens/"
PROSE = "<p>The crew opened the pier on Tuesday after nine weeks of work by engineers and divers.</p>"
LD = '<script type="application/ld+json">{}</script>'
OWN = '"url": "https://www.harbor.example/2026/03/05/pier-opens"'


def read_story(below: str = "", head: str = "", above: str = "", lang: str = "") -> Fields:
    markup = f"""<!DOCTYPE html><html {lang}><head><title>Pier opens | Harbor</title>
<meta property="og:type" content="article">{head}</head><body>{above}<main><article><h1>Pier opens</h1>{below}
{PROSE * 4}</article></main></body></html>"""
    return article.read_article(Page(URL, 200, (), markup.encode()))


NO_DAY = {
    "prose": "<p>The exercise begins June 9, 2027 at the port.</p>",
    "short prose": "<p>It began on <time>June 9, 2027</time>.</p>",
    "caption": "<figure><img src=a.jpg><figcaption>June 9, 2027</figcaption></figure>",
    "caption by its class": '<div class="photo-caption"><p>June 9, 2027</p></div>',
    "teaser": '<aside><time datetime="2020-01-01">Jan. 1, 2020</time><a href="/2020/01/01/x/">X</a></aside>',
    "teaser by its heading": '<div><h3><a href="/2020/01/01/x/">X</a></h3><time>Jan. 1, 2020</time></div>',
    "linked": '<a href="/2020/01/01/x/"><time>Jan. 1, 2020</time></a>',
    "microdata of another": '<li><meta itemprop="datePublished" content="2020-01-01"></li>',
    "change": "<p>Last updated: Jan. 1, 2020</p>",
    "both orders": "<p>05/03/2026</p>",
}


@pytest.mark.parametrize("below", NO_DAY.values(), ids=NO_DAY)
def test_a_day_that_the_page_does_not_state_of_itself_is_no_date(below: str) -> None:
    assert read_story(below).published_on is None


def test_the_day_in_a_sites_head_is_no_date() -> None:
    assert read_story(above="<header><time>March 9, 2026</time></header>").published_on is None


STATED = {
    "line": "<p>March 5, 2026</p>",
    "line of the author": "<p>By Ada Wick, 12th Example Brigade, March 5, 2026</p>",
    "parts of a line": "<div>Gull Bay | March 5, 2026</div>",
    "time": '<p>Published <time datetime="2026-03-05">March 5, 2026</time></p>',
    "link to itself": f'<p><a href="{URL}"><time datetime="2026-03-05T09:00:00Z">5 March 2026</time></a></p>',
    "microdata": '<span itemprop="datePublished" content="2026-03-05"></span>',
    "age and day": "<p>2 hours ago, March 5, 2026</p>",
}


@pytest.mark.parametrize("below", STATED.values(), ids=STATED)
def test_a_day_that_the_page_states_is_its_date(below: str) -> None:
    assert str(read_story(below).published_on) == "2026-03-05"


@pytest.mark.parametrize(
    "line",
    ["Published: March 5, 2026", "March 5, 2026 | Updated: March 9, 2026", "By Ada Wick | March 5, 2026"],
)
def test_a_line_that_states_the_day_is_no_text(line: str) -> None:
    fields = read_story(f"<p>{line}</p>")
    assert str(fields.published_on) == "2026-03-05"
    assert line not in fields.paragraphs


def test_the_page_s_language_tells_which_number_is_the_month() -> None:
    assert str(read_story("<p>05.03.2026</p>", lang='lang="de-DE"').published_on) == "2026-03-05"
    assert str(read_story("<p>05/03/2026</p>", lang='lang="en-US"').published_on) == "2026-05-03"


def test_the_printed_day_comes_before_the_one_in_utc() -> None:
    stated = LD.format('{"@type": "NewsArticle", "datePublished": "2026-03-06T02:00:00Z"}')
    fields = read_story("<p>March 5, 2026</p>", head=stated)
    assert (str(fields.published_on), fields.published_raw) == ("2026-03-05", "March 5, 2026")
    assert (str(fields.published_at), fields.published_source) == ("2026-03-06 02:00:00+00:00", "json-ld")


OWN_STORY = f'{{"@type": "NewsArticle", "headline": "Pier opens", "datePublished": "2026-03-05", {OWN}}}'
OTHER = '{"@type": "NewsArticle", "headline": "X", "datePublished": "2020-01-01", "url": "/2020/01/01/x/"}'
OWN_STORIES = {
    "after another": f"[{OTHER}, {OWN_STORY}]",
    "in a graph": f'{{"@graph": [{OTHER}, {OWN_STORY}]}}',
    "of a page": f'{{"@type": "WebPage", "mainEntity": {OWN_STORY}}}',
    "CDATA": f"//<![CDATA[\n{OWN_STORY}\n//]]>",
    "comment": f"<!-- {OWN_STORY} -->",
    "line ends": OWN_STORY.replace("Pier opens", "Pier\nopens"),
    "tail": OWN_STORY + ";",
    "named by its page": OWN_STORY.replace(OWN, f'"mainEntityOfPage": {{"@id": "{URL}"}}'),
    "of a list of types": OWN_STORY.replace('"NewsArticle"', '["Thing", "https://schema.org/NewsArticle"]'),
}


@pytest.mark.parametrize("data", OWN_STORIES.values(), ids=OWN_STORIES)
def test_the_story_that_names_this_page_counts(data: str) -> None:
    assert str(read_story(head=LD.format(data)).published_on) == "2026-03-05"


def test_json_ld_may_name_its_encoding() -> None:
    typed = LD.format(OWN_STORY).replace("ld+json", "LD+JSON; charset=utf-8")
    assert str(read_story(head=typed).published_on) == "2026-03-05"


@pytest.mark.parametrize("data", [OTHER, f"[{OTHER}, {OTHER}]", f'{{"itemListElement": [{OTHER}]}}'])
def test_json_ld_of_other_stories_tells_nothing_of_this_one(data: str) -> None:
    fields = read_story(head=LD.format(data))
    assert (fields.title, fields.published_on) == ("Pier opens", None)


def test_a_page_of_too_many_elements_is_not_searched_for_its_text() -> None:
    many = STORY.replace(b"</body>", b"<p>w</p>" * tolerant_body.MAX_MARKS + b"</body>")
    with pytest.raises(ParseError, match="body: no text"):
        article.read_article(Page(STORY_URL, 200, (), many))
