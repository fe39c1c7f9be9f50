"""Pages of unknown make: read as far as they say what they are, and never trusted."""

import pytest

from crawler.parsing import reader
from crawler.parsing.html import ParseError
from crawler.parsing.platforms import PageKind
from crawler.parsing.platforms.generic import article
from storage.models import Confidence, Page
from tests.support.paths import PAGES

STORY_URL = "https://www.army.mil/article/281234/engineers_cross_at_mill_ford"
STORY = (PAGES / "generic" / "army_story.html").read_bytes()


def test_a_generic_reading_is_low_in_confidence_and_names_the_library() -> None:
    read = reader.read_page(Page(STORY_URL, 200, (), STORY), "army")
    assert read.confidence is Confidence.LOW
    assert read.parser
    assert read.parser.startswith(f"generic:{article.VERSION}+trafilatura-")


def test_afpims_is_never_left_to_the_generic_reader() -> None:
    marked = STORY.replace(b"<body>", b'<body><div id="dnn_ctr1_x" class="DNNModuleContent ModArticleCS">')
    marked = marked.replace(
        b"</head>", b'<script src="/DesktopModules/ArticleCS/x.js?cdv=1"></script></head>'
    )
    for platform in (None, "army", "unknown", "afpims"):
        try:
            read = reader.read_page(Page(STORY_URL, 200, (), marked), platform)
        except ParseError:
            continue
        assert read.platform == "afpims"


def test_a_home_page_in_place_of_a_story_is_no_story() -> None:
    home = STORY.replace(STORY_URL.encode(), b"https://www.army.mil/")
    assert reader.read_page(Page(STORY_URL, 200, (), home), "army").kind is PageKind.OTHER


def test_a_story_without_text_is_one_clear_line() -> None:
    head = STORY.partition(b"</head>")[0]
    with pytest.raises(ParseError, match="body: no text") as error:
        reader.read_page(
            Page(STORY_URL, 200, (), head + b"</head><body><h1>Title</h1></body></html>"), "army"
        )
    assert "\n" not in str(error.value)


def test_hostile_json_ld_is_passed_over() -> None:
    bomb = b'<script type="application/ld+json">' + b"[" * 100_000 + b"</script></head>"
    read = reader.read_page(Page(STORY_URL, 200, (), STORY.replace(b"</head>", bomb)), "army")
    assert read.kind is PageKind.ARTICLE
