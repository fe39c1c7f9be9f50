"""`milwire sources discover`: explore a host and find its newsroom sections."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from crawler.cli.options import CommandError, load_settings, open_store_for_writing
from crawler.cli.sources_add import describe_channels
from crawler.cli.terminal import print_line, print_message, show_progress
from crawler.parsing import urls
from crawler.sources import catalog
from crawler.sources.catalog import SourceError
from crawler.sources.discovery import MAX_ADDRESSES, HostExploration, SectionCandidate
from storage.models import Confidence, Source


@dataclass(frozen=True, slots=True)
class Discovery:
    """What exploring a host found."""

    host: str
    candidates: tuple[SectionCandidate, ...]  # highest confidence first
    known: dict[str, str]  # ids of candidates that are known already, by the ids they would get
    problems: tuple[str, ...]
    addresses: int  # asked for
    requests: int  # robots.txt and redirects included


def discover_host(db: Path, host: str, *, allow_private: bool) -> Discovery:
    """Explore a host within the limits of a crawl; CommandError if its front page does not answer."""
    from crawler.fetch import PageFetcher  # Scrapy

    home = find_front_page(host, allow_private=allow_private)
    with open_store_for_writing(db) as store:
        everything = catalog.list_all_sources(store)
    exploration = HostExploration(home)
    visitor = PageFetcher(db, load_settings(db), private=allow_private, most=MAX_ADDRESSES)
    with show_progress("addresses") as bar:
        task = bar.add_task(urls.find_host(home), total=None)
        while not visitor.is_over and (url := exploration.take_next_url()):
            answer = visitor.fetch(url)
            if url == home:
                rules = visitor.read_rulebook(home).rules
                exploration.add_robots(rules.text if rules else "")
            if answer.page:
                exploration.add_page(url, answer.page)
            else:
                exploration.problems.append(f"{url}: {answer.problem}")
            bar.update(task, advance=1)
    if visitor.refusal and len(visitor.asked) == 1:
        raise CommandError(f"{home}: {visitor.refusal}")
    found = exploration.list_candidates(one.id for one in everything)
    found = tuple(replace(one, source=replace(one.source, private=allow_private)) for one in found)
    return Discovery(
        urls.find_host(home),
        found,
        match_known_sources(found, everything),
        tuple(exploration.problems),
        len(visitor.asked),
        visitor.requests,
    )


def find_front_page(host: str, *, allow_private: bool) -> str:
    """Return the address of a host's front page; SourceError if invalid, or private and not allowed."""
    is_bare = "://" not in host
    try:
        private = urls.is_private_name(host if is_bare else urls.find_host(host))
        home = urls.canonicalize_url("/", f"{'http' if private else 'https'}://{host}/" if is_bare else host)
    except ValueError as error:
        raise SourceError(str(error)) from error
    if private and not allow_private:
        raise SourceError(f"{host} is a private address; explore it anyway with --allow-private")
    return home


def match_known_sources(found: Sequence[SectionCandidate], everything: Sequence[Source]) -> dict[str, str]:
    """Return the ids of known newsrooms with the same listing or feed, by the ids candidates would get."""
    known = {
        _normalize_url(url): one.id for one in everything for url in (one.listing_url, one.feed_url) if url
    }
    return {
        one.source.id: known[_normalize_url(url)]
        for one in found
        for url in (one.source.feed_url, one.source.listing_url)
        if url and _normalize_url(url) in known
    }


def add_discovered(db: Path, found: Discovery) -> list[str]:
    """Store and enable the new sections of high or medium confidence; return their ids."""
    new = [
        one.source
        for one in found.candidates
        if one.confidence is not Confidence.LOW and one.source.id not in found.known
    ]
    with open_store_for_writing(db) as store:
        for source in new:
            store.save_source(source)
    return [source.id for source in new]


def print_discovery(found: Discovery, added: list[str]) -> None:
    """Print the sections of a host, and which of them were added."""
    for one in found.candidates:
        known = found.known.get(one.source.id)
        print_line(f"{known or one.source.id}  {one.confidence}{'  already known' if known else ''}", "bold")
        print_line(f"  {describe_channels(one.source)}")
        print_line(f"  {one.evidence}", "dim")
    sections = len(found.candidates)
    cost = f"{found.addresses} addresses, {found.requests} requests"
    print_message(f"{found.host}: {sections or 'no'} newsroom section{'' if sections == 1 else 's'}, {cost}")
    for identifier in added:
        print_line(f"added {identifier}; next: milwire crawl {identifier}")


def _normalize_url(url: str) -> str:
    return urls.canonicalize_url(url).rstrip("/").lower()
