"""Where the article is on an AFPIMS page, and which of its elements are page furniture.

Sources: the `da_` prints, the war.gov page of 2025 and the descriptions of the dgov-card and dod2 markup in
the documentation of other scrapers. Markup of dod2 articles was never seen, so several ways lead to it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import dropwhile

from lxml import etree
from lxml.html import HtmlElement

from crawler.parsing import html
from crawler.parsing.html import LeavesOut, ParseError
from crawler.parsing.platforms.xpath import has_class
from storage.models import Page


def _select_class(name: str) -> str:
    return f"*[contains(@class, '{name}')][{has_class(name)}]"  # the first test is quick, and most fail it


# The first of these that holds a heading is the article, from the most to the least certain. A page without
# the word is not searched: that takes less time.
ARTICLES = tuple(
    (word.encode(), etree.XPath(f"descendant-or-self::{test}"))
    for word, test in (
        ("adetail", _select_class("adetail")),
        ("article-detail", _select_class("article-detail")),
        ("schema.org/NewsArticle", "*[contains(@itemtype, 'schema.org/NewsArticle')]"),
        ("data-content-type", "div[@data-content-type]"),
        ("_ViewArticle_UpdatePanel", "*[contains(@id, '_ViewArticle_UpdatePanel')]"),
        ("article-view", _select_class("article-view")),
        ("ModArticleCSViewArticleC", _select_class("ModArticleCSViewArticleC")),
        ("da_black", _select_class("da_black")),
        ("body-text", _select_class("body-text")),
    )
)
PRINTS = frozenset({"da_print_body", "da_page_print", "da_print_bio"})
MODULES = frozenset({"DNNModuleContent", "article-view"})
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
# Whole class names and ids of known components that sites put into the article. A name that only begins like
# one is the text's own: "search-and-rescue", "next-steps", "print-shop".
BOX = (
    r"(?:bar|box|block|buttons?|btn|container|inner|wrap|wrapper|links?|list|nav|panel|tools?|toolbar|widget)"
)
STORIES = (
    r"(?:stories|story|articles?|news|items?|posts?|content|biographies|documents|media|videos|photos|topics)"
)
CHROME = re.compile(
    rf"""social(?:-(?:{BOX}|share|sharing|media|icons?))*
    | (?:article-|more-)?(?:share|sharing)(?:-(?:{BOX}|bottom|top|icons?|this|label))*
    | sharethis.* | a2a_.* | addtoany.* | copy-link(?:-{BOX})?
    | print(?:-(?:{BOX}|icon))* | da_print | da_related_item | da_body_end | story_end
    | (?:.*-)?related | related(?:[-_](?:{STORIES}|{BOX}))+
    | bottomnavcontainer | article-navbtn.*
    | (?:next|prev|previous)(?:-(?:{BOX}|article|story|prev|previous|next|page))* | next(?:and)?prev(?:ious)?
    | pager(?:-{BOX})* | pagination(?:-(?:{BOX}|lg|sm))*
    | breadcrumbs?(?:-{BOX})* | skip(?:-(?:link|nav|to-content|to-main|link-holder))?
    | menu(?:-{BOX})* | navbar(?:-.*)?
    | .*header_banner.* | (?:site-|alert-|page-)?banner(?:-{BOX})*
    | disclaimer(?:-{BOX})* | site-alert | (?:site|shutdown|system)-notices?(?:-{BOX})*
    | alert(?:-(?:{BOX}|message|warning|danger|info|success|primary|secondary|dismissible))*
    | notifications?(?:-{BOX})* | subscribe(?:-{BOX})* | newsletter(?:-(?:{BOX}|signup|form))*
    | govdelivery.*
    | (?:news-|site-|article-)?search(?:-(?:{BOX}|form|input|field))* | (?:news-)?archives?(?:-{BOX})*
    | dnnmodule-\w*(?:topics|search|archives?|related|social|share|breadcrumb)
    | (?:article-)?topics?(?:-(?:{BOX}|cloud))* | tag-?cloud | categories(?:-{BOX})*
    | comments?(?:-(?:{BOX}|form))* | disqus.* | section-blurb | blurb
    | sr-only | visually-hidden | screen-reader(?:-text|-only)?
    | google[-_]translat.* | translate(?:-{BOX})* | footer(?:-{BOX})*
    """,
    re.VERBOSE | re.IGNORECASE,
)
MEDIA_TAGS = frozenset({"figure", "figcaption", "video", "audio", "picture"})
PICTURE = (
    r"(?:credits?|captions?|gallery|frame|holder|container|wrapper|wrap|inner|item|box|block|player|control|embed|"
    r"overlay|responsive|inline|video|image|photo|object|left|right|center|text|title|description|info|details|"
    r"link|js)"
)
MEDIA = re.compile(
    rf"""da_media_item | da_print_media | da_extra_wrapper | da_story_large_image | da_bio_small_image
    | (?:.*[-_])?gallery(?:[-_]{PICTURE})*
    | (?:carousel|slider|slick)(?:-.*)? | (?:media|photos?|images?|videos?|captions?)(?:[-_]{PICTURE})*
    | (?:.*-)?caption | credit | video-js
    """,
    re.VERBOSE | re.IGNORECASE,
)
ID_TAGS = frozenset({"div", "ul", "ol", "nav", "form", "aside"})  # others' ids are anchors in the text
APART_TAGS = CHROME_TAGS | MEDIA_TAGS | {"aside"}  # whatever their attributes, but for the meta card
TAGS = re.compile(r"(?:article-)?tags|tag-list", re.IGNORECASE)
TITLES = frozenset({"maintitle", "title", "biotitleprint"})
DGOV_SKIN = b"/skins/dgov"
HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ArticleNode:
    """The element of the page that holds the article, and what the page around it says of it."""

    url: str
    design: str  # g1, g1-print, g2, g3, g4
    kinds: str  # what kind its markup says it is, in lower case; some kinds have no date
    scope: HtmlElement  # the module around the article: tags and galleries may stand beside it


@dataclass(frozen=True, slots=True)
class Article:
    """The parts of an article: elements of the page's own tree, with all furniture still in them."""

    url: str
    design: str  # g1, g1-print, g2, g3, g4
    kinds: str  # what kind its markup says it is, in lower case; some kinds have no date
    scope: HtmlElement  # the module around the article: tags and galleries may stand beside it
    title: HtmlElement
    bodies: tuple[HtmlElement, ...]  # empty where no element is marked as the body


