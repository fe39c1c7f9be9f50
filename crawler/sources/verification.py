"""Checks whether a newsroom works as described: home page, robots.txt, listing, feed and one release.

The caller fetches the pages; each check says in one line what was found.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from crawler.parsing import reader, sitemaps, urls
from crawler.parsing.html import ParseError
from crawler.parsing.platforms import PageKind, Reading, registry
from crawler.parsing.robots import RobotsRules
from crawler.sources import platform_detection, sections
from storage.models import Address, Check, Fields, Listing, Page, Source, Verification

NEEDED: Final = ("robots", "article")  # and one of listing and feed
MAX_FEEDS: Final = 3  # of those linked by listing and home page
MAX_SECTIONS: Final = 20
REPORTED_FIELDS: Final = (
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
class FetchedPage:
    """The response to a request: a page with status 200, or one line on why there is none."""

    page: Page | None
    problem: str = ""
    is_gone: bool = False  # the site answered 404 or 410


Fetch = Callable[[str], FetchedPage]


@dataclass(frozen=True, slots=True)
class RobotsAnswer:
    """A host's robots.txt; rules is None if it could not be read."""

    rules: RobotsRules | None
    status: int = 0


def verify_source(
    source: Source, fetch: Fetch, rulebook: Callable[[], RobotsAnswer], at: datetime
) -> Verification:
    """Return what works of a newsroom; every address is requested once."""
    return _Verifier(source, fetch, at).run_checks(rulebook)


