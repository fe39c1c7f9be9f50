"""What a practice site answers: one pure function from a newsroom, a request and a moment to a response."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from simulator import feeds, truth
from simulator.chrome import Ask
from simulator.pages import g1, g2, g3, g4, plain
from simulator.truth import Absence, Newsroom, Section, Site, Template
from storage.records import Fields

ARTICLE = re.compile(r"/article/(\d+)", re.IGNORECASE)
DESIGNS = {Template.G1: g1, Template.G2: g2, Template.G3: g3, Template.COMMAND: g4, Template.UNIT: g4}
HTML = "text/html; charset=utf-8"
FEED_PATH = "/DesktopModules/ArticleCS/RSS.ashx"
PRINT_PATH = "/DesktopModules/ArticleCS/Print.aspx"


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
    site = newsroom.site(request.site)
    query = {key.lower(): values[-1] for key, values in parse_qs(parts.query).items()}
    ask = Ask(site, base_urls[site.name], parts.path, request.at, request.noise)
    low = parts.path.lower()
    if low == "/robots.txt":
        return Answer(200, plain.ROBOTS.encode(), "text/plain")
    if low == FEED_PATH.lower():
        return _feed(newsroom, ask, query, base_urls)
    if low in ("/", "/default.aspx"):
        return home(ask)
    if low == PRINT_PATH.lower():
        return _printout(ask, query) or not_found(ask)
    return _article(ask) or _listing(ask, query, request.endless) or not_found(ask)


def page(markup: str, status: int = 200) -> Answer:
    """Return markup as a page."""
    return Answer(status, markup.encode())


def home(ask: Ask) -> Answer:
    """Return the site's front page."""
    return page(DESIGNS[ask.site.template].home(ask))


def known(site: Site, path: str, at: datetime) -> Fields | None:
    """Return what reading a path of a site must give at a moment, or None where no article is."""
    extra = next((fields for where, fields in site.extra if _same_path(where, path)), None)
    if extra is not None:
        return extra
    match = ARTICLE.search(path)
    found = truth.find(site, match[1]) if match else None
    if found is None or found[1].posted_at > at or found[1].absence not in (None, Absence.UNLISTED):
        return None
    return found[1].fields


def not_found(ask: Ask) -> Answer:
    """Return the site's 404 page."""
    return page(plain.not_found(ask), 404)


def section_page(ask: Ask, section: Section, endless: bool = False) -> Answer:
    """Return one page of a section's list; past the last one the list is empty, or repeats if `endless`."""
    rows = truth.shown(section, ask.at)
    pages = max(1, -(-len(rows) // section.per_page))
    if endless:
        rows, pages = rows[: section.per_page] * ask.page, ask.page + 1
    first = (ask.page - 1) * section.per_page
    return page(
        DESIGNS[ask.site.template].listing(ask, section, rows[first : first + section.per_page], pages)
    )


def _feed(newsroom: Newsroom, ask: Ask, query: Mapping[str, str], base_urls: Mapping[str, str]) -> Answer:
    # A wrong Site number is answered with the other site's feed, which is what makes it dangerous.
    site = next((each for each in newsroom.sites if str(each.site_id) == query.get("site")), ask.site)
    section = _feed_section(site, query)
    if section is None:
        return Answer(200, b"", "text/xml; charset=utf-8")
    asked = replace(ask, site=site, base_url=base_urls[site.name])
    limit = int(query.get("max", "20")) if query.get("max", "20").isdigit() else feeds.LIMIT
    markup = feeds.rss(asked, section, truth.shown(section, ask.at), min(limit, feeds.LIMIT))
    return Answer(200, markup.encode(), "text/xml; charset=utf-8")


def _feed_section(site: Site, query: Mapping[str, str]) -> Section | None:
    wanted = query.get("contenttype")
    categories = query.get("category", "").split(",")
    sections = [each for each in site.sections if str(each.content_type) == wanted]
    named = [each for each in sections if str(each.category) in categories]
    return next(iter(named or sections), None)


def _listing(ask: Ask, query: Mapping[str, str], endless: bool) -> Answer | None:
    section = next((each for each in ask.site.sections if _same_path(each.path, ask.path)), None)
    if section is None:
        return None
    number = query.get("page", "1")
    return section_page(
        replace(ask, page=int(number) if number.isdigit() and int(number) else 1), section, endless
    )


def _article(ask: Ask) -> Answer | None:
    extra = next((fields for path, fields in ask.site.extra if _same_path(path, ask.path)), None)
    if extra is not None:
        return _draw(ask, ask.site.sections[0], extra)
    match = ARTICLE.search(ask.path)
    found = truth.find(ask.site, match[1]) if match else None
    if found is None or found[1].posted_at > ask.at:
        return None
    section, post = found
    return absent(ask, section, post.absence) or _draw(ask, section, post.fields)


def _printout(ask: Ask, query: Mapping[str, str]) -> Answer | None:
    found = truth.find(ask.site, query.get("article", ""))
    if found is None or ask.site.template is not Template.G1:
        return None
    return page(g1.printout(ask, found[0], truth.resolved(found[1].fields, ask.base_url)))


def _draw(ask: Ask, section: Section, fields: Fields) -> Answer:
    return page(DESIGNS[ask.site.template].article(ask, section, truth.resolved(fields, ask.base_url)))


def absent(ask: Ask, section: Section, how: Absence | None) -> Answer | None:
    """Return how a post that was taken down answers; None for one that is there."""
    if how is Absence.NOT_FOUND:
        return not_found(ask)
    if how is Absence.GONE:
        return page(plain.not_found(ask), 410)
    if how is Absence.LISTING:
        return section_page(ask, section)
    if how is Absence.HOME:
        return home(ask)
    if how is Absence.EMPTY:
        return Answer(200, b"")
    targets = {
        Absence.ERROR_REDIRECT: "/Default.aspx?def=ErrorMessage&tabid=3762",
        Absence.REDIRECT_HOME: "/",
    }
    return redirect(targets[how]) if how in targets else None


def redirect(location: str) -> Answer:
    """Return a redirect in the words of the real server."""
    return Answer(
        302,
        f'<h2>Object moved to <a href="{location}">here</a>.</h2>'.encode(),
        HTML,
        (("Location", location),),
    )


def _same_path(a: str, b: str) -> bool:
    return a.strip("/").lower() == b.strip("/").lower()
