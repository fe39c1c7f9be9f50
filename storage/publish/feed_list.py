"""Which feeds there are, under which names, and the page that lists them. Pure.

A name is a path: `edits`, `newsroom/usfk-news/edits`, `branch/air-force/all`, `search/troops/all`. With
`.atom` or `.json` behind it, it is the same below the address of the browser and in a folder of files.
"""

import html
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from storage.models import EventKind
from storage.publish import atom, json_feed
from storage.publish.feed import Feed
from storage.publish.feed_events import FeedSelection
from storage.publish.feed_text import clean_feed_line

ENTRIES: Final = 50  # in a feed
CONTENTS: Final[Mapping[str, tuple[str, tuple[EventKind, ...]]]] = {
    "all": ("everything", ()),
    "new": ("new releases", (EventKind.PUBLISHED,)),
    "edits": ("edits", (EventKind.EDITED,)),
    "takedowns": ("takedowns", (EventKind.REMOVED, EventKind.MASS_REMOVAL)),
    "returns": ("returns", (EventKind.RETURNED,)),
}
FORMATS: Final[Mapping[str, tuple[str, Callable[[Feed], bytes]]]] = {
    "atom": (atom.TYPE, atom.render_atom),
    "json": (json_feed.TYPE, json_feed.render_json_feed),
}
UNFIT: Final = re.compile(r"[^a-z0-9]+")
LONGEST_SLUG: Final = 40  # characters


@dataclass(frozen=True, slots=True)
class FeedSpec:
    """A feed that can be written."""

    name: str
    title: str
    selection: FeedSelection


def list_general_feeds() -> list[FeedSpec]:
    """Return the feeds of all newsrooms."""
    return [make_feed_spec(content) for content in CONTENTS]


def make_feed_spec(
    content: str, prefix: str = "", about: str = "", wanted: FeedSelection | None = None
) -> FeedSpec:
    """Return a feed by its content; prefix and words say of which newsrooms, and `wanted` selects them."""
    title, kinds = CONTENTS[content]
    chosen = wanted or FeedSelection()
    return FeedSpec(
        f"{prefix}{content}",
        clean_feed_line(f"milwire: {title}{about and f' of {about}'}"),
        FeedSelection(kinds, chosen.sources, chosen.words),
    )


def make_newsroom_feed(source: str, content: str = "all") -> FeedSpec:
    """Return a feed of one newsroom, by its id."""
    return make_feed_spec(content, f"newsroom/{source}/", source, FeedSelection(sources=(source,)))


def make_group_feed(kind: str, name: str, sources: Sequence[str], content: str = "all") -> FeedSpec:
    """Return a feed of several newsrooms: those of a branch, or a group with a name."""
    prefix = f"{kind}/{make_slug(name)}/"
    return make_feed_spec(content, prefix, f"{kind} {name}", FeedSelection(sources=tuple(sources)))


def make_search_feed(words: str, content: str = "all") -> FeedSpec:
    """Return a feed of the releases that a search finds, by what one types."""
    return make_feed_spec(
        content, f"search/{make_slug(words)}/", f"the search {words}", FeedSelection(words=words)
    )


def make_slug(text: str) -> str:
    """Return a text as a part of a file name; the end of a digest stands for what is lost of it."""
    plain = text.strip().lower()
    slug = UNFIT.sub("-", plain).strip("-")[:LONGEST_SLUG].strip("-")
    if slug.replace("-", " ") == plain:
        return slug
    digest = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{slug}-{digest}" if slug else digest


def render_feed_page(feeds: Iterable[FeedSpec]) -> bytes:
    """Return the page that lists feeds, for readers and for programs that look for feeds."""
    found = list(feeds)
    links = "".join(
        f'<link rel="alternate" type="{kind}" title="{html.escape(one.title)}" href="{one.name}.{ending}">\n'
        for one in found[: len(CONTENTS)]
        for ending, (kind, _) in FORMATS.items()
    )
    items = "".join(
        f'<li>{html.escape(one.title)}: <a href="{one.name}.atom">Atom</a>, '
        f'<a href="{one.name}.json">JSON Feed</a></li>\n'
        for one in found
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>Feeds of milwire</title>\n'
        f"{links}</head>\n<body>\n<h1>Feeds</h1>\n<ul>\n{items}</ul>\n"
        '<p><a href="feeds.opml">All of them as OPML</a></p>\n</body>\n</html>\n'
    ).encode()