def locate_article(page: Page, root: HtmlElement) -> ArticleNode:
    """Return the element of a page that holds its article.

    ParseError where there is no article, none with a heading, or two.
    """
    node = _find_node(page, root)
    return ArticleNode(page.url, _detect_design(page, node), _read_kinds(node), _find_module(node))


def serialize_article(node: ArticleNode) -> bytes:
    """Return the article's part of a page, complete but for the values of its inputs.

    No field is read from inputs, and the view state is one. It is XML, since lxml's HTML loses differences:
    it writes the addresses "a b" and "a%20b" alike.
    """
    for field in node.scope.iter("input"):
        field.attrib.pop("value", None)
    return bytes(etree.tostring(node.scope, encoding="utf-8", with_tail=False))


def split_article(node: ArticleNode) -> Article:
    """Return the parts of an article; ParseError where it has no title."""
    title = _find_title(node.scope, node.url)
    bodies = _find_bodies(node.scope, title)
    return Article(node.url, node.design, node.kinds, node.scope, title, bodies)


def read_bodies(article: Article) -> tuple[str, ...]:
    """Return the blocks of the elements marked as body, without what is not text of the release."""
    return tuple(block for body in article.bodies for block in html.read_blocks(body, is_apart))


def read_whole(article: Article) -> tuple[str, ...]:
    """Return the blocks of the article's module, for articles without an element marked as body."""
    return html.read_blocks(article.scope, mark_furniture(article))


def mark_furniture(article: Article) -> LeavesOut:
    """Return what tells furniture from text; in an article without a body, nothing around the title is."""
    if article.bodies:
        return is_apart
    around = {article.title, *article.title.iterancestors()}
    return lambda node: node not in around and is_apart(node)


def is_apart(node: HtmlElement) -> bool:
    """Return whether an element is not text of the release: furniture, a gallery, the tags."""
    if not node.keys():  # most elements
        return node.tag in APART_TAGS
    return is_chrome(node) or is_media(node) or any(map(TAGS.fullmatch, (node.get("class") or "").split()))


def is_chrome(node: HtmlElement) -> bool:
    """Return whether an element is page furniture by its name, class, id or style."""
    if node.tag in CHROME_TAGS or node.get("hidden") is not None or HIDDEN.search(node.get("style") or ""):
        return True
    if node.tag == "aside" and "meta" not in (node.get("class") or "").split():
        return True
    return any(map(_is_chrome_name, _list_names(node)))


def is_media(node: HtmlElement) -> bool:
    """Return whether an element shows pictures, or describes one."""
    return node.tag in MEDIA_TAGS or any(map(_is_media_name, _list_names(node)))


def iterate_parents(node: HtmlElement, outer: HtmlElement) -> Iterator[HtmlElement]:
    """Yield the elements around one, from the nearest outwards, up to but without `outer`."""
    for parent in node.iterancestors():
        if parent is outer:
            return
        yield parent


