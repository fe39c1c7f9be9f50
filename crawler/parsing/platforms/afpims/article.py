"""Articles of AFPIMS in its four generations of markup.

The four: `da_` templates (2013 to 2016, with their print renderings), dgov-card (defense.gov 2015 to 2018),
DGOV/DGOV2 (defense.gov, war.gov) and dod2 (most commands and units since 2019). A field is read in several
independent ways where the page offers them; where they contradict one another, the page is not read.
"""

import hashlib
import re
from dataclasses import dataclass

from lxml.html import HtmlElement

from crawler.parsing import boilerplate, datelines, dates, html, text, urls
from crawler.parsing.html import ParseError
from crawler.parsing.platforms.afpims import head as afpims_head
from crawler.parsing.platforms.afpims import layout, media
from crawler.parsing.platforms.afpims.head import ArticleHead
from crawler.parsing.platforms.afpims.layout import Article, ArticleNode
from storage.models import Confidence, Fields, Page

NAME = "afpims"
VERSION = 3
PARSER = f"{NAME}:{VERSION}"

# In lower case, as the bytes that are searched. A page of AFPIMS has two of the signals, or one element that
# only its news module draws.
SIGNALS = tuple(
    re.compile(signal)
    for signal in (
        rb"/desktopmodules/articlecs",
        rb"/desktopmodules/sharedlibrary/",
        rb"dnn_ctr\d+_",
        rb"dnnmodulecontent modarticlecs",
        rb"media\.defense\.gov/",
        rb"dma public web",
        rb"\?cdv=\d",
        rb"class=[\"'][^\"'>]*\bda_(?:story_info|black|news_link)\b",
        rb"class=[\"'][^\"'>]*\b(?:adetail|dgov-card)\b",
        rb"/skins/(?:dod2|dgov)",
    )
)
ELEMENTS = re.compile(
    rb"<(?:listing-with-preview|listing-dashboard-with-preview|listing-titles-only|story-card)\s"
)
# What only articles have, each behind a plain word that is on every such page: to look for it takes no time.
ARTICLES = (
    *(
        (word, re.compile(rb"class=[\"'][^\"'>]*\b" + word + rb"(?=[\"'\s])"))
        for word in (b"adetail", b"article-detail", b"da_story_info", b"da_black")
    ),
    (
        b"modarticlecsviewarticle",
        re.compile(rb"class=[\"'][^\"'>]*\bmodarticlecsviewarticlec?(?=[\"'\s])"),
    ),
    (b"_viewarticle_updatepanel", re.compile(rb"id=[\"'][^\"'>]*_viewarticle_updatepanel")),
    (b"schema.org/newsarticle", re.compile(rb"itemtype=[\"'][^\"'>]*schema\.org/newsarticle")),
    (b"articleid", re.compile(rb"var\s+articleid\s*=\s*[\"']?\d+")),
)
TYPED = re.compile(rb"<div\b[^>]*\bdata-content-type=|class=[\"'][^\"'>]*\bbody-text(?=[\"'\s])")
ARTICLE_ID = re.compile(rb"var\s+articleId\s*=\s*[\"']?(\d+)")
# These have no date of publication.
UNDATED = re.compile(
    r"biograph|biotitle|(?<![\w-])bios?(?![\w-])|fact-?\s?sheet|speech|content-type-(?:3|10|11)\b",
    re.IGNORECASE,
)
DATE_IN_TITLE = re.compile(r"^Contracts\s+for\s", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FoundArticle:
    """An article found on its page: all that its fields are read from."""

    node: ArticleNode
    numbers: frozenset[str]  # that the page gives itself


def recognizes(page: Page) -> bool:
    """Return whether AFPIMS made the page; never raises."""
    content = html.lower_content(page)
    if ELEMENTS.search(content):
        return True
    found = (signal for signal in SIGNALS if signal.search(content))
    return next(found, None) is not None and next(found, None) is not None


def is_article(page: Page) -> bool:
    """Return whether the page claims to be an article; never raises."""
    content = html.lower_content(page)
    if any(word in content and path.search(content) for word, path in ARTICLES):
        return True
    return urls.find_article_number(page.url) is not None and TYPED.search(content) is not None


def read_article(page: Page) -> Fields:
    """Return the fields of an article page or a print rendering of one.

    ParseError with the field's name where number, title, body or (but for biographies, fact sheets and
    speeches) the date is missing, or where the page contradicts itself.
    """
    return read_fields(find_article(page))


def find_article(page: Page) -> FoundArticle:
    """Return the article on a page, not read yet; ParseError where it cannot be separated from the page."""
    root = html.parse_tree(page)
    return FoundArticle(layout.locate_article(page, root), _find_numbers(page, root))


def digest_article(found: FoundArticle) -> str:
    """Return the digest of an article before it is read; equal ones give equal fields with this parser.

    Everything that `read_fields` reads takes part. What stands around the article does not, so that view
    state, cache numbers and other stories do not change the digest.
    """
    node = found.node
    language = html.find_language(node.scope) or ""
    base = html.find_base(node.scope, node.url)
    context = "\n".join((PARSER, base, node.design, node.kinds, language, *sorted(found.numbers), ""))
    content = context.encode("utf-8", "surrogatepass") + layout.serialize_article(node)
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def read_fields(found: FoundArticle) -> Fields:
    """Return the fields of an article that was found; ParseError as `read_article` says."""
    article = layout.split_article(found.node)
    images, tags = media.find_images(article), media.find_tags(article)
    head, blocks = _read_marked(article) if article.bodies else _read_unmarked(article)
    dateline, paragraphs = datelines.split_dateline(boilerplate.strip_furniture(blocks))
    if not paragraphs:
        raise ParseError(article.url, "body: no text")
    title = html.read_text(article.title)
    language = html.find_language(article.title) or dates.US_ENGLISH
    raw = _find_published(article, head, title, language)
    return Fields(
        title=title,
        paragraphs=paragraphs,
        parser=PARSER,
        confidence=Confidence.HIGH,
        design=article.design,
        article_id=read_number(found),
        subtitle=head.subtitle,
        published_raw=raw,
        published_on=dates.parse_day(raw, language) if raw else None,
        byline=head.byline,
        organization=head.organization,
        dateline=dateline or head.dateline,
        section=head.section,
        tags=tags,
        images=images,
        links=(
            *media.find_links(
                article.bodies or (article.scope,), article.url, paragraphs, layout.mark_furniture(article)
            ),
            *media.find_embeds(article),
        ),
    )


def read_number(found: FoundArticle) -> str:
    """Return the number that the page gives itself, else the one of its address.

    They differ where another article answers at an address.

    ParseError where there is none, or two.
    """
    url = found.node.url
    if len(found.numbers) > 1:
        raise ParseError(url, f"number: the page says {' and '.join(sorted(found.numbers, key=int))}")
    known = next(iter(found.numbers), None) or urls.find_article_number(url)
    if known is None:
        raise ParseError(url, "number: neither the address nor the page has one")
    return known


def _find_numbers(page: Page, root: HtmlElement) -> frozenset[str]:
    named = (_read_own_address(node) for node in root.iter("meta", "link", "form"))
    numbers = {urls.find_article_number(address) for address in named if address}
    if b"articleId" in page.content:
        numbers |= {found.decode() for found in ARTICLE_ID.findall(page.content)}
    return frozenset(number for number in numbers if number)


def _read_own_address(node: HtmlElement) -> str | None:
    """Return the address that a page gives itself in an element of its head, or in its form."""
    if node.tag == "form":
        return node.get("action") if node.get("method") is not None else None
    if node.tag == "link":
        return node.get("href") if node.get("rel") == "canonical" else None
    return node.get("content") if node.get("property") == "og:url" else None


def _read_marked(article: Article) -> tuple[ArticleHead, tuple[str, ...]]:
    """Return head and body blocks of an article with an element for its body."""
    is_da = article.design.startswith("g1")
    head = afpims_head.read_story_info(article) if is_da else afpims_head.read_page_head(article)
    return head, layout.read_bodies(article)


def _read_unmarked(article: Article) -> tuple[ArticleHead, tuple[str, ...]]:
    """Return head and body blocks of an article where the body follows the lines of the head."""
    blocks = layout.read_whole(article)
    titles = [text.join_lines(block) for block in blocks]
    below = blocks[titles.index(html.read_text(article.title)) + 1 :]
    length = afpims_head.count_head_blocks(below)
    return afpims_head.read_page_head(article, below[:length]), below[length:]


def _find_published(article: Article, head: ArticleHead, title: str, language: str) -> str | None:
    """Return the day as printed; contract announcements of war.gov have it only in the title (seen 2025)."""
    days = {dates.parse_day(raw, language) for raw in head.published}
    if len(days) > 1:
        raise ParseError(article.url, f"date: {' and '.join(head.published)}")
    if head.published:
        return head.published[0]
    in_title = dates.find_printed_day(title) if DATE_IN_TITLE.search(title) else None
    if in_title is None and not _is_undated(article, head):
        raise ParseError(article.url, "date: none printed")
    return in_title[0] if in_title else None


def _is_undated(article: Article, head: ArticleHead) -> bool:
    path = article.url.lower().partition("/article/")[0]
    return UNDATED.search(f"{article.kinds} {head.section} {path}") is not None
