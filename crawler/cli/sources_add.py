"""The work of `milwire sources add`: look at a page once, and make a newsroom of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path

from crawler.cli.options import CommandError, settings, written_store
from crawler.parsing import reader, urls
from crawler.parsing.html import ParseError
from crawler.parsing.platforms import PageKind, Reading
from crawler.sources import catalog, platform_detection
from crawler.sources.catalog import SourceError
from storage.models import Page, Source

MAX_FEEDS = 3  # feeds of a page that are looked at before we go on without one

Fetch = Callable[[str], Page]  # CommandError or another failure with a line of its own where nothing answers


@dataclass(frozen=True, slots=True)
class Request:
    """What a user asks to be added."""

    url: str
    identifier: str | None = None
    feed_url: str | None = None
    allow_private: bool = False


def added(db: Path, request: Request) -> tuple[Source, str]:
    """Store a newsroom and return it, with a remark where its feed was left out; else nothing is stored."""
    check(request)
    with written_store(db) as store:
        known = catalog.all_sources(store)
        check_new(request, known)
        made, remark = recognised(request, frozenset(one.id for one in known), fetching(db, request))
        store.save_source(made)
    return made, remark


def check(request: Request) -> None:
    """Raise SourceError where an address is none, or private without leave."""
    for url in filter(None, (request.url, request.feed_url)):
        try:
            private = urls.is_private_name(urls.host(urls.canonical(url)))
        except ValueError as error:
            raise SourceError(str(error)) from error
        if private and not request.allow_private:
            raise SourceError(f"{url} is a private address; --allow-private adds it all the same")
    if request.identifier is not None and not catalog.ID.fullmatch(request.identifier):
        raise SourceError(f"--id {request.identifier!r}: use lower-case words joined by hyphens")


def check_new(request: Request, known: tuple[Source, ...]) -> None:
    """Raise SourceError where the id or the address is one we have."""
    if any(one.id == request.identifier for one in known):
        raise SourceError(f"there is a source {request.identifier} already; choose another --id")
    wanted = urls.canonical(request.url)
    for one in known:
        if wanted in {urls.canonical(url) for url in (one.listing_url, one.feed_url) if url}:
            raise SourceError(
                f"{request.url} is known as {one.id}; `milwire sources enable {one.id}` adds it"
            )


def recognised(request: Request, taken: frozenset[str], fetch: Fetch) -> tuple[Source, str]:
    """Return the newsroom of a page, and a remark where its feed was left out; CommandError if it is none."""
    page = fetch(request.url)
    read = reader.read(page)
    feeds = [request.feed_url] if request.feed_url else list(platform_detection.feed_links(page))
    refuse(read, has_feed=bool(feeds))
    made = platform_detection.newsroom(page, read, taken, request.identifier)
    made = replace(made, private=request.allow_private)
    if made.feed_url and not request.feed_url:
        if problem := platform_detection.owner(read.listing, urls.site(page.url)) if read.listing else "":
            raise CommandError(f"{request.url} is not that site's feed: {problem}")
        return made, ""
    return with_feed(made, feeds[:MAX_FEEDS], fetch)


def refuse(read: Reading, *, has_feed: bool) -> None:
    """Raise CommandError where a page cannot be a newsroom's."""
    where = read.address.url
    if read.kind in {PageKind.REFUSED, PageKind.NOT_FOUND}:
        raise CommandError(f"{where}: {read.kind.replace('_', ' ')}{read.reason and f': {read.reason}'}")
    if read.kind is PageKind.ARTICLE:
        raise CommandError(f"{where} is one release; give the page that lists them")
    if read.kind is PageKind.OTHER and not has_feed:
        raise CommandError(f"{where}: no list of releases and no feed recognised; --feed names one")


def with_feed(source: Source, feeds: list[str], fetch: Fetch) -> tuple[Source, str]:
    """Return the newsroom with the first feed that is its own, else without one and why."""
    remark = ""
    for url in feeds:
        problem = feed_problem(url, urls.site(source.listing_url or source.feed_url or url), fetch)
        if not problem:
            return replace(source, feed_url=url), ""
        remark = remark or f"left out the feed {url}: {problem}"
    return source, remark


def feed_problem(url: str, site: str, fetch: Fetch) -> str:
    """Return why a feed is not the site's, or an empty string."""
    try:
        read = reader.read(fetch(url))
    except (CommandError, ParseError) as error:
        return str(error)
    if read.kind is not PageKind.FEED or read.listing is None:
        return f"it is no feed but {read.kind.replace('_', ' ')}"
    return platform_detection.owner(read.listing, site)


def fetching(db: Path, request: Request) -> Fetch:
    """Return how pages are fetched: politely, within the limits of a crawl; CommandError where none comes."""
    from crawler import fetch as one_page  # Scrapy

    config = settings(db)

    def fetch(url: str) -> Page:
        look, problem = one_page.fetch(url, db, config, private=request.allow_private)
        if look is None:
            raise CommandError(problem)
        if look.page is None or look.page.status != HTTPStatus.OK:
            what = look.verdict.replace("_", " ")
            raise CommandError(f"{url}: {what}{look.reason and f': {look.reason}'}")
        return look.page

    return fetch


def channels(source: Source) -> str:
    """Return where a newsroom is looked at, in words."""
    kinds = (("listing", source.listing_url), ("feed", source.feed_url))
    return " and ".join(f"{name} {url}" for name, url in kinds if url)