def is_in_media(node: HtmlElement, outer: HtmlElement) -> bool:
    """Return whether an element is inside a gallery."""
    return any(is_media(parent) for parent in iterate_parents(node, outer))


def is_in_chrome(node: HtmlElement, outer: HtmlElement) -> bool:
    """Return whether an element is inside page furniture."""
    return any(is_chrome(parent) for parent in iterate_parents(node, outer))


def _find_node(page: Page, root: HtmlElement) -> HtmlElement:
    for word, path in ARTICLES:
        found = _keep_outermost(path(root)) if word in page.content else []
        titled = [node for node in found if node.find(".//h1") is not None]
        if len(titled) > 1:
            raise ParseError(page.url, f"article: {len(titled)} of them with a heading, wanted 1")
        if found:
            return titled[0] if titled else _find_around(page, found[0])
    raise ParseError(page.url, "article: no element is marked as one")


def _keep_outermost(nodes: list[HtmlElement]) -> list[HtmlElement]:
    chosen = set(nodes)
    return [node for node in nodes if not any(parent in chosen for parent in node.iterancestors())]


def _find_around(page: Page, node: HtmlElement) -> HtmlElement:
    """Return the nearest element that holds the node and a heading (G1, and messages of marines.mil)."""
    around = next((each for each in node.iterancestors() if each.find(".//h1") is not None), None)
    if around is None:
        raise ParseError(page.url, "title: no h1")
    return around


def _find_module(node: HtmlElement) -> HtmlElement:
    around = [node, *node.iterancestors()]
    if any(PRINTS & _read_classes(each) for each in around):  # the gallery and the tags are outside of it
        return next((each for each in around if each.tag == "form"), node)
    return next((each for each in around if MODULES & _read_classes(each)), node)


def _detect_design(page: Page, node: HtmlElement) -> str:
    around = [node, *node.iterancestors()]
    if b"da_black" in page.content:
        return "g1-print" if any(PRINTS & _read_classes(each) for each in around) else "g1"
    is_card = b"dgov-card" in page.content
    if is_card and any("dgov-card" in _read_classes(each) for each in [*around, *node.iter()]):
        return "g2"
    has_skin = DGOV_SKIN in html.lower_content(page)
    return "g3" if has_skin or node.find(".//header[@class='content-wrap']") is not None else "g4"


def _read_kinds(node: HtmlElement) -> str:
    around = [node, *node.iterancestors(), *node.iter("h1")]
    names = [each.get(name) or "" for each in around for name in ("class", "data-content-type")]
    return " ".join(names).lower()


def _find_title(scope: HtmlElement, url: str) -> HtmlElement:
    headings = [node for node in scope.iter("h1") if not is_in_chrome(node, scope)]
    marked = [node for node in headings if TITLES & _read_classes(node)]
    named = marked or headings[:1]
    if len({html.read_text(node) for node in named}) > 1:
        raise ParseError(url, f"title: {len(named)} headings that differ")
    if not named or not html.read_text(named[0]):
        raise ParseError(url, "title: an empty h1" if named else "title: no h1")
    return named[0]


def _find_bodies(scope: HtmlElement, title: HtmlElement) -> tuple[HtmlElement, ...]:
    """Return the elements marked as body after the title: the most certain, with its equals beside it."""
    ranked: dict[int, list[HtmlElement]] = {}
    for node in _list_below(scope, title):
        rank = _rank_body(node)
        if rank is not None and not is_in_chrome(node, scope) and not is_in_media(node, scope):
            ranked.setdefault(rank, []).append(node)
    if not ranked:
        return ()
    first, *others = ranked[min(ranked)]
    return (first, *(node for node in others if node.getparent() is first.getparent()))


def _list_below(scope: HtmlElement, title: HtmlElement) -> Iterator[HtmlElement]:
    below = dropwhile(lambda node: node is not title, scope.iter())
    next(below, None)
    return below


def _rank_body(node: HtmlElement) -> int | None:
    if node.get("itemprop") == "articleBody":
        return -1
    names = (node.get("class") or "").split()
    return next((rank for rank, name in enumerate(BODIES) if name in names), None) if names else None


def _read_classes(node: HtmlElement) -> set[str]:
    return set((node.get("class") or "").split())


@lru_cache(maxsize=1024)  # the same few names on every page of a site
def _is_chrome_name(name: str) -> bool:
    return CHROME.fullmatch(name) is not None


@lru_cache(maxsize=1024)
def _is_media_name(name: str) -> bool:
    return MEDIA.fullmatch(name) is not None


def _list_names(node: HtmlElement) -> list[str]:
    names = (node.get("class") or "").split()
    own = node.get("id") if node.tag in ID_TAGS else None
    return names if own is None else [*names, own]
