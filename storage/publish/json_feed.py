"""Writes a feed as JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/). Pure."""

import json
from typing import Any, Final

from storage.publish.atom import format_feed_time
from storage.publish.feed import SCHEMA, WEB, Feed, FeedEntry
from storage.publish.feed_text import clean_feed_line

VERSION: Final = "https://jsonfeed.org/version/1.1"
TYPE: Final = "application/feed+json"


def render_json_feed(feed: Feed) -> bytes:
    """Return a feed as JSON in UTF-8; addresses that are not absolute are left out, as the format wants."""
    older = feed.links.next_url or feed.links.archive_url
    made = {
        "version": VERSION,
        "title": clean_feed_line(feed.title),
        "home_page_url": _keep_absolute(feed.links.home_url),
        "feed_url": _keep_absolute(feed.links.self_url),
        "next_url": _keep_absolute(older),
        "authors": [{"name": "milwire"}],
        "language": "en",
        "_milwire": {"schema": SCHEMA, "id": feed.tag, "archive": feed.is_archive},
        "items": [_make_item(one) for one in feed.entries],
    }
    return (json.dumps(_drop_unknown(made), ensure_ascii=False, indent=1) + "\n").encode()


def _make_item(one: FeedEntry) -> dict[str, Any]:
    return _drop_unknown(
        {
            "id": one.tag,
            "url": one.link,
            "title": one.title,
            "summary": one.sentence,
            "content_html": one.html,
            "date_published": format_feed_time(one.at),
            "authors": [{"name": clean_feed_line(one.newsroom)}] if one.newsroom else None,
            "tags": [one.kind],
            "_milwire": {
                "schema": SCHEMA,
                "event": one.number,
                "kind": one.kind,
                "newsroom": one.newsroom and clean_feed_line(one.newsroom),
                "release": one.release,
                "release_url": one.release_link,
                "evidence": one.evidence,
                "importance": {"level": one.level, "score": one.score, "grade": one.grade},
            },
        }
    )


def _keep_absolute(url: str | None) -> str | None:
    return url if url and url.lower().startswith(WEB) else None


def _drop_unknown(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
