"""AFPIMS articles of every generation: whole records, furniture anywhere, and pages made to hurt."""

import re
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crawler.parsing.html import ParseError
from crawler.parsing.platforms.afpims import article
from storage.models import Fields, Page
from tests.support.paths import PAGES

URLS = {
    "g1_news": "http://www.lighthouse.af.mil/News/ArticleDisplay/tabid/223/Article/701001/lamp.aspx",
    "g2_release": "https://www.lighthouse.mil/News/News-Releases/News-Release-View/Article/701005/school/",
    "g3_story": "https://www.lighthouse.mil/News/News-Stories/Article/Article/701006/lens/",
    "g3_contracts": "https://www.lighthouse.mil/News/Contracts/Contract/Article/701007//",
    "g4_command": "https://www.lighthouse.mil/Media/Newsroom/News/Article/701008/keepers/",
    "g4_unit": "https://www.cape.example.mil/News/Commentaries/Display/Article/701009/lamp/",
    "g4_unmarked": "https://www.lighthouse.mil/Media/Press-Releases/Article/701010/keeper",
}
BANNER = """<div class="header_banner_container" id="dnn_header_banner_container">
<div class="header_banner_flag">An official website of the United States government</div>
<div>Here's how you know</div><style>.a{}</style></div>"""
LOCK = "<svg><title>lock</title></svg>"
BARE_BANNER = "<p>An official website of the United States Government</p><p>Here’s how you know</p>"
FURNITURE = (
    BANNER,
    BARE_BANNER,
    "<p>A .gov website belongs to an official U.S. Department of War organization in the United States.</p>",
    f"<p>A lock ({LOCK}) or https:// means you’ve safely connected to the .mil website.</p>",
    '<div id="skip-link-holder"><a href="#skip-target">Skip to main content (Press Enter).</a></div>',
    '<nav><ul><li><a href="/News/">News</a></li><li><a href="/About/">About</a></li></ul></nav>',
    '<div class="breadcrumb"><a href="/">Home</a> : <a href="/Media/">Media</a> : News</div>',
    "<p>Home : Media : Newsroom : News</p>",
    '<div class="section-blurb"><h2>News Stories</h2><p>Statements of the command.</p></div>',
    '<div class="social-block">PRINT | E-MAIL <b>Copy Link</b></div>',
    "<p>PRINT | E-MAIL</p>",
    '<div class="related"><h3>Related Stories</h3><a href="/News/Article/1/other/">Another story.</a></div>',
    '<div class="alert alert-warning"><p>This site is closed on Friday.</p></div>',
    "<p>Content on this site has been reviewed and removed to align with the orders. MORE DETAILS HERE.</p>",
    '<input type="hidden" name="__VIEWSTATE" value="x" /><script>var theForm = 1;</script>',
    '<div style="display: none">Not to be seen.</div>',
    "<p>{{ article.title }}</p>",
)
TAILS = (
    "<p>Search News</p><p>Archive</p><p>Topics</p><p><a href='/t/1'>lamps</a> <a href='/t/2'>lenses</a></p>",
    '<div class="DnnModule-ArticleTopics"><h2>Topics</h2><div class="topic-cloud"><a>lamps</a></div></div>',
    "<p>Google Translation Disclaimer</p>",
    "<p>Share | Print | E-mail</p>",
    "",
)


def made(name: str) -> Page:
    return Page(URLS[name], 200, (), (PAGES / "afpims" / f"{name}.html").read_bytes())


def changed(page: Page, pattern: str, to: str) -> Page:
    content, count = re.subn(pattern, lambda _: to, page.content.decode(), flags=re.DOTALL)
    assert count, pattern
    return replace(page, content=content.encode())


def read(page: Page) -> Fields:
    return article.read_article(page)


def outcome(page: Page) -> Fields | str:
    try:
        return read(page)
    except ParseError as error:
        return str(error)


def test_every_generation_has_a_page() -> None:
    designs = {read(made(name)).design for name in URLS}
    assert designs == {"g1", "g2", "g3", "g4"}


@pytest.mark.parametrize("name", URLS)
def test_a_page_of_the_platform_is_recognized(name: str) -> None:
    assert article.recognizes(made(name))
    assert article.is_article(made(name))


def test_one_sign_of_the_platform_is_not_enough_but_one_of_its_elements_is() -> None:
    url = "https://www.lighthouse.mil/"
    assert not article.recognizes(Page(url, 200, (), b"<img src='https://media.defense.gov/2021/x.jpg'>"))
    assert article.recognizes(
        Page(url, 200, (), b"<listing-with-preview article-id='1'></listing-with-preview>")
    )


