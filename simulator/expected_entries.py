"""What reading a list or a feed must give: the entries each template announces, and how much it says."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from simulator import feeds, routing, truth
from simulator.truth import Kind, Newsroom, Post, Section, Site, Template
from storage.models import Entry, Listing

PARSER = "afpims-listings:2"
FEED_PARSER = "feeds:2"


def expect_listing(
    newsroom: Newsroom, site: Site, target: str, at: datetime, base_urls: Mapping[str, str]
) -> Listing | None:
    """Return the truth about a list page or a feed, or None where the target is neither."""
    parts = urlsplit(target)
    query = routing.parse_query(parts.query)
    if parts.path.lower() == routing.FEED_PATH.lower():
        return _feed(newsroom, site, query, at, base_urls)
    rows = routing.list_page(site, parts.path, query, at)
    if rows is None:
        return None
    base_url = base_urls[site.name]
    following = f"{base_url}{rows.section.path}?Page={rows.page + 1}" if rows.page < rows.pages else None
    return Listing(
        tuple(_entry(site, rows.section, post, base_url) for post in rows.posts), PARSER, following
    )


def _feed(
    newsroom: Newsroom, site: Site, query: Mapping[str, str], at: datetime, base_urls: Mapping[str, str]
) -> Listing | None:
    found = routing.find_feed(newsroom, site, query, at)
    if found is None:
        return None
    base_url = base_urls[found.site.name]
    return Listing(tuple(_item(found.section, post, base_url) for post in found.posts), FEED_PARSER)


def _item(section: Section, post: Post, base_url: str) -> Entry:
    return Entry(
        truth.post_address(section, post, base_url),
        post.fields.title,
        published_raw=feeds.gmt(post.posted_at),
        published_at=post.posted_at,
        published_source="rss",
        summary=post.summary,
    )


def _entry(site: Site, section: Section, post: Post, base_url: str) -> Entry:
    title_only = Entry(truth.post_address(section, post, base_url), post.fields.title)
    if site.template is Template.G1:
        return title_only
    if site.template is Template.UNIT:
        return replace(title_only, summary=post.summary)
    on = post.fields.published_on
    if section.kind is Kind.MESSAGE:
        return replace(title_only, published_raw=f"{on:%m/%d/%Y}" if on else None, published_on=on)
    dated = replace(
        title_only, summary=post.summary, published_raw=post.fields.published_raw, published_on=on
    )
    stamped = site.template is Template.G3
    return replace(dated, published_at=post.posted_at, published_source="jss") if stamped else dated
