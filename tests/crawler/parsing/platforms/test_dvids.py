"""DVIDS: the day of posting, never the day taken; media; broken pages. The rest is in tests/pages/dvids."""

import pytest

from crawler.parsing.html import ParseError
from crawler.parsing.platforms import dvids
from storage.models import Confidence, Page
from tests.support.paths import PAGES

STORY = (PAGES / "dvids" / "story.html").read_text(encoding="utf-8")
URL = "https://www.dvidshub.net/news/465001/ferry-crosses-sound"


def page(text: str, url: str = URL) -> Page:
    return Page(url, 200, (), text.encode())


def test_a_story_without_its_day_of_posting_is_not_given_another_day() -> None:
    with pytest.raises(ParseError, match="date of posting"):
        dvids.read_article(page(STORY.replace("Date Posted:", "Date Shown:")))


def test_a_courtesy_story_has_no_author() -> None:
    courtesy = STORY.replace("Story by <a", "Courtesy Story <a").replace(">Ada Wick</a><a", "></a><a")
    assert dvids.read_article(page(courtesy)).byline is None


def test_the_number_on_the_page_comes_before_the_one_of_its_address() -> None:
    assert dvids.read_article(page(STORY, "https://www.dvidshub.net/news/7/old")).article_id == "465001"
    unnumbered = STORY.replace("Story ID", "Story")
    assert dvids.read_article(page(unnumbered, "https://www.dvidshub.net/news/printable/7")).article_id == "7"


def test_a_description_of_a_picture_is_read_with_low_confidence() -> None:
    described = STORY.replace('"news-body"', '"asset-description"').replace("Story ID", "Photo ID")
    fields = dvids.read_article(page(described, "https://www.dvidshub.net/image/465001/ferry"))
    assert (fields.design, fields.confidence) == ("dvids-media", Confidence.LOW)
    assert fields.published_raw == "03.09.2024 05:36"


def test_a_copy_elsewhere_is_recognized_by_what_it_calls_itself() -> None:
    assert dvids.recognizes(page(STORY, "http://127.0.0.1:8000/news/465001/x"))
    assert not dvids.recognizes(page("<p>Story by DVIDS</p>", "https://www.lighthouse.mil/News/"))
    assert not dvids.recognizes(page("<p>DVIDS</p>", "https://[broken"))


def test_what_stands_beside_a_story_is_no_list() -> None:
    assert dvids.read_listing(page(STORY)) is None
    assert dvids.read_listing(page(STORY.replace("asset-title", "title"))) is None
