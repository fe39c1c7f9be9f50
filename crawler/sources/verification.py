"""Does a newsroom answer as we think? Home page, robots.txt, listing, feed and one release.

Pages come from outside, so this knows no network and no database; one line a check says what was found.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl, urljoin, urlsplit

from crawler.parsing import reader, sitemaps, urls
from crawler.parsing.html import ParseError
from crawler.parsing.platforms import PageKind, Reading, registry
from crawler.parsing.robots import RobotsRules
from crawler.sources import platform_detection
from crawler.sources import sections as newsy
from storage.models import Address, Check, Fields, Listing, Page, Source, Verification

NEEDED: Final = ("robots", "article")  # and one of listing and feed
MAX_FEEDS: Final = 3  # of those that listing and home page link
MOST_SECTIONS: Final = 20
TOLD: Final = (
    "title",
    "subtitle",
    "published_on",
    "published_at",
    "byline",
    "organization",
    "dateline",
    "paragraphs",
    "tags",
    "images",
    "links",
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of asking for an address: a page with status 200, or one line of why there is none."""

    page: Page | None
    problem: str = ""
    is_gone: bool = False  # the site says that nothing is there (404, 410)


Fetch = Callable[[str], Answer]


@dataclass(frozen=True, slots=True)
class Rulebook:
    """What is known of a host's robots.txt after it was asked for; None where it could not be had."""

    rules: RobotsRules | None
    status: int = 0


def verify(source: Source, fetch: Fetch, rulebook: Callable[[], Rulebook], at: datetime) -> Verification:
    """Return what works of a newsroom; every address is asked for once."""
    return _Trial(source, fetch, at).run(rulebook)


