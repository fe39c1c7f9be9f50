"""What a practice site answers: one pure function from a newsroom, a request and a moment to a response."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from simulator import feeds, routing, sitemaps, truth
from simulator.chrome import PageRequest
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


def answer_request(newsroom: Newsroom, request: Request, base_urls: Mapping[str, str]) -> Answer:
    """Return what the newsroom answers; never raises for a strange address."""
    parts = urlsplit(request.target)
    site, query = newsroom.site(request.site), routing.parse_query(parts.query)
    ask = PageRequest(site, base_urls[site.name], parts.path, request.at, request.noise)
    path = parts.path.lower()
    if path == "/robots.txt":
        return Answer(200, plain.ROBOTS.encode(), "text/plain")
    if path == routing.FEED_PATH.lower():
        return _answer_feed(newsroom, ask, query, base_urls)
    if path == routing.PRINT_PATH.lower():
        return _answer_print_page(ask, query.get("article", ""))
    if path == sitemaps.PATH.lower():
        return _answer_sitemap(ask, query)
    if path in ("/", "/default.aspx"):
        return draw_home(ask)
    if (there := routing.find_article(site, parts.path, request.at)) is not None:
        return _answer_article(ask, there)
    rows = routing.list_page(site, parts.path, query, request.at)
    return (
        not_found(ask) if rows is None else list_page(ask, _endless(rows, ask) if request.endless else rows)
    )


def answer_without_noise(newsroom: Newsroom, request: Request, base_urls: Mapping[str, str]) -> bytes:
    """Return what an address shows, without what differs from response to response."""
    return BUILT.sub(b"", answer_request(newsroom, replace(request, noise=0), base_urls).body)


def html_answer(markup: str, status: int = 200) -> Answer:
    """Return markup as a page."""
    return Answer(status, markup.encode())


def draw_home(ask: PageRequest) -> Answer:
    """Return the site's front page."""
    return html_answer(DESIGNS[ask.site.template].home(ask))


def not_found(ask: PageRequest, status: int = 404) -> Answer:
    """Return the site's 404 page."""
    return html_answer(plain.not_found(ask), status)


def redirect(location: str, status: int = 302) -> Answer:
    """Return a redirect in the words of the real server."""
    body = f'<h2>Object moved to <a href="{location}">here</a>.</h2>'
    return Answer(status, body.encode(), HTML, (("Location", location),))


def list_page(ask: PageRequest, rows: ListPage) -> Answer:
    """Return one page of a section's list."""
    asked = replace(ask, page=rows.page)
    return html_answer(DESIGNS[ask.site.template].listing(asked, rows.section, rows.posts, rows.pages))


def first_list(ask: PageRequest, section: Section) -> Answer:
    """Return the newest posts of a section, whatever was asked for."""
    return list_page(ask, routing.page_of(section, 1, ask.at))


def _answer_article(ask: PageRequest, there: Article) -> Answer:
    if there.absence not in routing.STANDING:
        return _answer_absent(ask, there)
    if (
        there.post
        and there.post.strict
        and not routing.same_path(ask.path, own := truth.post_path(there.section, there.post))
    ):
        return redirect(own, 301)
    fields = truth.resolve_addresses(there.fields, ask.base_url)
    return html_answer(DESIGNS[ask.site.template].article(ask, there.section, fields))


def _answer_absent(ask: PageRequest, there: Article) -> Answer:
    how, section = there.absence, there.section
    if how is Absence.REDIRECT and there.post and there.post.target:
        return redirect(there.post.target, 301)
    if how is Absence.GONE:
        return not_found(ask, 410)
    if how is Absence.LISTING:
        return first_list(ask, section)
    if how is Absence.HOME:
        return draw_home(ask)
    if how is Absence.EMPTY:
        return Answer(200, b"")
    targets = {Absence.ERROR_REDIRECT: ERROR_PATH, Absence.REDIRECT_HOME: "/"}
    return redirect(targets[how]) if how in targets else not_found(ask)


def _answer_feed(
    newsroom: Newsroom, ask: PageRequest, query: Mapping[str, str], base_urls: Mapping[str, str]
) -> Answer:
    found = routing.find_feed(newsroom, ask.site, query, ask.at)
    if found is None:
        return Answer(200, b"", XML)
    asked = replace(ask, site=found.site, base_url=base_urls[found.site.name])
    return Answer(200, feeds.draw_rss(asked, found.section, found.posts).encode(), XML)


def _answer_sitemap(ask: PageRequest, query: Mapping[str, str]) -> Answer:
    markup = sitemaps.draw_sitemap(ask.site, query, ask.at, ask.base_url)
    return not_found(ask) if markup is None else Answer(200, markup.encode(), XML)


def _answer_print_page(ask: PageRequest, number: str) -> Answer:
    there = routing.find_post_by_number(ask.site, number, ask.at)
    if there is None or there.absence is not None or ask.site.template is not Template.G1:
        return not_found(ask)
    return html_answer(g1.printout(ask, there.section, truth.resolve_addresses(there.fields, ask.base_url)))


def _endless(rows: ListPage, ask: PageRequest) -> ListPage:
    first = routing.page_of(rows.section, 1, ask.at)
    return replace(first, page=rows.page, pages=rows.page + 1)
