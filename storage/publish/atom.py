"""Writes a feed as Atom (RFC 4287), paged or archived as RFC 5005 has it. Pure."""

from datetime import datetime
from typing import Any, Final

from lxml import etree

from storage.publish.feed import SCHEMA, Feed, FeedEntry
from storage.publish.feed_text import clean_feed_line

ATOM: Final = "http://www.w3.org/2005/Atom"
HISTORY: Final = "http://purl.org/syndication/history/1.0"
OURS: Final = "tag:milwire.invalid,2026:feed"  # the namespace of what we add
TYPE: Final = "application/atom+xml"


def render_atom(feed: Feed) -> bytes:
    """Return a feed as an Atom document in UTF-8."""
    root = etree.Element(_name("feed"), nsmap={None: ATOM, "milwire": OURS, "fh": HISTORY})
    root.set("{http://www.w3.org/XML/1998/namespace}lang", "en")
    _add(root, "id", feed.tag)
    _add(root, "title", clean_feed_line(feed.title))
    _add(root, "updated", format_feed_time(feed.updated))
    _add(_add(root, "author"), "name", "milwire")
    _add(root, "generator", "milwire")
    links = feed.links
    _add_link(root, "self", links.self_url, TYPE)
    _add_link(root, "alternate", links.home_url, "text/html")
    _add_link(root, "first", links.first_url, TYPE)
    _add_link(root, "next", links.next_url, TYPE)
    _add_link(root, "prev-archive", links.archive_url, TYPE)
    _add_link(root, "current", links.current_url, TYPE)
    if feed.is_archive:
        etree.SubElement(root, f"{{{HISTORY}}}archive")
    etree.SubElement(root, f"{{{OURS}}}schema").text = str(SCHEMA)
    for one in feed.entries:
        _add_entry(root, one)
    document: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=False)
    return document + b"\n"


def format_feed_time(at: datetime) -> str:
    """Return an instant as RFC 3339 has it."""
    return at.isoformat().replace("+00:00", "Z")


def _add_entry(root: Any, one: FeedEntry) -> None:
    entry = _add(root, "entry")
    _add(entry, "id", one.tag)
    _add(entry, "title", one.title)
    _add(entry, "updated", format_feed_time(one.at))
    _add(entry, "published", format_feed_time(one.at))
    if one.newsroom:
        _add(_add(entry, "author"), "name", clean_feed_line(one.newsroom))
    _add_link(entry, "alternate", one.link, "text/html")
    _add_link(entry, "related", one.release_link, "text/html")
    for scheme, term in (("kind", one.kind), ("importance", one.level), ("evidence", one.grade)):
        _add(entry, "category").attrib.update({"term": term, "scheme": f"{OURS}/{scheme}"})
    _add(entry, "summary", one.sentence)
    _add(entry, "content", one.html).set("type", "html")
    ours = etree.SubElement(entry, f"{{{OURS}}}event")
    ours.attrib.update({"number": str(one.number), "score": str(one.score)})
    if one.release is not None:
        ours.set("release", str(one.release))
    ours.text = one.evidence


def _name(local: str) -> str:
    return f"{{{ATOM}}}{local}"


def _add(parent: Any, local: str, text: str | None = None) -> Any:
    made = etree.SubElement(parent, _name(local))
    made.text = text
    return made


def _add_link(parent: Any, rel: str, href: str | None, kind: str) -> None:
    if href:
        _add(parent, "link").attrib.update({"rel": rel, "href": href, "type": kind})
