"""Where the article is on an AFPIMS page, and what of it is furniture by its markup.

Sources: the `da_` prints, the war.gov page of 2025 and the descriptions of the dgov-card and dod2 markup in
the design notes (AFPIMS.md section 5). Markup of dod2 articles was never seen, so several ways lead to it.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bs4.element import Tag
from lxml.html import HtmlElement

from crawler import html
from crawler.html import ParseError
from storage.records import Page


def _has(name: str) -> str:
    return f"contains(concat(' ', normalize-space(@class), ' '), ' {name} ')"


# The first of these that holds a heading is the article; from the surest to the vaguest.
ARTICLES = tuple(
    f"//*[{test}]"
    for test in (
        _has("adetail"),
        _has("article-detail"),
        "contains(@itemtype, 'schema.org/NewsArticle')",
        "self::div[@data-content-type]",
        "contains(@id, '_ViewArticle_UpdatePanel')",
        _has("article-view"),
        _has("ModArticleCSViewArticleC"),
        _has("da_black"),
        _has("body-text"),
    )
)
PRINTS = " or ".join(map(_has, ("da_print_body", "da_page_print", "da_print_bio")))
MODULES = " or ".join(map(_has, ("DNNModuleContent", "article-view")))
BODIES = ("da_black", "body-text", "article-body", "body", "ntext", "inside", "content")

CHROME_TAGS = frozenset(
    [
        "script",
        "style",
        "noscript",
        "template",
        "iframe",
        "object",
        "embed",
        "svg",
        "nav",
        "select",
        "button",
        "input",
        "textarea",
        "label",
    ]
)
# Class names and ids, whole; a site may hang its parts into the article.
CHROME = re.compile(
    r"""social.* | share.* | sharing.* | more-share | a2a_.* | addtoany.* | copy-link.*
    | print | print-.* | da_print | da_related_item | da_body_end | story_end
    | related.* | .*-related
    | bottomnavcontainer | article-navbtn.* | (?:next|prev).* | pager.* | pagination.*
    | breadcrumb.* | skip.* | menu.* | navbar.* | .*header_banner.* | banner.* | .*-banner
    | disclaimer.* | alert.* | site-notice.* | .*-notice | notification.*
    | subscribe.* | newsletter.* | govdelivery.* | search.* | .*search | archives? | archive-.* | .*archive
    | topics? | topics?-.* | .*topics | tag-?cloud | categories | comments? | disqus.* | section-blurb | blurb
    | sr-only | visually-hidden | screen-reader.* | google.* | translat.* | footer.*
    """,
    re.VERBOSE | re.IGNORECASE,
)
MEDIA_TAGS = frozenset({"figure", "figcaption", "video", "audio", "picture"})
MEDIA = re.compile(
    r"""da_media_item | da_print_media | da_extra_wrapper | da_story_large_image | da_bio_small_image
    | .*gallery.*
    | carousel.* | slider.* | slick.* | media | media-.* | photos? | photo-.* | images? | image-.*
    | video.* | caption.* | .*-caption | credit | photo-credit
    """,
    re.VERBOSE | re.IGNORECASE,
)
TAGS = re.compile(r"(?:article-)?tags|tag-list", re.IGNORECASE)
HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Article:
    """The article's part of a page; the elements belong to this reading alone."""

    url: str
    design: str  # g1, g1-print, g2, g3, g4
    kinds: str  # what its markup says it is, in lower case; for the exceptions from a date
    scope: Tag  # the module around the article: tags and galleries may stand beside it
    title: Tag
    bodies: tuple[Tag, ...]  # empty where no element is marked as the body


def cut(page: Page, root: HtmlElement) -> Article:
    """Return the article of a page, chrome still in it.

    Raises ParseError where there is no article, none with a heading, or two.
    """
    node = _node(page, root)
    module = _module(node)
    design = _design(page, node)
    scope = html.soup(module, page.url)
    title = _title(scope, page.url)
    return Article(page.url, design, _kinds(node), scope, title, _bodies(scope, title))


def drop_chrome(article: Article) -> None:
    """Take everything out of the article's part that belongs to the site."""
    _drop(article, is_chrome)


def drop_attached(article: Article) -> None:
    """Take galleries, pictures with their captions, and tags out of the article's part."""
    _drop(article, lambda tag: is_media(tag) or any(map(TAGS.fullmatch, html.classes(tag))))


def is_chrome(tag: Tag) -> bool:
    """Tell whether an element is furniture by its name, class, id or style."""
    if tag.name in CHROME_TAGS or tag.has_attr("hidden") or HIDDEN.search(html.attribute(tag, "style")):
        return True
    if tag.name == "aside" and "meta" not in html.classes(tag):
        return True
    return any(map(CHROME.fullmatch, _names(tag)))