class _Verifier:
    """One verification in progress."""

    def __init__(self, source: Source, fetch: Fetch, at: datetime) -> None:
        self.source = source
        self.home_url = get_home_url(source)
        self.site = urls.find_site(self.home_url)
        self._fetch = fetch
        self._found = Verification(source.id, ok=False, at=at, checks=())
        self._feeds: list[str] = [source.feed_url] if source.feed_url else []
        self._releases: list[Address] = []

    def run_checks(self, rulebook: Callable[[], RobotsAnswer]) -> Verification:
        """Run all checks."""
        first = self._check_home()
        checks = (
            first,
            self._check_robots(rulebook()),
            self._check_listing(),
            self._check_feed(),
            self._check_article(),
        )
        works = {check.name for check in checks if check.ok}
        ok = works.issuperset(NEEDED) and bool(works & {"listing", "feed"})
        found = replace(self._found, checks=checks, ok=ok)
        return replace(found, worked_at=found.at) if ok else found

    def _check_home(self) -> Check:
        page, read, problem = self._read_url(self.home_url)
        if page is None:
            return Check("home", ok=False, line=problem, url=self.home_url)
        target = platform_detection.find_refresh_url(page)
        if target and urls.find_site(target) == self.site:
            further, further_read, _ = self._read_url(target)
            page, read = (further, further_read) if further else (page, read)
        found = sections.find_sections(page)[:MAX_SECTIONS]
        self._found = replace(self._found, sections=found, platform=read.platform if read else None)
        self._feeds += platform_detection.find_feed_links(page)
        line = f"{_name_platform(read)}, links {_format_count(len(found), 'section')}"
        return Check("home", ok=True, line=line, url=self.home_url)

    def _check_robots(self, answer: RobotsAnswer) -> Check:
        url = urls.resolve_url("/robots.txt", self.home_url)
        if answer.rules is None:
            return Check("robots", ok=False, line="could not be read, so nothing may be fetched", url=url)
        wanted = filter(None, (self.source.listing_url, self.source.feed_url, self.source.article_url))
        if refused := [one for one in wanted if not answer.rules.allows_url(one)]:
            return Check("robots", ok=False, line=f"disallows {', '.join(refused)}", url=url)
        if not answer.rules.text:
            return Check("robots", ok=True, line=f"none (status {answer.status}): all is allowed", url=url)
        maps = len(sitemaps.NAMED.findall(answer.rules.text))
        delay = f", asks for {answer.rules.delay_s:g} s between requests" if answer.rules.delay_s else ""
        return Check(
            "robots", ok=True, line=f"allows us, names {_format_count(maps, 'site map')}{delay}", url=url
        )

    def _check_listing(self) -> Check:
        url = self.source.listing_url
        if not url:
            return Check("listing", ok=None, line="the newsroom has none")
        page, read, problem = self._read_url(url)
        if page is None or read is None:
            return Check("listing", ok=False, line=problem, url=url)
        if read.kind is not PageKind.LISTING or read.listing is None:
            return Check(
                "listing",
                ok=False,
                line=f"not a list but {_name_kind(read)}{self._suggest_discovery()}",
                url=url,
            )
        self._feeds[bool(self.source.feed_url) : 0] = platform_detection.find_feed_links(page)
        self._add_releases(read.listing)
        count = len(read.listing.entries)
        fault = platform_detection.explain_foreign_items(read.listing, self.site)
        pages = ", has further pages" if read.listing.next_url else ""
        line = fault or f"{_name_platform(read)}, {_format_count(count, 'release')}{pages}"
        return Check("listing", ok=not fault, line=line, url=url)

    def _check_feed(self) -> Check:
        """Take the first feed that is the newsroom's own: the known one, else those that its pages link."""
        problems = []
        for url in tuple(dict.fromkeys(self._feeds))[:MAX_FEEDS]:
            _, read, problem = self._read_url(url)
            fault = problem or self._find_feed_fault(url, read)
            if not fault and read and read.listing:
                return self._record_feed(url, read.listing)
            problems.append(f"{url}: {fault}")
        if not problems:
            return Check("feed", ok=None, line="none is known or linked")
        return Check("feed", ok=False, line="; ".join(problems))

    def _find_feed_fault(self, url: str, read: Reading | None) -> str:
        """Return why a feed is not the newsroom's, else an empty string: links may lead to another's."""
        if read is None or read.kind is not PageKind.FEED or read.listing is None:
            return f"not a feed but {_name_kind(read)}"
        fault = platform_detection.explain_foreign_items(read.listing, self.site)
        items = {each.address for each in read.listing.entries}
        if not fault and url != self.source.feed_url and self._releases and items.isdisjoint(self._releases):
            return "shares no release with the listing"
        return fault

    def _record_feed(self, url: str, listing: Listing) -> Check:
        site_id, content_type = parse_feed_numbers(url)
        self._found = replace(self._found, feed_url=url, site_id=site_id, content_type=content_type)
        self._add_releases(listing)
        of_whom = f", Site={site_id}" if site_id is not None else ""
        kind = f", ContentType={content_type}" if content_type is not None else ""
        return Check(
            "feed", ok=True, line=f"{_format_count(len(listing.entries), 'item')}{of_whom}{kind}", url=url
        )

    def _check_article(self) -> Check:
        if not self._releases:
            return Check("article", ok=False, line="no release of this site is listed")
        url = self._releases[0].url
        page, read, problem = self._read_url(url)
        if page is None or read is None or read.fields is None:
            return Check(
                "article", ok=False, line=problem or f"not a release but {_name_kind(read)}", url=url
            )
        fields, names = read.fields, list_filled_fields(read.fields)
        self._found = replace(
            self._found,
            platform=read.platform,
            parser=fields.parser,
            design=fields.design,
            fields=names,
        )
        line = f"{fields.parser}, design {fields.design}: {', '.join(names)}"
        return Check("article", ok="paragraphs" in names, line=line, url=url)

    def _read_url(self, url: str) -> tuple[Page | None, Reading | None, str]:
        answer = self._fetch(url)
        if answer.page is None:
            return None, None, answer.problem
        hint = self.source.platform if registry.has_reader(self.source.platform) else None
        try:
            read = reader.read_page(answer.page, hint)
        except ParseError as error:
            return answer.page, None, str(error)
        wrong = read.kind in (PageKind.REFUSED, PageKind.NOT_FOUND)
        return (None if wrong else answer.page), read, f"{_name_kind(read)}: {read.reason}" if wrong else ""

    def _add_releases(self, listing: Listing) -> None:
        self._releases += [each.address for each in listing.entries if each.address.site == self.site]

    def _suggest_discovery(self) -> str:
        return f"; `milwire sources discover {self.source.host}` looks for one"


def get_home_url(source: Source) -> str:
    """Return the address of a newsroom's front page."""
    known = source.listing_url or source.feed_url or f"https://{source.host}/"
    return urls.canonicalize_url("/", known)


def parse_feed_numbers(feed_url: str) -> tuple[int | None, int | None]:
    """Return the Site number and the ContentType in an ArticleCS feed's address; names in any case."""
    values = {name.lower(): value for name, value in parse_qsl(urlsplit(feed_url).query)}
    site_id, content_type = values.get("site", ""), values.get("contenttype", "")
    return _parse_number(site_id), _parse_number(content_type)


def list_filled_fields(fields: Fields) -> tuple[str, ...]:
    """Return the names of the fields that a release has."""
    return tuple(name for name in REPORTED_FIELDS if getattr(fields, name))


def _name_platform(read: Reading | None) -> str:
    return (read and read.platform) or "unknown platform"


def _name_kind(read: Reading | None) -> str:
    return "a page that cannot be read" if read is None else read.kind.replace("_", " ")


def _format_count(number: int, word: str) -> str:
    return f"{number} {word}" + ("" if number == 1 else "s")


def _parse_number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None