@pytest.mark.parametrize(
    ("name", "pattern", "to", "found"),
    [
        ("g3_story", r"<h1.*?</h1>", "", "title: no h1"),
        ("g3_story", r"<h1.*?</h1>", "<h1> </h1>", "title: an empty h1"),
        ("g3_story", r'<span class="date">.*?</span>', "", "date: none printed"),
        ("g3_contracts", r"Contracts For Sept. 30, 2025", "Contracts", "date: none printed"),
        ("g1_news", r"Published November 09, 2015", "", "date: none printed"),
        ("g2_release", r"datetime=\"Oct. 3, 2015\"", 'datetime="Oct. 4, 2015"', "date: Oct. 3, 2015 and"),
        ("g4_command", r'<div class="body">.*</div>\s*</div></div></div>', "", "body: no text"),
        ("g4_command", r'<div class="body">', '<div class="body"></div><div class="x">', "body: no text"),
        ("g1_news", r'<div class="da_black">.*?</div>', '<div class="da_black"> </div>', "body: no text"),
        ("g3_story", r"articleId = 701006", "articleId = 999999", "number: the page says 701006 and 999999"),
        ("g4_command", r'<div class="adetail".*', '<div class="adetail"></div>', "title: no h1"),
    ],
)  # fmt: skip
def test_what_must_be_there_is_never_guessed(name: str, pattern: str, to: str, found: str) -> None:
    page = changed(made(name), pattern, to)
    with pytest.raises(ParseError) as error:
        read(page)
    assert str(error.value).startswith(f"{page.url}: {found}")
    assert "\n" not in str(error.value)


def test_a_page_is_the_article_that_it_names_whatever_its_address() -> None:
    page = made("g4_command")
    assert read(replace(page, url=page.url.replace("keepers", "an-older-title"))) == read(page)
    assert read(replace(page, url=page.url.replace("701008", "701099"))).article_id == "701008"


@pytest.mark.parametrize(
    ("block", "byline", "organization"),
    [
        ('<a href="#">Ada Wick</a>', "Ada Wick", None),
        ('<a href="#">Ada Wick</a>, <a href="#">Bo Lund</a>', "Ada Wick, Bo Lund", None),
        ('By <a href="#">Ada Wick</a>, LNS', "Ada Wick", "LNS"),
        ('| By <a href="#">Ada Wick</a>, LNS |', "Ada Wick", "LNS"),
    ],
)
def test_day_and_author_may_stand_side_by_side(block: str, byline: str, organization: str | None) -> None:
    page = changed(made("g3_story"), r'(?<="author-block">).*?(?=</span>)', block)
    fields = read(page)
    assert (fields.byline, fields.organization) == (byline, organization)
    assert fields.published_on == read(made("g3_story")).published_on


def test_without_any_number_there_is_no_article() -> None:
    page = replace(made("g4_unmarked"), url="https://www.lighthouse.mil/Media/")
    with pytest.raises(ParseError, match="number: neither the address nor the page has one"):
        read(page)


def test_two_articles_on_a_page_are_one_too_many() -> None:
    page = changed(made("g4_unit"), r"</form>", '<div class="adetail"><h1>Another</h1></div></form>')
    with pytest.raises(ParseError, match="article: 2 of them"):
        read(page)


@pytest.mark.parametrize("section", ["Biographies", "Fact-Sheets", "Speeches"])
def test_biographies_fact_sheets_and_speeches_need_no_date(section: str) -> None:
    page = changed(made("g4_unit"), r"<li>Published.*?</li>", "")
    with pytest.raises(ParseError, match="date"):
        read(page)
    url = page.url.replace("News/Commentaries/Display", f"About/{section}/Display")
    assert read(replace(page, url=url)).published_on is None


def test_a_line_without_by_names_the_organization() -> None:
    fields = read(changed(made("g4_unit"), r"<li>By Col. Ada Wick</li>", ""))
    assert (fields.byline, fields.organization) == (None, "459th Example Wing vice commander")


@pytest.mark.parametrize(
    "kicker", ["News | March 5, 2020", "NEWS | March 5, 2020", "PRESS RELEASE | March 5, 2020"]
)
def test_the_line_above_the_title_names_content_type_and_day(kicker: str) -> None:
    fields = read(changed(made("g4_command"), r'<div class="info">.*?</div>', f"<div>{kicker}</div>"))
    assert f"{fields.section} | {fields.published_raw}" == kicker


@pytest.mark.parametrize(
    "label", ["Published {}", "PUBLISHED: {}", "{}", "Published Thursday, {}", "{} 10:30 a.m."]
)
def test_the_day_is_found_in_every_form_of_its_line(label: str) -> None:
    line = f"<li>{label.format('July 1, 2022')}</li>"
    assert read(changed(made("g4_unit"), r"<li>Published.*?</li>", line)).published_raw == "July 1, 2022"


STARTS = {
    "g1_news": r"<form [^>]*>",
    "g3_story": r"<form [^>]*>",
    "g4_command": r'<div class="adetail"[^>]*>',
    "g4_unit": r'<div class="adetail">',
}
BODIES = {
    "g1_news": r'(?<=<div class="da_black">)',
    "g3_story": r'(?<=<div class="body">)(?=\s*<p>Keepers)',
    "g4_command": r'(?<=<div class="body">)',
    "g4_unit": r'(?<=<div class="article-body">)',
}
ENDS = {
    "g1_news": r'(?=</div>\s*<div class="da_extra_wrapper)',
    "g3_story": r'(?=</div></div></div>\s*<div class="tags">)',
    "g4_command": r"(?=</div>\s*</div></div></div>\s*<div class=.topics)",
    "g4_unit": r"(?=</div></section>)",
}


