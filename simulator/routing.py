"""What an address means on a practice site: an article, a page of a list, a feed, or nothing."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qs

from simulator import truth
from simulator.truth import Absence, Newsroom, Post, Section, Site
from storage.models import Fields

ARTICLE = re.compile(r"/article/(\d+)", re.IGNORECASE)
FEED_PATH = "/DesktopModules/ArticleCS/RSS.ashx"
PRINT_PATH = "/DesktopModules/ArticleCS/Print.aspx"
FEED_LIMIT = 20
STANDING = (None, Absence.UNLISTED)  # the page is there


@dataclass(frozen=True, slots=True)
class Article:
    """An article address: what its page says, and how it answers if it was taken down."""

    section: Section
    fields: Fields
    absence: Absence | None = None
    post: Post | None = None  # None for further pages of a site


@dataclass(frozen=True, slots=True)
class ListPage:
    """One page of a section's list; `posts` are its own, newest first."""

    section: Section
    posts: tuple[Post, ...]
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed: whose it is may differ from the site that was asked."""

    site: Site
    section: Section
    posts: tuple[Post, ...]


def feed_path(site: Site, section: Section) -> str:
    """Return where the feed of a section is: path and query."""
    return (
        f"{FEED_PATH}?ContentType={section.content_type}"
        f"&Site={site.site_id}&Category={section.category}&max={FEED_LIMIT}"
    )


def parse_query(query: str) -> dict[str, str]:
    """Return the parameters of a query, names in lower case, the last of each name."""
    return {key.lower(): values[-1] for key, values in parse_qs(query).items()}


def find_article(site: Site, path: str, at: datetime) -> Article | None:
    """Return the article at a path; slug, letter case and what stands before the number do not matter."""
    extra = next((fields for where, fields in site.extra if same_path(where, path)), None)
    if extra is not None:
        return Article(site.sections[0], extra)
    match = ARTICLE.search(path)
    return find_post_by_number(site, match[1], at) if match else None


def find_post_by_number(site: Site, number: str, at: datetime) -> Article | None:
    """Return the article of this number that is out at a moment."""
    found = truth.find_post(site, number)
    if found is None or found[1].posted_at > at:
        return None
    section, post = found
    return Article(section, post.fields, post.absence, post)


def list_page(site: Site, path: str, query: Mapping[str, str], at: datetime) -> ListPage | None:
    """Return the page of a list; past the last one it is empty."""
    section = next((each for each in site.sections if same_path(each.path, path)), None)
    return None if section is None else page_of(section, _number(query.get("page", ""), 1), at)


def page_of(section: Section, page: int, at: datetime) -> ListPage:
    """Return the page of this number, counted from 1."""
    rows = truth.list_shown(section, at)
    first = (page - 1) * section.per_page
    pages = max(1, -(-len(rows) // section.per_page))
    return ListPage(section, rows[first : first + section.per_page], page, pages)


def find_feed(newsroom: Newsroom, site: Site, query: Mapping[str, str], at: datetime) -> Feed | None:
    """Return the feed a query asks for, at most twenty posts.

    A wrong Site number is answered with the other site's feed, which is what makes it dangerous.
    """
    asked = next((each for each in newsroom.sites if str(each.site_id) == query.get("site")), site)
    wanted, categories = query.get("contenttype"), query.get("category", "").split(",")
    sections = [each for each in asked.sections if str(each.content_type) == wanted]
    named = [each for each in sections if str(each.category) in categories]
    section = next(iter(named or sections), None)
    if section is None:
        return None
    limit = min(_number(query.get("max", ""), FEED_LIMIT), FEED_LIMIT)
    return Feed(asked, section, truth.list_shown(section, at)[:limit])


def same_path(a: str, b: str) -> bool:
    """Return whether two paths are one to a server that ignores letter case and the last slash."""
    return a.strip("/").lower() == b.strip("/").lower()


def _number(given: str, otherwise: int) -> int:
    return int(given) if given.isdecimal() and len(given) < 7 and int(given) else otherwise
