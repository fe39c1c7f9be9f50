"""DVIDS (dvidshub.net): the news, pictures and videos of all services.

The markup of a story is known from one page of 2026. The pages of pictures, videos and other media, and the
lists, were not seen: what is read from them follows the story's markup and their addresses, with low
confidence.
"""

import re
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from crawler.parsing import boilerplate, datelines, dates, html, text
from crawler.parsing.html import ParseError
from crawler.parsing.platforms import Parsers, dvids_api
from crawler.parsing.platforms.afpims import media
from crawler.parsing.platforms.generic import article, listing
from storage.models import Confidence, Fields, Image, Listing, Page
from storage.models.quoting import quote_value

NAME = "dvids"
VERSION = 2
PARSER = f"{NAME}:{VERSION}"
LISTING_CONFIDENCE = Confidence.LOW

HOSTS = frozenset({"www.dvidshub.net", "dvidshub.net", "api.dvidshub.net"})
SITE_NAME = re.compile(
    rb"<meta\s+property=[\"']og:site_name[\"']\s+content=[\"']DVIDS[\"']"
    rb"|<meta\s+content=[\"']DVIDS[\"']\s+property=[\"']og:site_name[\"']",
    re.IGNORECASE,
)
TITLE = re.compile(rb"<h1\b[^>]*\basset-title\b", re.IGNORECASE)
STORY_PATH = re.compile(r"^/news/(?:printable/)?([0-9]+)(?:/|$)", re.IGNORECASE)
ASSET_PATH = re.compile(r"^/[a-z_]+/(?:printable/|embed/)?([0-9]+)(?:/|$)", re.IGNORECASE)
STORY_BODY = ".news-body"
# Of media, by the names that a story's own elements have; none was seen.
MEDIA_BODIES = ".asset-description, .asset_description, .image-caption, .video-description"
NOT_BODY = ".relatedimage, .caption-short, .caption-full, .sharethis-inline-share-buttons, figure, aside, nav"
BY = re.compile(r"^(?:story|photo|image|video|audio|graphic|courtesy\s+\w+)?\s*by\b\s*:?\s*", re.IGNORECASE)
CREDIT = re.compile(r"^(?:photo|image|graphic|video)\s+by\s+([^|]+?)\s*\|\s*", re.IGNORECASE)
UNIT = ".asset_information .the_unit"


def list_parsers() -> Parsers:
    """Return the one parser for stories, media and lists."""
    return Parsers(articles=frozenset({PARSER}), listings=frozenset({PARSER}))


def recognizes(page: Page) -> bool:
    """Return whether the page is of DVIDS, by host or what it calls itself, or of its API; never raises."""
    try:
        host = urlsplit(page.url).hostname
    except ValueError:
        host = None
    is_named = b"dvids" in html.lower_content(page) and SITE_NAME.search(page.content) is not None
    named = host in HOSTS or is_named
    return named or (dvids_api.is_list(page) and b'"page_info"' in page.content)


def is_article(page: Page) -> bool:
    """Return whether the page claims to be a story or another asset; never raises."""
    if dvids_api.is_list(page) or dvids_api.is_asset(page):
        return dvids_api.is_asset(page)
    return TITLE.search(page.content) is not None or article.is_article(page)


def read_article(page: Page) -> Fields:
    """Read one story, or the description of a picture, video or other asset.

    The day is the one of posting: the head of the page prints the day on which a story was *taken*. A page of
    this host in other markup is read as one of an unknown platform.
    ParseError where the title, the number, the day of posting or the text is missing.
    """
    if dvids_api.is_asset(page):
        return dvids_api.read_asset(page, PARSER)
    if not TITLE.search(page.content):
        return article.read_article(page)
    root = html.parse_tree(page)
    table = _read_table(root)
    posted = table.get("date posted", "")
    posted_on = dates.parse_day(posted)
    if posted_on is None:
        raise ParseError(page.url, f"date: {quote_value(posted)} as date of posting")
    is_story = html.has_element(root, STORY_BODY)
    body = _find_body(root, page)
    blocks = html.read_paragraphs(body, without=NOT_BODY)
    dateline, paragraphs = datelines.split_dateline(boilerplate.strip_furniture(blocks))
    if not paragraphs:
        raise ParseError(page.url, "body: no text")
    return Fields(
        title=html.read_text(html.select_one(root, "h1.asset-title")),
        paragraphs=paragraphs,
        parser=PARSER,
        confidence=Confidence.HIGH if is_story else Confidence.LOW,
        design=NAME if is_story else f"{NAME}-media",
        article_id=_find_number(table, page),
        published_raw=posted,
        published_on=posted_on,
        byline=_find_byline(root),
        organization=_find_unit(root),
        dateline=dateline,
        tags=_find_tags(root),
        images=_find_images(root, page),
        links=(
            *media.find_links((body,), page.url, paragraphs),
            *media.read_embeds(body, html.find_base(body, page.url)),
        ),
    )


