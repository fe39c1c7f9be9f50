"""Stories in broken markup of unknown platforms: their text, and the work that it costs."""

from time import process_time

import pytest

from crawler.parsing.platforms import generic
from crawler.parsing.platforms.generic import article, tolerant_body
from storage.models import Page

URL = "https://www.eucom.mil/article/281234/pier_opens"
TEXTS = tuple(
    f"Sailors of crew {number} opened the north pier at dawn and moored two ships beside it before noon."
    for number in range(1, 5)
)
PROSE = "".join(f"<p>{each}</p>" for each in TEXTS)
HEAD = '<html><head><title>Pier opens</title><meta property="og:type" content="article">'
MENU = "<nav><ul><li><a href=/>Home</a><li><a href=/news>News</a></ul></nav>"
BROKEN = {
    "comment never closed": f"{HEAD}</head><body>{MENU}<h1>Pier opens</h1><!--<div>{PROSE}</div>",
    "head never closed": f"{HEAD}<div role=main><!-- <h1>Pier opens</h1>{PROSE}</div>",
    "nested documents": f"{HEAD}</head><body><h1>Pier opens</h1><!-- <html><body><article>{PROSE}</article>",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_story_in_broken_markup_is_read(name: str) -> None:
    fields = article.read_article(Page(URL, 200, (), BROKEN[name].encode()))
    assert fields.paragraphs == TEXTS
    assert fields.parser in generic.list_parsers().articles


def test_a_story_among_very_many_elements_is_read_by_a_parser_of_its_own() -> None:
    menu = "<nav>" + "<i>x</i>" * article.MAX_ELEMENTS + "</nav>"
    fields = article.read_article(
        Page(URL, 200, (), f"{HEAD}</head><body>{menu}<main>{PROSE}</main></body></html>".encode())
    )
    assert fields.paragraphs == TEXTS
    assert fields.parser.startswith(f"generic:{article.VERSION}+beautifulsoup-")


def test_the_element_with_most_paragraphs_is_the_story() -> None:
    aside = "<div><p>Contact the press desk.</p></div>"
    assert tolerant_body.read_tolerant_body(f"{aside}<div>{PROSE}</div>{aside}") == TEXTS


def test_a_notice_is_no_story() -> None:
    assert tolerant_body.read_tolerant_body("<main><h1>Pier opens</h1><p>Please wait.</p></main>") == ()


@pytest.mark.parametrize("opening", ["<!--", "<!-->", "<![CDATA[>", "<?", "<a ", '<a b="', "</", "&", "<p>"])
def test_openings_that_nothing_closes_take_no_time(opening: str) -> None:
    started = process_time()
    for markup in (opening * 19_000, f"<p>x</p>{opening * 19_000}"):
        tolerant_body.read_tolerant_body(markup)
    assert process_time() - started < 10  # seconds; minutes if each were searched for again
