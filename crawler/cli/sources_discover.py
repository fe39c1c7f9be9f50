"""The work of `milwire sources discover`: look round a host, and make newsrooms of what is found."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from crawler.cli.options import CommandError, settings, written_store
from crawler.cli.sources_add import channels
from crawler.cli.terminal import note, progress, say
from crawler.parsing import urls
from crawler.sources import catalog
from crawler.sources.catalog import SourceError
from crawler.sources.discovery import MAX_ADDRESSES, Candidate, Exploration
from storage.models import Confidence, Source


@dataclass(frozen=True, slots=True)
class Discovery:
    """What looking round a host brought."""

    host: str
    candidates: tuple[Candidate, ...]  # the surest first
    known: dict[str, str]  # ids that candidates have already, by the ids they would get
    problems: tuple[str, ...]
    addresses: int  # asked for
    requests: int  # robots.txt and redirects included


def discovered(db: Path, host: str, *, allow_private: bool) -> Discovery:
    """Look round a host, with the manners of a crawl; CommandError where not even its front page answers."""
    from crawler.fetch import Visitor  # Scrapy

    home = front(host, allow_private=allow_private)
    with written_store(db) as store:
        everything = catalog.all_sources(store)
    exploration = Exploration(home)
    visitor = Visitor(db, settings(db), private=allow_private, most=MAX_ADDRESSES)
    with progress("addresses") as bar:
        task = bar.add_task(urls.host(home), total=None)
        while not visitor.is_over and (url := exploration.next_url()):
            answer = visitor.fetch(url)
            if url == home:
                rules = visitor.rulebook(home).rules
                exploration.robots(rules.text if rules else "")
            if answer.page:
                exploration.take(url, answer.page)
            else:
                exploration.problems.append(f"{url}: {answer.problem}")
            bar.update(task, advance=1)
    if visitor.refusal and len(visitor.asked) == 1:
        raise CommandError(f"{home}: {visitor.refusal}")
    found = exploration.candidates(one.id for one in everything)
    found = tuple(replace(one, source=replace(one.source, private=allow_private)) for one in found)
    return Discovery(
        urls.host(home),
        found,
        known_as(found, everything),
        tuple(exploration.problems),
        len(visitor.asked),
        visitor.requests,
    )


def front(host: str, *, allow_private: bool) -> str:
    """Return the address of a host's front page; SourceError where it is none, or private without leave."""
    is_bare = "://" not in host
    try:
        private = urls.is_private_name(host if is_bare else urls.host(host))
        home = urls.canonical("/", f"{'http' if private else 'https'}://{host}/" if is_bare else host)
    except ValueError as error:
        raise SourceError(str(error)) from error
    if private and not allow_private:
        raise SourceError(f"{host} is a private address; --allow-private looks at it all the same")
    return home


def known_as(found: Sequence[Candidate], everything: Sequence[Source]) -> dict[str, str]:
    """Return which newsrooms of ours candidates are, by the ids they would get: the same list or feed."""
    ours = {_spelling(url): one.id for one in everything for url in (one.listing_url, one.feed_url) if url}
    return {
        one.source.id: ours[_spelling(url)]
        for one in found
        for url in (one.source.feed_url, one.source.listing_url)
        if url and _spelling(url) in ours
    }


def add(db: Path, found: Discovery) -> list[str]:
    """Store and enable the sections that were seen to work and are not ours yet; return their ids."""
    new = [
        one.source
        for one in found.candidates
        if one.confidence is not Confidence.LOW and one.source.id not in found.known
    ]
    with written_store(db) as store:
        for source in new:
            store.save_source(source)
    return [source.id for source in new]


def print_discovery(found: Discovery, added: list[str]) -> None:
    """Print the sections of a host, and what became of them."""
    for one in found.candidates:
        known = found.known.get(one.source.id)
        say(f"{known or one.source.id}  {one.confidence}{'  known already' if known else ''}", "bold")
        say(f"  {channels(one.source)}")
        say(f"  {one.evidence}", "dim")
    sections = len(found.candidates)
    asked = f"{found.addresses} addresses, {found.requests} requests"
    note(f"{found.host}: {sections or 'no'} newsroom section{'' if sections == 1 else 's'}, {asked}")
    for identifier in added:
        say(f"added {identifier}; next: milwire crawl {identifier}")


def _spelling(url: str) -> str:
    return urls.canonical(url).rstrip("/").lower()
