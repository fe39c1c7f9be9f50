"""army.mil: stories by their address, whatever the markup. The rest is in tests/pages/army."""

import pytest

from crawler.parsing import reader
from crawler.parsing.html import ParseError
from crawler.parsing.platforms import PageKind, army
from storage.models import Page
from tests.support.paths import PAGES

STORY = (PAGES / "army" / "json_ld.html").read_text(encoding="utf-8")
URL = "https://www.army.mil/article/281240/bridge_crews_train_at_mill_ford"


def page(text: str, url: str = URL) -> Page:
    return Page(url, 200, (), text.encode())


@pytest.mark.parametrize(
    "url", ["https://www.army.mil/article/281240", "https://www.army.mil/article/281240/new_slug/"]
)
def test_a_story_keeps_its_number_under_any_slug(url: str) -> None:
    assert army.read_article(page(STORY, url)).article_id == "281240"


def test_another_story_at_an_address_shows_its_own_number() -> None:
    found = army.read_article(page(STORY, "https://www.army.mil/article/99/gone"))
    assert found.article_id == "281240"


def test_a_command_on_afpims_is_not_army_mil() -> None:
    assert not army.recognizes(page("", "https://www.europeafrica.army.mil/ArticleViewRelease/Article/1/x/"))


def test_what_is_not_found_is_no_story() -> None:
    missing = page("<html><head><title>404</title></head><body><h1>Page not found</h1></body></html>")
    assert reader.read_page(missing).kind is not PageKind.ARTICLE


def test_a_story_without_text_cannot_be_read() -> None:
    with pytest.raises(ParseError):
        army.read_article(page(STORY.partition("<main>")[0] + "</body></html>"))


def test_a_story_without_any_date_has_none() -> None:
    found = army.read_article(page(STORY.replace('"datePublished": "2026-03-05T22:30:00-05:00", ', "")))
    assert (found.published_raw, found.published_on) == (None, None)
