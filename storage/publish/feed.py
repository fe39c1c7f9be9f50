"""A feed and its entries, before they are written in a format. Pure.

An entry is an event of the ledger. Its id is a tag: URI (RFC 4151) with the event's hash, so that it is the
same in every feed, format and copy of the database, and never that of another event. The name in it,
milwire.invalid, can belong to nobody (RFC 2606).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote

from storage.publish.feed_text import clean_feed_line, render_body, render_changes, render_paragraph
from storage.queries.event_summary import EventSummary, describe_importance
from storage.queries.evidence import describe_event

SCHEMA: Final = 1  # of what we add to the formats; raised where a name changes its meaning or goes away
AUTHORITY: Final = "tag:milwire.invalid,2026:"
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
WEB: Final = ("http://", "https://")


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """What an entry needs beyond its event."""

    hash: str  # of the event
    body: str | None = None  # how the first text of a release begins
    length: int = 0  # characters of that text


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One event as feeds have it: cleaned, with bounded HTML."""

    number: int
    tag: str
    kind: str
    title: str
    sentence: str
    evidence: str
    html: str
    at: datetime  # when we noticed
    level: str  # of importance
    score: int
    grade: str  # of evidence
    newsroom: str | None
    release: int | None
    link: str | None  # the page
    release_link: str | None  # the release in the browser


@dataclass(frozen=True, slots=True)
class FeedLinks:
    """Where a feed and its neighbours are; absolute, or relative to the feed itself."""

    self_url: str
    next_url: str | None = None  # older entries of a paged feed (RFC 5005, 3)
    first_url: str | None = None
    archive_url: str | None = None  # the archive with the entries before (RFC 5005, 4)
    current_url: str | None = None  # of an archive: the feed itself
    home_url: str | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """Entries, the newest first, with the title and the place of the feed."""

    tag: str
    title: str
    links: FeedLinks
    entries: Sequence[FeedEntry] = field(default=())

    @property
    def is_archive(self) -> bool:
        """Return whether it is an archive: entries that stay, apart from the feed that goes on."""
        return self.links.current_url is not None

    @property
    def updated(self) -> datetime:
        """Return when its newest entry was noticed; 1970 for a feed without entries."""
        return max((one.at for one in self.entries), default=EPOCH)


def make_feed_tag(ledger: str, name: str) -> str:
    """Return the id of a feed: by the hash of the ledger's first event, and the feed's name."""
    return f"{AUTHORITY}ledger/{ledger[:16]}/feed/{quote(name)}"


def make_feed_entry(found: EventSummary, facts: EntryFacts, browse_url: str | None = None) -> FeedEntry:
    """Return an event as an entry; `browse_url` is where `milwire browse` is served, if anywhere."""
    event, importance = found.event, found.importance
    title = clean_feed_line(event.title or "") or clean_feed_line(event.source or "") or "unnamed newsroom"
    link = event.posting if event.posting and event.posting.lower().startswith(WEB) else None
    is_in_browser = browse_url is not None and event.release is not None
    return FeedEntry(
        number=event.id,
        tag=f"{AUTHORITY}event/{facts.hash}",
        kind=event.kind.value,
        title=f"{event.kind.replace('_', ' ')}: {title}",
        sentence=clean_feed_line(found.sentence),
        evidence=clean_feed_line(describe_event(event), 1000),
        html=_render_entry(found, facts),
        at=event.at,
        level=importance.level,
        score=importance.score,
        grade=importance.grade,
        newsroom=event.source,
        release=event.release,
        link=clean_feed_line(link, len(link)) if link else None,
        release_link=f"{browse_url}/milwire/releases/{event.release}" if is_in_browser else None,
    )


def _render_entry(found: EventSummary, facts: EntryFacts) -> str:
    parts = [
        render_paragraph(found.sentence),
        render_changes(found.fields),
        render_body(facts.body, facts.length) if facts.body else "",
        render_paragraph(f"Evidence: {describe_event(found.event)}."),
        render_paragraph(describe_importance(found.importance)),
    ]
    return "\n".join(filter(None, parts))
