"""What a pasted document closed too often cuts nothing off; what a page closes rightly stays closed."""

import time

import pytest

from crawler.parsing import reader, stray_ends
from storage.models import Fields, Page

URL = "https://www.fleetexample.mil/News/Article/4200001/harbor-lights/"
HEAD = """<!DOCTYPE html><html><head><title>Harbor lights</title><meta name="host" content="DMA Public Web">
<link rel="stylesheet" href="/Portals/_default/skins/dod2/skin.css?cdv=1"></head><body><main>
<div class="DNNModuleContent ModArticleCSViewArticleC">
<div id="dnn_ctr7_ViewArticle_UpdatePanel1" class="article-view">
<div class="adetail content-type-1" itemscope itemtype="http://schema.org/NewsArticle"><div class="header">
<div class="category-date">NEWS | March 5, 2026</div><h1 class="maintitle">Harbor lights</h1></div>"""
TAIL = """</div></div></div><div class="related"><p>Another story</p></div>
<script>var articleId = 4200001;</script></main></body></html>"""
FIRST, REST = "<p>The harbor is lit again.</p>", "<p>Crews set forty lamps.</p><p>Ships come at night.</p>"
WHOLE = ("The harbor is lit again.", "Crews set forty lamps.", "Ships come at night.")


def read(text: str) -> Fields:
    page = Page(URL, 200, (), f"{HEAD}<div class='body' itemprop='articleBody'>{text}</div>{TAIL}".encode())
    found = reader.read_page(page).fields
    assert found is not None
    return found


@pytest.mark.parametrize(
    "stray",
    [
        "</div>",
        "</DIV >",
        "</div></div>",
        "</div>\n</div></div><br>&nbsp;",
        "</body></html>",
        "</div></body></html>",
        "</section></article>",
        "</td></tr></table></form></main>",
        "</div><strong></strong>",
    ],
)
def test_an_end_too_many_cuts_nothing(stray: str) -> None:
    assert read(FIRST + stray + REST).paragraphs == WHOLE


@pytest.mark.parametrize("start", ["<div>", "<div>\n", "<section>"])
def test_a_text_goes_on_in_an_element_without_a_name(start: str) -> None:
    assert read(f"{FIRST}</div>{start}{REST}{start.strip().replace('<', '</')}").paragraphs == WHOLE


def test_ends_in_several_places_cut_nothing() -> None:
    parts = [f"<p class='MsoNormal'>Line {number} of the list.</p>" for number in range(5)]
    assert len(read("</div>".join(parts)).paragraphs) == 5


def test_plain_text_behind_an_end_too_many_is_text() -> None:
    found = read("The harbor is lit again.</div>Crews set forty lamps.<br><br>Ships come at night.")
    assert "Crews set forty lamps." in " ".join(found.paragraphs)


def test_ends_elsewhere_on_the_page_leave_the_body_as_it_is() -> None:
    content = f"{HEAD}<div class='body' itemprop='articleBody'>{FIRST}{REST}</div>"
    content += f"<div class='tags'><a>Harbor</a></div><p class='note'>Share this story</p>{TAIL}</div></div>"
    found = reader.read_page(Page(URL, 200, (), content.encode())).fields
    assert found is not None
    assert found.paragraphs == WHOLE


def test_a_balanced_page_is_left_alone() -> None:
    content = "<div class='body'><p>a</p></div><p>b</p><div></div>"
    assert stray_ends.remove_stray_ends(content) == content


def test_a_text_of_an_unknown_site_goes_on_behind_the_end_of_a_page() -> None:
    lines = [f"<p>Sentence {n} of a text about bridges, long enough to be one.</p>" for n in range(9)]
    for stray in ("</body></html>", "</div>", "</div></div></body></html>"):
        text = "".join((*lines[:4], stray, *lines[4:]))
        content = (
            "<html><head><title>Bridge</title><meta property='og:type' content='article'></head><body><main>"
            f"<article><h1>Bridge</h1><div class='body'>{text}</div></article></main></body></html>"
        )
        found = reader.read_page(Page("https://www.unknown.mil/a/bridge", 200, (), content.encode())).fields
        assert found is not None
        assert len(found.paragraphs) == len(lines)


@pytest.mark.parametrize(
    "hostile",
    [
        "</div>" * 200_000,
        "</div>" * 20_000 + "text",
        "<div" * 200_000 + "</div" * 300_000,
        "<div " + "class= " * 20_000 + ">" + "</div>" * 3,
        "<!--" * 200_000 + "</div>" * 200_000,
    ],
)
def test_hostile_pages_take_no_time(hostile: str) -> None:
    before = time.process_time()
    stray_ends.remove_stray_ends("<div class='body'>" + hostile)
    assert time.process_time() - before < 2