def is_media(tag: Tag) -> bool:
    """Tell whether an element shows pictures, or tells about one."""
    return tag.name in MEDIA_TAGS or any(map(MEDIA.fullmatch, _names(tag)))


def inside(tag: Tag, outer: Tag) -> Iterator[Tag]:
    """Yield the elements around one, from the nearest to `outer`, which is left out."""
    for parent in tag.parents:
        if parent is outer:
            return
        yield parent


def _node(page: Page, root: HtmlElement) -> HtmlElement:
    for path in ARTICLES:
        found = _outermost(root.xpath(path))
        titled = [node for node in found if node.xpath("boolean(.//h1)")]
        if len(titled) > 1:
            raise ParseError(page.url, f"article: {len(titled)} of them with a heading, wanted 1")
        if found:
            return titled[0] if titled else _around(page, found[0])
    raise ParseError(page.url, "article: no element is marked as one")


def _outermost(nodes: list[HtmlElement]) -> list[HtmlElement]:
    chosen = set(nodes)
    return [node for node in nodes if not any(parent in chosen for parent in node.iterancestors())]


def _around(page: Page, node: HtmlElement) -> HtmlElement:
    """Return the nearest element that holds the node and a heading (G1, and messages of marines.mil)."""
    around = node.xpath("ancestor::*[.//h1][1]")
    if not around:
        raise ParseError(page.url, "title: no h1")
    return around[0]


def _module(node: HtmlElement) -> HtmlElement:
    if node.tag in {"html", "body", "form"}:
        return node
    prints = node.xpath(f"ancestor-or-self::*[{PRINTS}]")
    if prints:
        return (node.xpath("ancestor::form") or prints)[0]  # the gallery and the tags stand outside of it
    modules = node.xpath(f"ancestor-or-self::*[{MODULES}]")
    return modules[0] if modules else node


def _design(page: Page, node: HtmlElement) -> str:
    if node.xpath(f"boolean(descendant-or-self::*[{_has('da_black')}])"):
        printed = node.xpath(f"boolean(ancestor-or-self::*[{PRINTS}] | .//*[{PRINTS}])")
        return "g1-print" if printed else "g1"
    if node.xpath(f"boolean(descendant-or-self::*[{_has('dgov-card')}])"):
        return "g2"
    is_dgov = re.search(rb"/skins/dgov", page.content, re.IGNORECASE)
    return "g3" if is_dgov or node.xpath(f"boolean(.//header[{_has('content-wrap')}])") else "g4"


def _kinds(node: HtmlElement) -> str:
    around = node.xpath("ancestor-or-self::*[@class]/@class | ancestor-or-self::*/@data-content-type")
    return " ".join([*around, *node.xpath(".//h1/@class")]).lower()


def _title(scope: Tag, url: str) -> Tag:
    headings = [tag for tag in scope.find_all("h1") if not any(map(is_chrome, inside(tag, scope)))]
    marked = [tag for tag in headings if {"maintitle", "title", "biotitleprint"} & set(html.classes(tag))]
    named = marked or headings[:1]
    if len({html.line(tag) for tag in named}) > 1:
        raise ParseError(url, f"title: {len(named)} headings that differ")
    if not named or not html.line(named[0]):
        raise ParseError(url, "title: no h1" if not named else "title: an empty h1")
    return named[0]


def _bodies(scope: Tag, title: Tag) -> tuple[Tag, ...]:
    """Return the elements marked as body after the title: the best marked, with its equals beside it."""
    ranked: dict[int, list[Tag]] = {}
    for tag in title.find_all_next(True):
        rank = _rank(tag)
        if rank is not None and not any(is_chrome(each) or is_media(each) for each in inside(tag, scope)):
            ranked.setdefault(rank, []).append(tag)
    if not ranked:
        return ()
    first, *others = ranked[min(ranked)]
    return (first, *(tag for tag in others if tag.parent is first.parent))


def _rank(tag: Tag) -> int | None:
    if html.attribute(tag, "itemprop") == "articleBody":
        return -1
    names = html.classes(tag)
    return next((rank for rank, name in enumerate(BODIES) if name in names), None) if names else None


def _names(tag: Tag) -> list[str]:
    return [*html.classes(tag), html.attribute(tag, "id")]


def _drop(article: Article, is_dropped: Callable[[Tag], bool]) -> None:
    kept = (article.title, *article.bodies)
    spared = {id(each) for tag in kept for each in (tag, *tag.parents)}
    for tag in article.scope.find_all(is_dropped):
        if id(tag) not in spared and not tag.decomposed:
            tag.decompose()
