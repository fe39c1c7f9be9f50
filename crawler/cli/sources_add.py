"""`milwire sources add`: read a page once and make a newsroom of it."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path

from crawler.cli.options import CommandError, load_settings, open_store_for_writing
from crawler.config import DVIDS_KEY_VARIABLE
from crawler.parsing import reader, urls
from crawler.parsing.html import ParseError
from crawler.parsing.platforms import PageKind, Reading
from crawler.sources import catalog, platform_detection
from crawler.sources.catalog import SourceError
from storage.models import Page, Source
from storage.models.quoting import quote_value

API_KEY = re.compile(r"[?&]api_key=", re.IGNORECASE)
MAX_FEEDS = 3  # feeds of a page to try before going on without one

FetchPage = Callable[[str], Page]  # CommandError if nothing answers


@dataclass(frozen=True, slots=True)
class AddRequest:
    """The newsroom that a user wants to add."""

    url: str
    identifier: str | None = None
    feed_url: str | None = None
    allow_private: bool = False


def add_newsroom(db: Path, request: AddRequest) -> tuple[Source, str]:
    """Store a newsroom and return it, with a remark if its feed was left out. Stores nothing if it fails."""
    check_request(request)
    with open_store_for_writing(db) as store:
        known = catalog.list_all_sources(store)
        check_is_new(request, known)
        made, remark = recognise_newsroom(
            request, frozenset(one.id for one in known), make_fetcher(db, request)
        )
        store.save_source(made)
    return made, remark


def check_request(request: AddRequest) -> None:
    """Raise SourceError for an address that is invalid, or private and not allowed, and for a bad id."""
    for url in filter(None, (request.url, request.feed_url)):
        try:
            private = urls.is_private_name(urls.find_host(urls.canonicalize_url(url)))
        except ValueError as error:
            raise SourceError(str(error)) from error
        if API_KEY.search(url):
            raise SourceError(f"leave the key out of the address and set {DVIDS_KEY_VARIABLE} instead")
        if private and not request.allow_private:
            raise SourceError(f"{url} is a private address; add it anyway with --allow-private")
    if request.identifier is not None and not catalog.ID.fullmatch(request.identifier):
        shown = quote_value(request.identifier)
        raise SourceError(f"--id {shown} must be lower-case words joined by hyphens")


def check_is_new(request: AddRequest, known: tuple[Source, ...]) -> None:
    """Raise SourceError if the id or the address is already taken."""
    if any(one.id == request.identifier for one in known):
        raise SourceError(f"there already is a newsroom {request.identifier}; choose another --id")
    wanted = urls.canonicalize_url(request.url)
    for one in known:
        if wanted in {urls.canonicalize_url(url) for url in (one.listing_url, one.feed_url) if url}:
            raise SourceError(
                f"{request.url} is known as {one.id}; enable it with `milwire sources enable {one.id}`"
            )


def recognise_newsroom(request: AddRequest, taken: frozenset[str], fetch: FetchPage) -> tuple[Source, str]:
    """Return the newsroom of a page, and a remark if its feed was left out; CommandError if it has none."""
    page = fetch(request.url)
    read = reader.read_page(page)
    feeds = [request.feed_url] if request.feed_url else list(platform_detection.find_feed_links(page))
    check_is_newsroom(read, has_feed=bool(feeds))
    made = platform_detection.build_source(page, read, taken, request.identifier)
    made = replace(made, private=request.allow_private)
    if made.feed_url and not request.feed_url:
        site = urls.find_site(page.url)
        if problem := platform_detection.explain_foreign_items(read.listing, site) if read.listing else "":
            raise CommandError(f"{request.url} is the feed of another site: {problem}")
        return made, ""
    return find_own_feed(made, feeds[:MAX_FEEDS], fetch)


def check_is_newsroom(read: Reading, *, has_feed: bool) -> None:
    """Raise CommandError if a page cannot belong to a newsroom."""
    where = read.address.url
    if read.kind in {PageKind.REFUSED, PageKind.NOT_FOUND}:
        raise CommandError(f"{where}: {read.kind.replace('_', ' ')}{read.reason and f': {read.reason}'}")
    if read.kind is PageKind.ARTICLE:
        raise CommandError(f"{where} is one release; give the page that lists the releases")
    if read.kind is PageKind.OTHER and not has_feed:
        raise CommandError(f"{where}: found neither a list of releases nor a feed; give a feed with --feed")


def find_own_feed(source: Source, feeds: list[str], fetch: FetchPage) -> tuple[Source, str]:
    """Return the newsroom with the first feed that belongs to it, or without a feed and the reason why."""
    remark = ""
    for url in feeds:
        problem = find_feed_problem(url, urls.find_site(source.listing_url or source.feed_url or url), fetch)
        if not problem:
            return replace(source, feed_url=url), ""
        remark = remark or f"left out the feed {url}: {problem}"
    return source, remark


def find_feed_problem(url: str, site: str, fetch: FetchPage) -> str:
    """Return why a feed does not belong to a site, or an empty string."""
    try:
        read = reader.read_page(fetch(url))
    except (CommandError, ParseError) as error:
        return str(error)
    if read.kind is not PageKind.FEED or read.listing is None:
        return f"it is not a feed but {read.kind.replace('_', ' ')}"
    return platform_detection.explain_foreign_items(read.listing, site)


def make_fetcher(db: Path, request: AddRequest) -> FetchPage:
    """Return a function that fetches a page within the limits of a crawl; CommandError if none comes."""
    from crawler import fetch as one_page  # Scrapy

    config = load_settings(db)

    def fetch_page(url: str) -> Page:
        result = one_page.fetch_page(url, db, config, private=request.allow_private)
        look = result.look
        if look is None:
            raise CommandError(result.failure)
        if look.page is None or look.page.status != HTTPStatus.OK:
            what = look.verdict.replace("_", " ")
            raise CommandError(f"{url}: {what}{look.reason and f': {look.reason}'}")
        return look.page

    return fetch_page


def describe_channels(source: Source) -> str:
    """Return the listing and the feed of a newsroom as text."""
    kinds = (("listing", source.listing_url), ("feed", source.feed_url))
    return " and ".join(f"{name} {url}" for name, url in kinds if url)
