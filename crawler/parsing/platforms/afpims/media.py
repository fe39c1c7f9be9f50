"""What an AFPIMS article has besides its text: pictures, tags, links."""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from lxml import etree
from lxml.html import HtmlElement

from crawler.parsing import boilerplate, html, text
from crawler.parsing.html import LeavesOut
from crawler.parsing.platforms import xpath
from crawler.parsing.platforms.afpims.layout import (
    Article,
    is_in_chrome,
    is_in_media,
    is_media,
    iterate_parents,
)
from storage.models import Image, Link

ASSET = re.compile(r"media\.defense\.gov/\d{4}/[A-Za-z]{3}/\d{2}/(\d+)/")
VIRIN = re.compile(r"(?<!\d)\d{6}-[A-Z]-[A-Z0-9]{4,6}-\d{3,4}[A-Z]?(?![A-Z0-9])", re.IGNORECASE)
ICON = re.compile(r"\.(?:svg|ico)(?:$|\?)|/(?:icons?|skins?|_default)/|spacer|pixel|data:", re.IGNORECASE)
# As in: (U.S. Air Force photo/Senior Airman A. Name), (Courtesy graphic)
CREDIT = re.compile(
    r"\(([^()]*\b(?:photos?|photograph|graphic|illustration|image|video|courtesy)\b[^()]*)\)\W*$",
    re.IGNORECASE,
)
CREDIT_LINE = re.compile(r"^(?:photo|image|graphic|video)\s+(?:by|credit):?\s*([^|]+)", re.IGNORECASE)
VIRIN_LINE = re.compile(r"VIRIN:", re.IGNORECASE)
DA_ITEM = etree.XPath("boolean(descendant-or-self::*[contains(@class, 'da_media_item')])")
CREDITED = re.compile(r"\bvirin\b|\b(?:by|credit)\b", re.IGNORECASE)
CAPTIONS = re.compile(r"caption|description", re.IGNORECASE)
CREDITS = re.compile(r"(?:photo-?)?credits?|byline", re.IGNORECASE)
DOCUMENT = re.compile(r"\.(?:pdf|docx?|xlsx?|pptx?|rtf|odt|zip|csv|txt)(?:$|[?#])", re.IGNORECASE)
SOURCES = ("src", "data-src", "data-original", "data-lazy")
CLOUD = re.compile(r"^(?:topics|tag cloud)\b", re.IGNORECASE)
TAG_BOXES = etree.XPath(
    ".//*[contains(@class, 'tag')]["
    + " or ".join(map(xpath.has_class, ("tags", "tag-list", "article-tags")))
    + "]"
)
HIDDEN_STYLE = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
MAX_ITEM_LEVELS = 5  # from a picture up to the element that holds its caption too


def find_images(article: Article) -> tuple[Image, ...]:
    """Return the pictures of the article's galleries and body, in order, no duplicates, no icons."""
    found: dict[str, Image] = {}
    base = html.find_base(article.scope, article.url)
    for node in article.scope.iter("img"):
        url = None if _is_tag_mark(node) else _find_source(node, base)
        if url and _is_picture(node, url, article):
            asset = ASSET.search(url)
            found.setdefault(asset[1] if asset else url, _read_image(node, url, article.scope))
    return tuple(found.values())


def find_tags(article: Article) -> tuple[str, ...]:
    """Return the article's own tags, in order, without the tag cloud of the site."""
    linked = [
        link
        for box in TAG_BOXES(article.scope)
        if not CLOUD.match(html.read_text(box)) and not is_in_chrome(box, article.scope)
        for link in box.iter("a")
    ]
    marked = [node.getparent() for node in article.scope.iter("img") if _is_tag_mark(node)]
    found = (text.clean_line(link.text_content()).strip("#, ") for link in [*marked, *linked])
    return tuple(dict.fromkeys(words for words in found if words))


def find_links(
    parts: Iterable[HtmlElement],
    base: str,
    paragraphs: Iterable[str],
    leaves_out: LeavesOut = html.keep_all,
) -> tuple[Link, ...]:
    """Return the links and attachments of the body's elements, in order, no duplicates.

    A link counts where its words are in the paragraphs; a link to a document always counts.
    """
    body = text.clean_line(" ".join(paragraphs))
    found = [link for part in parts for link in _read_links(part, base, leaves_out)]
    return tuple(
        dict.fromkeys(each for each in found if each.attachment or (each.text and each.text in body))
    )


def find_embeds(article: Article) -> tuple[Link, ...]:
    """Return the videos, players and frames in the article's body and galleries, in order, no duplicates."""

    def is_shown(node: HtmlElement) -> bool:
        if is_in_chrome(node, article.scope):
            return False
        around = set(iterate_parents(node, article.scope))
        is_inside = not article.bodies or not around.isdisjoint(article.bodies)
        return is_inside or is_in_media(node, article.scope)

    return read_embeds(article.scope, article.url, is_shown)


def read_embeds(
    part: HtmlElement, base: str, is_shown: Callable[[HtmlElement], bool] = lambda _: True
) -> tuple[Link, ...]:
    """Return what is embedded in an element, as far as a reader sees it and it has an address."""
    found: dict[str, Link] = {}
    for node in part.iter("iframe", "video", "audio", "object", "embed"):
        url = None if _is_invisible(node) or not is_shown(node) else _find_embedded(node, base)
        if url:
            found.setdefault(url, Link(url, text.clean_line(node.get("title") or ""), embedded=True))
    return tuple(found.values())


