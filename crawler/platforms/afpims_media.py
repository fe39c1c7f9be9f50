"""What hangs on an AFPIMS article besides its text: pictures, tags, links."""

import re
from collections.abc import Iterable

from bs4.element import Tag

from crawler import boilerplate, html, text
from crawler.platforms.afpims_page import Article, inside, is_media
from storage.records import Image, Link

ASSET = re.compile(r"media\.defense\.gov/\d{4}/[A-Za-z]{3}/\d{2}/(\d+)/")
VIRIN = re.compile(r"(?<!\d)\d{6}-[A-Z]-[A-Z0-9]{4,6}-\d{3,4}[A-Z]?(?![A-Z0-9])", re.IGNORECASE)
ICON = re.compile(r"\.(?:svg|ico)(?:$|\?)|/(?:icons?|skins?|_default)/|spacer|pixel|data:", re.IGNORECASE)
# As in: (U.S. Air Force photo/Senior Airman A. Name), (Courtesy graphic)
CREDIT = re.compile(
    r"\(([^()]*\b(?:photos?|photograph|graphic|illustration|image|video|courtesy)\b[^()]*)\)\W*$",
    re.IGNORECASE,
)
CREDIT_LINE = re.compile(r"^(?:photo|image|graphic|video)\s+(?:by|credit):?\s*([^|]+)", re.IGNORECASE)
CAPTIONS = re.compile(r".*caption.*|.*description.*", re.IGNORECASE)
CREDITS = re.compile(r"(?:photo-?)?credits?|byline", re.IGNORECASE)
DOCUMENT = re.compile(r"\.(?:pdf|docx?|xlsx?|pptx?|rtf|odt|zip|csv|txt)(?:$|[?#])", re.IGNORECASE)
SOURCES = ("src", "data-src", "data-original", "data-lazy")
CLOUD = re.compile(r"^(?:topics|tag cloud)\b", re.IGNORECASE)
DEEPEST_ITEM = 5  # levels from a picture up to what holds its caption


def images(article: Article) -> tuple[Image, ...]:
    """Return the pictures of the article's galleries and body, in order, none twice; no icons."""
    found: dict[str, Image] = {}
    for tag in article.scope.find_all("img"):
        url = next(
            (url for name in SOURCES if (url := html.absolute(html.attribute(tag, name), article.url))), None
        )
        if url and _is_picture(tag, url, article):
            asset = ASSET.search(url)
            found.setdefault(asset[1] if asset else url, _image(tag, url, article.scope))
    return tuple(found.values())


def tags(article: Article) -> tuple[str, ...]:
    """Return the article's own tags, in order; the cloud of the site's topics is not among them."""
    marked = [img.parent for img in article.scope.select('a > img[src$="tag.png"]')]
    boxes = [
        box
        for box in article.scope.select(".tags, .tag-list, .article-tags")
        if not CLOUD.match(html.line(box))
    ]
    linked = [link for box in boxes for link in box.find_all("a")]
    return tuple(
        dict.fromkeys(words for link in [*marked, *linked] if (words := html.line(link).strip("#, ")))
    )


def links(article: Article, paragraphs: Iterable[str]) -> tuple[Link, ...]:
    """Return the links and attachments of the body, in order, none twice.

    A link counts if its words are in the text that was kept; one to a document always does.
    """
    kept = text.clean(" ".join(paragraphs))
    parts = article.bodies or (article.scope,)
    found = [link for part in parts for tag in part.find_all("a") if (link := _link(tag, article.url))]
    return tuple(
        dict.fromkeys(link for link in found if link.attachment or (link.text and link.text in kept))
    )


def _link(tag: Tag, base: str) -> Link | None:
    url = html.absolute(html.attribute(tag, "href"), base)
    if url is None:
        return None
    words = html.line(tag)
    return None if boilerplate.is_furniture(words) else Link(url, words, bool(DOCUMENT.search(url)))


def _is_picture(tag: Tag, url: str, article: Article) -> bool:
    if ICON.search(url) or url.lower().endswith("tag.png"):
        return False
    around = list(inside(tag, article.scope))
    return (
        bool(ASSET.search(url))
        or any(map(is_media, around))
        or any(body in around for body in article.bodies)
    )


def _image(tag: Tag, url: str, scope: Tag) -> Image:
    item = _item(tag, scope)
    caption = _caption(item) or html.attribute(tag, "alt")
    caption = text.clean(caption)
    lines = [CREDIT_LINE.match(line) for line in html.blocks(item)] if item else []
    named = next((text.clean(line[1]) for line in lines if line), None) or _marked_credit(item)
    credit = CREDIT.search(caption)
    virin = VIRIN.search(url.rpartition("/")[2]) or VIRIN.search(html.line(item))
    return Image(
        url,
        caption or None,
        named or (text.clean(credit[1]) if credit else None),
        virin[0].upper() if virin else None,
    )


def _item(tag: Tag, scope: Tag) -> Tag | None:
    """Return what holds a picture with its caption: the largest element near it with no other picture."""
    item = None
    for parent, _ in zip(inside(tag, scope), range(DEEPEST_ITEM), strict=False):
        if not isinstance(parent, Tag) or len(parent.find_all("img")) > 1 or parent.find("h1"):
            break
        if is_media(parent):
            item = parent
    return item


def _caption(item: Tag | None) -> str:
    if item is None:
        return ""
    marked = item.find(class_=CAPTIONS) or item.find("figcaption")
    if isinstance(marked, Tag) and marked.name == "figcaption":
        marked = marked.find("p") or marked
    if marked is None and "da_media_item" in html.classes(item):
        marked = next((p for p in reversed(item.find_all("p")) if html.line(p)), None)
    return html.line(marked) if isinstance(marked, Tag) else ""


def _marked_credit(item: Tag | None) -> str | None:
    marked = item.find(class_=CREDITS) if item else None
    return html.line(marked) or None if isinstance(marked, Tag) else None