def read_listing(page: Page) -> Listing | None:
    """Return the stories that a page links to, in its order; None where there are too few, or it is an asset.

    Lists were not seen, so a story is a link to `/news/<number>/`. Whether the day beside it is the one of
    posting is not known.
    """
    if dvids_api.is_list(page):
        return dvids_api.read_list(page, PARSER)
    if TITLE.search(page.content) or ASSET_PATH.match(urlsplit(page.url).path):
        return None
    return listing.read_story_links(page, STORY_PATH, PARSER, dates.US_ENGLISH)


def _find_body(root: HtmlElement, page: Page) -> HtmlElement:
    for css in (STORY_BODY, MEDIA_BODIES):
        if html.has_element(root, css):
            return html.select_some(root, css)[0]
    raise ParseError(page.url, f"body: neither {STORY_BODY} nor a description")


def _read_table(root: HtmlElement) -> dict[str, str]:
    """Return the rows of the table below the text, by their names in lower case without the colon."""
    if not html.has_element(root, ".asset_info_table tr"):
        return {}
    found: dict[str, str] = {}
    for row in html.select_some(root, ".asset_info_table tr"):
        cells = [html.read_text(cell) for cell in row.iter("td", "th")]
        if len(cells) == 2:
            found.setdefault(cells[0].rstrip(": ").lower(), cells[1])
    return found


def _find_number(table: dict[str, str], page: Page) -> str:
    """Return the number that the page gives itself, else the one of its address."""
    printed = (value for name, value in table.items() if name.endswith(" id") and value.isdigit())
    in_address = ASSET_PATH.match(urlsplit(page.url).path)
    number = next(printed, in_address[1] if in_address else None)
    if number is None:
        raise ParseError(page.url, "number: neither the address nor the page has one")
    return number


def _find_byline(root: HtmlElement) -> str | None:
    lines = map(html.read_text, _select(root, ".asset_information h3"))
    return next((name for line in lines if BY.match(line) and (name := BY.sub("", line))), None)


def _find_unit(root: HtmlElement) -> str | None:
    named = (*_select(root, f"{UNIT} a"), *_select(root, UNIT))
    return next((name for node in named if (name := html.read_text(node))), None)


def _find_tags(root: HtmlElement) -> tuple[str, ...]:
    found = map(html.read_text, _select(root, ".tags .tag a"))
    return tuple(dict.fromkeys(tag for tag in found if tag))


def _find_images(root: HtmlElement, page: Page) -> tuple[Image, ...]:
    """Return the pictures above the text, without the thumbnails of connected media beside it."""
    found: dict[str, Image] = {}
    for item in _select(root, ".relatedimage"):
        captions = (*_select(item, ".caption-full"), *_select(item, ".caption-short"))
        caption = _read_caption(captions[0]) if captions else ""
        credit = CREDIT.match(caption)
        for node in item.iter("img"):
            url = html.resolve_link(node.get("src") or "", html.find_base(root, page.url))
            alt = html.read_attribute(node, "alt", "title")
            if url:
                words = CREDIT.sub("", caption) or alt
                found.setdefault(url, Image(url, words or None, credit[1] if credit else None))
    return tuple(found.values())


def _read_caption(node: HtmlElement) -> str:
    buttons = ".caption-read-less, .caption-read-more, .read-more"
    words = text.clean_line(" ".join(html.read_paragraphs(node, without=buttons)))
    return words.rstrip("| ")


def _select(node: HtmlElement, css: str) -> list[HtmlElement]:
    return html.select_some(node, css) if html.has_element(node, css) else []
