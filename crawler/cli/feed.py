"""`milwire feed`: the ledger as Atom and JSON Feed, in files for any web server."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crawler.cli.lookup import list_source_ids
from crawler.cli.options import DbOption, JsonOption, NewsroomOption, open_existing_store
from crawler.cli.terminal import print_json, print_message
from storage.models.quoting import quote_value

if TYPE_CHECKING:
    from storage.publish.feed_list import FeedSpec
    from storage.store import Store

MOST_ENTRIES = 1000


def parse_base_url(text: str) -> str:
    """Return an address without its last slash; anything but http and https is wrong usage."""
    from crawler.parsing import urls

    try:
        if text.lower().startswith(("http://", "https://")) and urls.canonicalize_url(text):
            return text.rstrip("/")
    except ValueError:
        pass
    raise typer.BadParameter(f"{quote_value(text)} is not an address like https://www.example.org/feeds")


def feed_command(
    out: Annotated[
        Path, typer.Option("--out", file_okay=False, help="Folder for the files; made if missing.")
    ],
    newsroom: NewsroomOption = None,
    search: Annotated[
        list[str] | None,
        typer.Option("--search", metavar="WORDS", help="Also of what a search finds; may be given again."),
    ] = None,
    entries: Annotated[
        int, typer.Option("--entries", min=1, max=MOST_ENTRIES, help="Newest events in a feed.")
    ] = 50,
    base_url: Annotated[
        str | None,
        typer.Option("--base-url", parser=parse_base_url, metavar="URL", help="Where the folder is served."),
    ] = None,
    browse_url: Annotated[
        str | None,
        typer.Option(
            "--browse-url", parser=parse_base_url, metavar="URL", help="Where `milwire browse` is served."
        ),
    ] = None,
    db: DbOption = Path("milwire.db"),
    as_json: JsonOption = False,
) -> None:
    """Write Atom and JSON feeds. New releases, edits, takedowns, returns; by newsroom, branch and search."""
    from storage.publish.feed_files import FeedAddresses, write_feeds

    with open_existing_store(db) as store:
        specs = list_feeds(store, newsroom or [], search or [])
        counts = write_feeds(store, out, specs, FeedAddresses(base_url, browse_url), entries)
    if as_json:
        print_json(counts)
    said = f"{len(specs)} feeds in {out}: {counts.written} files written, {counts.unchanged} unchanged"
    print_message(said + (f", {counts.removed} removed" if counts.removed else ""))


def list_feeds(store: "Store", selectors: Sequence[str], searches: Sequence[str]) -> "list[FeedSpec]":
    """Return the feeds to write, each name once; without selectors, of the enabled newsrooms and branches."""
    from storage.publish import feed_list

    specs = feed_list.list_general_feeds()
    for content in feed_list.CONTENTS:
        specs += _list_selected_feeds(store, selectors, content)
        specs += [feed_list.make_search_feed(words, content) for words in searches if words.strip()]
    return list({one.name: one for one in specs}.values())


def group_by_branch(store: "Store") -> dict[str, list[str]]:
    """Return the ids of all newsrooms by their branch."""
    from crawler.sources import catalog

    found = defaultdict(list)
    for source in catalog.list_all_sources(store):
        found[source.branch].append(source.id)
    return dict(found)


def _list_selected_feeds(store: "Store", selectors: Sequence[str], content: str) -> "Iterator[FeedSpec]":
    from crawler.sources import catalog
    from storage.publish import feed_list
    from storage.query_language.newsroom_selector import SelectorKind, parse_selector

    if not selectors:
        enabled = catalog.list_enabled_sources(store)
        branches = group_by_branch(store)
        for source in enabled:
            yield feed_list.make_newsroom_feed(source.id, content)
        for branch in dict.fromkeys(source.branch for source in enabled):
            yield feed_list.make_group_feed("branch", branch, branches[branch], content)
    for text in selectors:
        ids = list_source_ids(store, [text])
        chosen = parse_selector(text)
        if chosen.kind is SelectorKind.NEWSROOM:
            yield feed_list.make_newsroom_feed(ids[0], content)
        else:
            yield feed_list.make_group_feed(chosen.kind.value, chosen.value, ids, content)
