"""From a page of an archive to a look at the newsroom that it belongs to. Uses no network."""

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from http import HTTPStatus

from crawler.crawl import redirects
from crawler.parsing import page_ends, reader, urls, verdicts
from crawler.parsing.html import ParseError
from crawler.parsing.platforms import PageKind, Reading, entries
from crawler.sources.matching import SourceMatcher
from storage.archive.reader import ArchivedPage
from storage.models import Address, Look, Page, Verdict

# Archives hold thousands of these, and none is a release or a listing.
PAGE_PARTS = ("image/", "video/", "audio/", "font/", "text/css", "text/javascript", "application/javascript")

IsKnown = Callable[[Address], bool]  # whether a release is stored at an address


class SkipReason(StrEnum):
    """Why a response of a file is not imported."""

    BAD_ADDRESS = "no usable address"
    OTHER_SITE = "not on the site of a newsroom"
    PAGE_PART = "images, styles and scripts"
    OTHER_PAGE = "neither a release nor a newsroom's listing or feed"
    REVISIT = "revisit records whose page is not in the archive"
    REPEATED = "revisit records without a page, taken as looks at the page that they repeat"

    @property
    def is_look(self) -> bool:
        """Return whether the response became a look all the same."""
        return self is SkipReason.REPEATED


class ArchivedLooks:
    """Makes looks of archived pages."""

    def __init__(self, newsrooms: SourceMatcher, is_known: IsKnown) -> None:
        self._newsrooms = newsrooms
        self._is_known = is_known

    def make_look(self, archived: ArchivedPage) -> Look | SkipReason:
        """Return the look that a page stands for, without its run, or why it is skipped.

        A page that breaks a reader is an unreadable release: it is kept and named, and the import goes on.
        """
        page = archived.page
        address = self.find_own_address(page)
        if isinstance(address, SkipReason):
            return address
        if _get_content_type(page).startswith(PAGE_PARTS):
            return SkipReason.PAGE_PART
        read, problem = _read_page(page, self._newsrooms.find_platform(address.site))
        is_article = address.number is None and self._is_known(address)
        kind = PageKind.ARTICLE if read is None or is_article else read.kind
        found = self._newsrooms.match_page(address, kind)
        if found is None:
            return SkipReason.OTHER_PAGE
        source, role = found
        look = Look(role, address, archived.at, Verdict.UNREADABLE, source.id, page=page)
        try:
            return _judge_page(look, archived, read, problem)
        except Exception as error:  # every byte is hostile
            return replace(look, reason=reader.explain_reader_error(error))

    def find_own_address(self, page: Page) -> Address | SkipReason:
        """Return the address of a page on the site of a newsroom, or why it has none."""
        try:
            address = self._newsrooms.adopt_address(urls.parse_address(page.url))
        except ValueError:
            return SkipReason.BAD_ADDRESS
        return address if self._newsrooms.has_site(address.site) else SkipReason.OTHER_SITE


def _read_page(page: Page, platform: str | None) -> tuple[Reading | None, str]:
    """Return what a page says, or why it could not be read."""
    try:
        return reader.read_page(page, platform), ""
    except ParseError as error:
        return None, str(error)
    except Exception as error:  # every byte is hostile
        return None, reader.explain_reader_error(error)


def _judge_page(look: Look, archived: ArchivedPage, read: Reading | None, problem: str) -> Look:
    """Return the look with its verdict and what was read."""
    page = archived.page
    is_torn = not archived.is_whole and not page_ends.shows_own_end(page.content)
    if is_torn and page.status == HTTPStatus.OK:
        return replace(look, reason=verdicts.BREAKS_OFF, is_damaged=True)
    verdict, reason = verdicts.decide_verdict(page, read, look.address, problem, role=look.role)
    spoiled = verdict is Verdict.UNREADABLE and verdicts.is_damaged(page)
    look = replace(look, verdict=verdict, reason=reason, is_damaged=spoiled)
    if verdict is Verdict.LIVE and read is not None:
        listing = entries.adopt_listing_site(read.listing, look.address.site) if read.listing else None
        look = replace(look, fields=read.fields, listing=listing)
    if verdict is Verdict.REDIRECTED:
        look = replace(look, redirect_url=_find_redirect_url(page))
    return redirects.add_hops(look, page, ())


def _get_content_type(page: Page) -> str:
    return next((value for name, value in page.headers if name == "content-type"), "").lower()


def _find_redirect_url(page: Page) -> str | None:
    location = next((value for name, value in page.headers if name == "location"), "")
    try:
        return urls.canonicalize_url(location, page.url)
    except ValueError:
        return None