@settings(max_examples=40, deadline=None)
@given(
    name=st.sampled_from(sorted(STARTS)),
    around=st.lists(st.sampled_from(FURNITURE), max_size=4),
    within=st.lists(st.sampled_from(FURNITURE), max_size=4),
    tail=st.sampled_from(TAILS),
)
@example(name="g4_command", around=list(FURNITURE), within=list(FURNITURE), tail=TAILS[0])
@example(name="g3_story", around=list(FURNITURE), within=list(FURNITURE), tail=TAILS[0])
def test_furniture_around_and_inside_changes_nothing(
    name: str, around: list[str], within: list[str], tail: str
) -> None:
    page = made(name)
    start = re.search(STARTS[name], page.content.decode(), re.DOTALL)
    assert start
    dressed = changed(page, STARTS[name], start[0] + "".join(around))
    dressed = changed(changed(dressed, BODIES[name], "".join(within)), ENDS[name], tail)
    assert read(dressed) == read(page)


@given(st.text("0123456789abcdef+/=", min_size=1), st.integers(1, 9999))
def test_view_state_and_cache_numbers_change_nothing(state: str, number: int) -> None:
    page = made("g1_news")
    stirred = changed(changed(page, r'value="q1w2e3"', f'value="{state}"'), r"cdv=469", f"cdv={number}")
    assert read(stirred) == read(page)


WORDS = st.text(st.characters(categories=["L", "N"], max_codepoint=0xD7A3), min_size=1, max_size=9)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.lists(WORDS, min_size=3, max_size=9).map(lambda words: " ".join(words) + "."),
        min_size=1,
        max_size=5,
    )
)
def test_every_paragraph_of_any_script_comes_back(sentences: list[str]) -> None:
    body = "".join(f"<p>{sentence}</p>" for sentence in sentences)
    page = changed(
        made("g4_unit"), r'<div class="article-body">.*?</div>', f'<div class="article-body">{body}</div>'
    )
    assert read(page).paragraphs == tuple(sentences)


HOSTILE = {
    "empty": b"",
    "white": b" \n ",
    "binary": bytes(range(256)) * 400,
    "zeros": b"\x00" * 5000,
    "open tag": b'<div class="adetail"><h1',
    "nested": b'<div class="adetail"><h1>x</h1>' + b"<div>" * 100_000 + b"July 1, 2022",
    "nested spans": b'<div class="adetail"><h1>x</h1><div class="body">' + b"<b><i>" * 100_000 + b"x",
    "one huge text": b'<div class="adetail"><h1>x</h1><div class="body">' + b"a b " * (4 * 1024 * 1024),
    "many elements": b'<div class="adetail"><h1>x</h1><div class="body">' + b"<p>a.</p>" * 150_000,
    "many breaks": b'<div class="adetail"><h1>x</h1><div class="body">' + b"<br>" * 300_000 + b"x",
    "spaces": b'<div class="adetail"><h1>x</h1><p>By' + b" " * 1_000_000 + b"</p>",
    "bars": b'<div class="adetail"><h1>x</h1><p>' + b"NEWS | " * 100_000 + b"</p>",
    "no markup": "沖縄".encode("shift_jis") * 1000,
}


@pytest.mark.heavy
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_pages_are_one_clear_line(name: str) -> None:
    page = Page(URLS["g4_unit"], 200, (), HOSTILE[name])
    article.recognizes(page)
    article.is_article(page)
    with pytest.raises(ParseError) as error:
        read(page)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 400


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(URLS)), st.floats(0, 1))
def test_a_page_that_breaks_off_never_crashes(name: str, share: float) -> None:
    page = made(name)
    result = outcome(replace(page, content=page.content[: int(len(page.content) * share)]))
    if isinstance(result, Fields):
        assert result.title
        assert result.paragraphs
    else:
        assert "\n" not in result


@pytest.mark.parametrize(
    "label", ["text/html", "text/html; charset=iso-8859-1", "text/html; charset=klingon", ""]
)
def test_a_wrong_charset_label_changes_nothing(label: str) -> None:
    page = made("g4_command")
    assert read(replace(page, headers=(("content-type", label),))) == read(page)


def test_windows_letters_are_read_as_labelled_or_as_windows() -> None:
    text = made("g4_unit").content.decode().replace("Ada Wick", "Ada W\u00ecck\u2019s")
    for label in ("text/html; charset=windows-1252", "text/html"):
        page = Page(URLS["g4_unit"], 200, (("content-type", label),), text.encode("cp1252"))
        assert read(page).byline == "Col. Ada W\u00ecck\u2019s"