class _Trial:
    """One verification while it goes on."""

    def __init__(self, source: Source, fetch: Fetch, at: datetime) -> None:
        self.source = source
        self.home_url = home(source)
        self.site = urls.find_site(self.home_url)
        self._fetch = fetch
        self._found = Verification(source.id, ok=False, at=at, checks=())
        self._feeds: list[str] = [source.feed_url] if source.feed_url else []
        self._releases: list[Address] = []

    def run(self, rulebook: Callable[[], Rulebook]) -> Verification:
        """Try one thing after another."""
        first = self._home()
        checks = (first, self._robots(rulebook()), self._listing(), self._feed(), self._article())
        works = {check.name for check in checks if check.ok}
        ok = works.issuperset(NEEDED) and bool(works & {"listing", "feed"})
        found = replace(self._found, checks=checks, ok=ok)
        return replace(found, worked_at=found.at) if ok else found

    def _home(self) -> Check:
        page, read, problem = self._read(self.home_url)
        if page is None:
            return Check("home", ok=False, line=problem, url=self.home_url)
        sections = newsy.sections(page)[:MOST_SECTIONS]
        self._found = replace(self._found, sections=sections, platform=read.platform if read else None)
        self._feeds += platform_detection.feed_links(page)
        line = f"{_platform(read)}, links {_count(len(sections), 'section')}"
        return Check("home", ok=True, line=line, url=self.home_url)

    def _robots(self, told: Rulebook) -> Check:
        url = urljoin(self.home_url, "/robots.txt")
        if told.rules is None:
            return Check("robots", ok=False, line="unknown, so nothing may be fetched", url=url)
        wanted = filter(None, (self.source.listing_url, self.source.feed_url, self.source.article_url))
        if refused := [one for one in wanted if not told.rules.allows_url(one)]:
            return Check("robots", ok=False, line=f"disallows {', '.join(refused)}", url=url)
        if not told.rules.text:
            return Check("robots", ok=True, line=f"none (status {told.status}): all is allowed", url=url)
        maps = len(sitemaps.NAMED.findall(told.rules.text))
        delay = f", asks for {told.rules.delay_s:g} s between requests" if told.rules.delay_s else ""
        return Check("robots", ok=True, line=f"allows us, names {_count(maps, 'site map')}{delay}", url=url)

    def _listing(self) -> Check:
        url = self.source.listing_url
        if not url:
            return Check("listing", ok=None, line="the newsroom has none")
        page, read, problem = self._read(url)
        if page is None or read is None:
            return Check("listing", ok=False, line=problem, url=url)
        if read.kind is not PageKind.LISTING or read.listing is None:
            return Check("listing", ok=False, line=f"no list but {_kind(read)}{self._elsewhere()}", url=url)
        self._feeds[bool(self.source.feed_url) : 0] = platform_detection.feed_links(page)
        self._note(read.listing)
        count = len(read.listing.entries)
        fault = platform_detection.owner(read.listing, self.site)
        pages = ", has further pages" if read.listing.next_url else ""
        line = fault or f"{_platform(read)}, {_count(count, 'release')}{pages}"
        return Check("listing", ok=not fault, line=line, url=url)

    def _feed(self) -> Check:
        """Take the first feed that is the newsroom's own: the one we know, else those that its pages link."""
        problems = []
        for url in tuple(dict.fromkeys(self._feeds))[:MAX_FEEDS]:
            _, read, problem = self._read(url)
            fault = problem or self._feed_fault(url, read)
            if not fault and read and read.listing:
                return self._own_feed(url, read.listing)
            problems.append(f"{url}: {fault}")
        if not problems:
            return Check("feed", ok=None, line="none is known, and none is linked")
        return Check("feed", ok=False, line="; ".join(problems))

    def _feed_fault(self, url: str, read: Reading | None) -> str:
        """Return why a feed is not the newsroom's: one that a page links may be another section's."""
        if read is None or read.kind is not PageKind.FEED or read.listing is None:
            return f"no feed but {_kind(read)}"
        fault = platform_detection.owner(read.listing, self.site)
        items = {each.address for each in read.listing.entries}
        if not fault and url != self.source.feed_url and self._releases and items.isdisjoint(self._releases):
            return "shares no release with the listing"
        return fault

    def _own_feed(self, url: str, listing: Listing) -> Check:
        site_id, content_type = numbers(url)
        self._found = replace(self._found, feed_url=url, site_id=site_id, content_type=content_type)
        self._note(listing)
        of_whom = f", Site={site_id}" if site_id is not None else ""
        kind = f", ContentType={content_type}" if content_type is not None else ""
        return Check("feed", ok=True, line=f"{_count(len(listing.entries), 'item')}{of_whom}{kind}", url=url)

    def _article(self) -> Check:
        if not self._releases:
            return Check("article", ok=False, line="no release of this site is announced")
        url = self._releases[0].url
        page, read, problem = self._read(url)
        if page is None or read is None or read.fields is None:
            return Check("article", ok=False, line=problem or f"no release but {_kind(read)}", url=url)
        fields, names = read.fields, filled(read.fields)
        self._found = replace(
            self._found,
            platform=read.platform,
            parser=fields.parser,
            design=fields.design,
            fields=names,
        )
        line = f"{fields.parser}, design {fields.design}: {', '.join(names)}"
        return Check("article", ok="paragraphs" in names, line=line, url=url)

    def _read(self, url: str) -> tuple[Page | None, Reading | None, str]:
        answer = self._fetch(url)
        if answer.page is None:
            return None, None, answer.problem
        hint = self.source.platform if registry.has_reader(self.source.platform) else None
        try:
            read = reader.read_page(answer.page, hint)
        except ParseError as error:
            return answer.page, None, str(error)
        wrong = read.kind in (PageKind.REFUSED, PageKind.NOT_FOUND)
        return (None if wrong else answer.page), read, f"{_kind(read)}: {read.reason}" if wrong else ""

    def _note(self, listing: Listing) -> None:
        self._releases += [each.address for each in listing.entries if each.address.site == self.site]

    def _elsewhere(self) -> str:
        return f"; `milwire sources discover {self.source.host}` looks for one"


def home(source: Source) -> str:
    """Return the address of a newsroom's front page."""
    known = source.listing_url or source.feed_url or f"https://{source.host}/"
    return urls.canonicalize_url("/", known)


def numbers(feed_url: str) -> tuple[int | None, int | None]:
    """Return the Site number and the ContentType of an ArticleCS feed's address; parameters in any case."""
    told = {name.lower(): value for name, value in parse_qsl(urlsplit(feed_url).query)}
    site_id, content_type = told.get("site", ""), told.get("contenttype", "")
    return _number(site_id), _number(content_type)


def filled(fields: Fields) -> tuple[str, ...]:
    """Return the names of the fields that a release has."""
    return tuple(name for name in TOLD if getattr(fields, name))


def _platform(read: Reading | None) -> str:
    return (read and read.platform) or "unknown platform"


def _kind(read: Reading | None) -> str:
    return "a page that cannot be read" if read is None else read.kind.replace("_", " ")


def _count(number: int, word: str) -> str:
    return f"{number} {word}" + ("" if number == 1 else "s")


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None
