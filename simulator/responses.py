"""What a practice site answers: one pure function from a newsroom, a request and a moment to a response."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from simulator import feeds, routing, sitemaps, truth
from simulator.chrome import Ask
from simulator.pages import g1, g2, g3, g4, g5, plain
from simulator.routing import Article, ListPage
from simulator.truth import Absence, Newsroom, Section, Template

DESIGNS = {
    Template.G1: g1,
    Template.G2: g2,
    Template.G3: g3,
    Template.COMMAND: g4,
    Template.UNIT: g4,
    Template.NEXT: g5,
}
HTML = "text/html; charset=utf-8"
XML = "text/xml; charset=utf-8"
BUILT = re.compile(rb"<pubDate>[^<]*</pubDate>\s*<lastBuildDate>[^<]*</lastBuildDate>")  # of a feed's channel
ERROR_PATH = "/Default.aspx?def=ErrorMessage&tabid=3762"


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked of which site, and when by the newsroom's clock."""

    site: str
    target: str  # path and query as on the request line
    at: datetime
    noise: int  # differs from response to response
    endless: bool = False  # lists whose next page never ends


@dataclass(frozen=True, slots=True)
class Answer:
    """A response before transport: `body` is not compressed yet."""

    status: int
    body: bytes
    content_type: str = HTML
    headers: tuple[tuple[str, str], ...] = ()


def answer(newsroom: Newsroom, request: Request, base_urls: Mapping[str, str]) -> Answer:
    """Return what the newsroom answers; never raises for a strange address."""
    parts = urlsplit(request.target)
    site, query = newsroom.site(request.site), routing.queried(parts.query)
    ask = Ask(site, base_urls[site.name], parts.path, request.at, request.noise)
    path = parts.path.lower()
    if path == "/robots.txt":
        return Answer(200, plain.ROBOTS.encode(), "text/plain")
    if path == routing.FEED_PATH.lower():
        return _feed(newsroom, ask, query, base_urls)
    if path == routing.PRINT_PATH.lower():
        return _printout(ask, query.get("article", ""))
    if path == sitemaps.PATH.lower():
        return _sitemap(ask, query)
    if path in ("/", "/default.aspx"):
        return home(ask)
    if (there := routing.article(site, parts.path, request.at)) is not None:
        return _article(ask, there)
    rows = routing.list_page(site, parts.path, query, request.at)
    return (
        not_found(ask) if rows is None else list_page(ask, _endless(rows, ask) if request.endless else rows)
    )


def steady(newsroom: Newsroom, request: Request, base_urls: Mapping[str, str]) -> bytes:
    """Return what an address shows, without what differs from response to response."""
    return BUILT.sub(b"", answer(newsroom, replace(request, noise=0), base_urls).body)


def page(markup: str, status: int = 200) -> Answer:
    """Return markup as a page."""
    return Answer(status, markup.encode())


def home(ask: Ask) -> Answer:
    """Return the site's front page."""
    return page(DESIGNS[ask.site.template].home(ask))


def not_found(ask: Ask, status: int = 404) -> Answer:
    """Return the site's 404 page."""
    return page(plain.not_found(ask), status)


def redirect(location: str, status: int = 302) -> Answer:
    """Return a redirect in the words of the real server."""
    body = f'<h2>Object moved to <a href="{location}">here</a>.</h2>'
    return Answer(status, body.encode(), HTML, (("Location", location),))


def list_page(ask: Ask, rows: ListPage) -> Answer:
    """Return one page of a section's list."""
    asked = replace(ask, page=rows.page)
    return page(DESIGNS[ask.site.template].listing(asked, rows.section, rows.posts, rows.pages))


def first_list(ask: Ask, section: Section) -> Answer:
    """Return the newest posts of a section, whatever was asked for."""
    return list_page(ask, routing.paged(section, 1, ask.at))


def _article(ask: Ask, there: Article) -> Answer:
    if there.absence not in routing.STANDING:
        return _absent(ask, there)
    if (
        there.post
        and there.post.strict
        and not routing.same_path(ask.path, own := truth.path(there.section, there.post))
    ):
        return redirect(own, 301)
    fields = truth.resolved(there.fields, ask.base_url)
    return page(DESIGNS[ask.site.template].article(ask, there.section, fields))


def _absent(ask: Ask, there: Article) -> Answer:
    how, section = there.absence, there.section
    if how is Absence.REDIRECT and there.post and there.post.target:
        return redirect(there.post.target, 301)
    if how is Absence.GONE:
        return not_found(ask, 410)
    if how is Absence.LISTING:
        return first_list(ask, section)
    if how is Absence.HOME:
        return home(ask)
    if how is Absence.EMPTY:
        return Answer(200, b"")
    targets = {Absence.ERROR_REDIRECT: ERROR_PATH, Absence.REDIRECT_HOME: "/"}
    return redirect(targets[how]) if how in targets else not_found(ask)


def _feed(newsroom: Newsroom, ask: Ask, query: Mapping[str, str], base_urls: Mapping[str, str]) -> Answer:
    found = routing.feed(newsroom, ask.site, query, ask.at)
    if found is None:
        return Answer(200, b"", XML)
    asked = replace(ask, site=found.site, base_url=base_urls[found.site.name])
    return Answer(200, feeds.rss(asked, found.section, found.posts).encode(), XML)


def _sitemap(ask: Ask, query: Mapping[str, str]) -> Answer:
    told = sitemaps.sitemap(ask.site, query, ask.at, ask.base_url)
    return not_found(ask) if told is None else Answer(200, told.encode(), XML)


def _printout(ask: Ask, number: str) -> Answer:
    there = routing.numbered(ask.site, number, ask.at)
    if there is None or there.absence is not None or ask.site.template is not Template.G1:
        return not_found(ask)
    return page(g1.printout(ask, there.section, truth.resolved(there.fields, ask.base_url)))


def _endless(rows: ListPage, ask: Ask) -> ListPage:
    first = routing.paged(rows.section, 1, ask.at)
    return replace(first, page=rows.page, pages=rows.page + 1)
