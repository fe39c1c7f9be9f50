"""Lists of feeds as OPML 2.0: read from other programs, and written for them. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from lxml import etree

from storage.publish.feed_text import clean_feed_line

LARGEST: Final = 5_000_000  # bytes of a file
MOST: Final = 2000  # feeds of a file


class OpmlError(ValueError):
    """A text that is no list of feeds; one line."""


@dataclass(frozen=True, slots=True)
class FeedOutline:
    """One feed of a list."""

    title: str
    feed_url: str
    page_url: str | None = None


def parse_opml(content: bytes) -> list[FeedOutline]:
    """Return the feeds of an OPML document, each address once, at any depth; OpmlError if it is none."""
    if len(content) > LARGEST:
        raise OpmlError(f"larger than {LARGEST:,} bytes")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise OpmlError(f"not XML: {' '.join(str(error).split())}") from error
    if not isinstance(root.tag, str) or root.tag.lower() != "opml":
        raise OpmlError("XML, but not OPML")
    found: dict[str, FeedOutline] = {}
    for one in root.iter("outline"):
        known = {name.lower(): value.strip() for name, value in one.attrib.items()}
        if url := known.get("xmlurl"):
            title = clean_feed_line(known.get("title") or known.get("text") or url)
            found.setdefault(url, FeedOutline(title, url, known.get("htmlurl") or None))
    if not found:
        raise OpmlError("it names no feed (no outline with xmlUrl)")
    if len(found) > MOST:
        raise OpmlError(f"it names {len(found):,} feeds, more than {MOST:,}")
    return list(found.values())


def render_opml(title: str, outlines: Iterable[FeedOutline]) -> bytes:
    """Return a list of feeds as an OPML document in UTF-8."""
    root = etree.Element("opml", version="2.0")
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = clean_feed_line(title)
    body = etree.SubElement(root, "body")
    for one in outlines:
        name = clean_feed_line(one.title)
        made = etree.SubElement(body, "outline", type="rss", text=name, title=name)
        made.set("xmlUrl", clean_feed_line(one.feed_url, len(one.feed_url) or 1))
        if one.page_url:
            made.set("htmlUrl", clean_feed_line(one.page_url, len(one.page_url)))
    document: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return document