def _is_invisible(node: HtmlElement) -> bool:
    sizes = {(node.get(name) or "").strip().removesuffix("px") for name in ("width", "height")}
    is_hidden = "hidden" in node.attrib or node.get("aria-hidden") == "true"
    return is_hidden or bool(sizes & {"0", "1"}) or bool(HIDDEN_STYLE.search(node.get("style") or ""))


def _find_embedded(node: HtmlElement, base: str) -> str | None:
    names = (*SOURCES, "data")
    inside = (node, *node.iter("source", "embed"))
    return next(
        (url for each in inside for name in names if (url := html.resolve_link(each.get(name) or "", base))),
        None,
    )


def _read_links(part: HtmlElement, base: str, leaves_out: LeavesOut) -> Iterator[Link]:
    if next(part.iter("a"), None) is None:
        return
    base = html.find_base(part, base)
    for event, node in html.walk_kept(part, leaves_out):
        if event != "start" or node.tag != "a":
            continue
        url = html.resolve_link(node.get("href") or "", base)
        words = _read_link_words(node, leaves_out) if url else ""
        if url and not boilerplate.is_furniture(words):
            yield Link(url, words, bool(DOCUMENT.search(url)))


def _read_link_words(link: HtmlElement, leaves_out: LeavesOut) -> str:
    """Return the words of a link; those of a link inside it are its own."""
    words: list[str] = []
    for event, node in html.walk_kept(
        link, lambda each: each.tag == "a" or each.tag in html.HIDDEN_TAGS or leaves_out(each)
    ):
        words.append(" " if node.tag == "br" else "")
        words.append((node.text if event == "start" else node.tail if node is not link else None) or "")
    return text.clean_line("".join(words))


def _is_tag_mark(node: HtmlElement) -> bool:
    return (node.get("src") or "").endswith("/tag.png")


def _find_source(node: HtmlElement, base: str) -> str | None:
    return next((url for name in SOURCES if (url := html.resolve_link(node.get(name) or "", base))), None)


def _is_picture(node: HtmlElement, url: str, article: Article) -> bool:
    if ICON.search(url):
        return False
    around = set(iterate_parents(node, article.scope))
    shown = ASSET.search(url) or is_in_media(node, article.scope) or not around.isdisjoint(article.bodies)
    return bool(shown) and not is_in_chrome(node, article.scope)


def _read_image(node: HtmlElement, url: str, scope: HtmlElement) -> Image:
    item = _find_item(node, scope)
    alt = text.clean_line(node.get("alt") or "")
    caption = ("" if item is None else _find_caption(item)) or (alt if " " in alt else "")
    lines = [] if item is None or not CREDITED.search(item.text_content()) else _list_lines(item)
    named = next((text.clean_line(line[1]) for line in map(CREDIT_LINE.match, lines) if line), None)
    printed = CREDIT.search(caption)
    virin = VIRIN.search(url.rpartition("/")[2]) or next(filter(None, map(VIRIN.search, lines)), None)
    return Image(
        url,
        caption=caption or None,
        credit=named or _find_marked_credit(item) or (text.clean_line(printed[1]) if printed else None),
        virin=virin[0].upper() if virin else None,
    )


def _list_lines(item: HtmlElement) -> list[str]:
    return [html.read_text(each) for each in item.iter("p", "span", "div", "small", "li")]


def _find_item(node: HtmlElement, scope: HtmlElement) -> HtmlElement | None:
    """Return the element that holds a picture and its caption: the largest without another picture."""
    item = None
    for parent in islice(iterate_parents(node, scope), MAX_ITEM_LEVELS):
        if len(list(islice(parent.iter("img"), 2))) > 1 or parent.find(".//h1") is not None:
            break
        if is_media(parent) or is_in_media(parent, scope):
            item = parent
    return item


def _find_caption(item: HtmlElement) -> str:
    marked = next((each for each in item.iter() if CAPTIONS.search(each.get("class") or "")), None)
    if marked is None:
        marked = next(item.iter("figcaption"), None)
        marked = marked if marked is None else next(marked.iter("p"), marked)
    if marked is None and DA_ITEM(item):
        marked = next((p for p in reversed(list(item.iter("p"))) if html.read_text(p)), None)
    return "" if marked is None else _read_without_credit(marked)


def _read_without_credit(marked: HtmlElement) -> str:
    """Return a caption's words without the lines that name the photographer or the picture's number."""
    words: list[str] = []
    walk = etree.iterwalk(marked, events=("start", "end"))
    for event, node in walk:
        if event == "end":
            words += [" " if node.tag in html.BLOCKS or node.tag == "br" else ""]
            words += [node.tail or ""] if node is not marked else []
        elif node is not marked and _is_credit(node):
            walk.skip_subtree()
        else:
            words.append(node.text or "")
    return text.clean_line("".join(words))


def _is_credit(node: HtmlElement) -> bool:
    line = html.read_text(node)
    return bool(
        CREDITS.fullmatch(node.get("class") or "") or CREDIT_LINE.match(line) or VIRIN_LINE.match(line)
    )


def _find_marked_credit(item: HtmlElement | None) -> str | None:
    if item is None:
        return None
    marked = next((each for each in item.iter() if CREDITS.fullmatch(each.get("class") or "")), None)
    return html.read_text(marked) or None
