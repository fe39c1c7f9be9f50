"""`milwire sources`: list newsrooms and choose which ones are crawled."""

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crawler.cli.options import CommandError, DbOption, JsonOption, open_store_for_writing, open_store_if_any
from crawler.cli.terminal import make_table, print_json, print_line, print_message, stdout_console
from crawler.sources import catalog
from crawler.sources.selection import select_sources
from storage.models import Confidence, Source

if TYPE_CHECKING:  # the database is opened by the commands that need it: start-up time
    from storage.models import Verification
    from storage.store import Store

app = typer.Typer(
    help="List, find, check and choose newsrooms.",
    rich_markup_mode=None,
)

Ids = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="ID", help="Newsrooms: ids, branch:NAME, tag:NAME or under:NAME.", show_default=False
    ),
]
Platform = Annotated[str | None, typer.Option("--platform", help="Only this platform, e.g. afpims.")]
Branch = Annotated[str | None, typer.Option("--branch", help="Only this branch, e.g. 'Air Force'.")]
ConfidenceOption = Annotated[
    Confidence | None, typer.Option("--confidence", help="Only addresses of this confidence.")
]


@app.command("list")
def list_sources_command(
    platform: Platform = None,
    branch: Branch = None,
    confidence: ConfidenceOption = None,
    only_enabled: Annotated[bool, typer.Option("--enabled", help="Only enabled newsrooms.")] = False,
    only_verified: Annotated[
        bool, typer.Option("--verified", help="Only those that worked in `sources verify`.")
    ] = False,
    db: DbOption = Path("milwire.db"),
    as_json: JsonOption = False,
) -> None:
    """List the newsrooms of the catalogue and your own."""
    with open_store_if_any(db) as store:
        found = filter_sources(catalog.list_all_sources(store), platform, branch, confidence)
        checked = load_verifications(store)
    found = [source for source in found if source.enabled or not only_enabled]
    if only_verified:
        from crawler.cli.sources_verify import print_verified_sources

        print_verified_sources(
            [(one, checked[one.id]) for one in found if one.id in checked], as_json=as_json
        )
    else:
        print_sources(found, as_json=as_json)


@app.command("find")
def find_sources_command(
    words: Annotated[list[str], typer.Argument(help="Words of a name, host, branch or section.")],
    db: DbOption = Path("milwire.db"),
    as_json: JsonOption = False,
) -> None:
    """Find newsrooms by words."""
    with open_store_if_any(db) as store:
        found = catalog.search_sources(catalog.list_all_sources(store), " ".join(words))
    print_sources(found, as_json=as_json)


@app.command("show")
def show_source_command(
    identifier: Annotated[str, typer.Argument(metavar="ID", help="The newsroom's id.")],
    db: DbOption = Path("milwire.db"),
    as_json: JsonOption = False,
) -> None:
    """Show everything known about one newsroom."""
    with open_store_if_any(db) as store:
        source = catalog.find_source(store, identifier)
        checked = load_verifications(store).get(identifier)
    if as_json:
        print_json(asdict(source) | {"verification": checked}, indent=2)
        return
    for name in Source.__slots__:
        value = getattr(source, name)
        if value not in (None, ""):
            print_line(f"{name.removesuffix('_url') + ':':<14} {_format_setting(value)}")
    if checked:
        from crawler.cli.sources_verify import print_verification

        print_verification(checked)


@app.command("verify")
def verify_sources_command(
    ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="ID", help="Ids of newsrooms; default: all enabled ones.", show_default=False),
    ] = None,
    to_enable: Annotated[bool, typer.Option("--enable", help="Enable those that work.")] = False,
    db: DbOption = Path("milwire.db"),
    as_json: JsonOption = False,
) -> None:
    """Try newsrooms and store what works. Fetches home page, robots.txt, listing, feed and a release."""
    from crawler.cli.sources_verify import print_verification, verify_newsrooms  # reads pages: start-up time

    failed = False
    for found in verify_newsrooms(db, ids or [], to_enable=to_enable):
        failed = failed or not found.ok
        if as_json:
            print_json(found)
        else:
            print_line(f"{found.source_id}: {'works' if found.ok else 'does not work'}", "bold")
            print_verification(found)
    if failed:
        raise typer.Exit(1)


@app.command("discover")
def discover_sources_command(
    host: Annotated[str, typer.Argument(metavar="HOST", help="A web host, e.g. www.example.mil.")],
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="Allow a private or loopback host.")
    ] = False,
    to_add: Annotated[bool, typer.Option("--add", help="Add and enable the sections that work.")] = False,
    db: DbOption = Path("milwire.db"),
    as_json: JsonOption = False,
) -> None:
    """Find the newsrooms of a host. Reads its front page, feeds and site map; at most 25 addresses."""
    from crawler.cli.sources_discover import (  # reads pages: start-up time
        add_discovered,
        discover_host,
        print_discovery,
    )

    found = discover_host(db, host, allow_private=allow_private)
    added = add_discovered(db, found) if to_add else []
    for problem in found.problems:
        print_message(problem, "yellow")
    if as_json:
        print_json(asdict(found) | {"added": added}, indent=2)
    else:
        print_discovery(found, added)
    if not found.candidates:
        raise typer.Exit(1)


@app.command("enable")
def enable_sources_command(
    ids: Ids = None,
    platform: Platform = None,
    branch: Branch = None,
    confidence: ConfidenceOption = None,
    db: DbOption = Path("milwire.db"),
) -> None:
    """Enable newsrooms, by id or by filter. `milwire crawl` and `milwire watch` then visit them."""
    switch_sources(db, ids or [], (platform, branch, confidence), to=True)


@app.command("disable")
def disable_sources_command(
    ids: Ids = None,
    platform: Platform = None,
    branch: Branch = None,
    confidence: ConfidenceOption = None,
    db: DbOption = Path("milwire.db"),
) -> None:
    """Disable newsrooms, by id or by filter. Their stored releases stay."""
    switch_sources(db, ids or [], (platform, branch, confidence), to=False)


@app.command("remove")
def remove_source_command(
    identifier: Annotated[str, typer.Argument(metavar="ID", help="The id of a newsroom that you added.")],
    db: DbOption = Path("milwire.db"),
) -> None:
    """Remove a newsroom that you added. Its stored releases stay."""
    with open_store_for_writing(db) as store:
        if catalog.find_source(store, identifier).origin != "user":
            raise CommandError(
                f"{identifier} is in the catalogue; leave it out with `milwire sources disable {identifier}`"
            )
        store.remove_source(identifier)
    print_line(f"removed {identifier}; its releases stay")


@app.command("add")
def add_source_command(
    url: Annotated[str, typer.Argument(metavar="URL", help="The newsroom's listing page, or its feed.")],
    identifier: Annotated[
        str | None, typer.Option("--id", help="Id of the new newsroom; default: made from the address.")
    ] = None,
    feed: Annotated[
        str | None, typer.Option("--feed", help="Its feed, if the page does not name it.")
    ] = None,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="Allow a private or loopback address for this newsroom.")
    ] = False,
    db: DbOption = Path("milwire.db"),
) -> None:
    """Add a newsroom and enable it. Reads its page once to recognise platform and feed."""
    from crawler.cli.sources_add import (  # reads pages: start-up time
        AddRequest,
        add_newsroom,
        describe_channels,
    )

    source, remark = add_newsroom(db, AddRequest(url, identifier, feed, allow_private))
    if remark:
        print_message(remark, "yellow")
    print_line(f"added {source.id}: {source.organization}, {source.platform}, {describe_channels(source)}")
    print_line(f"next: milwire crawl {source.id}")


@app.command("import")
def import_sources_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", dir_okay=False, exists=True, help="An OPML file.")],
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="Allow private and loopback addresses.")
    ] = False,
    db: DbOption = Path("milwire.db"),
) -> None:
    """Add the newsrooms of an OPML file, as `sources add` does. Names what is refused, and why."""
    from crawler.cli.sources_opml import import_opml_file  # reads pages: start-up time

    added, refused = import_opml_file(db, file, allow_private=allow_private)
    print_message(f"{added} added, {refused} refused")
    if refused:
        raise typer.Exit(1)


@app.command("opml")
def print_opml_command(
    only_enabled: Annotated[bool, typer.Option("--enabled", help="Only enabled newsrooms.")] = False,
    db: DbOption = Path("milwire.db"),
) -> None:
    """Print the feeds of the newsrooms as OPML, for feed readers."""
    from crawler.cli.sources_opml import format_sources_opml

    with open_store_if_any(db) as store:
        found = catalog.list_all_sources(store)
    chosen = [one for one in found if one.enabled or not only_enabled]
    print(format_sources_opml(chosen), end="")
    print_message(count_newsrooms(sum(1 for one in chosen if one.feed_url)))


def filter_sources(
    found: Iterable[Source], platform: str | None, branch: str | None, confidence: Confidence | None
) -> list[Source]:
    """Return the newsrooms that match every filter given, ignoring the case of platform and branch."""
    return [
        source
        for source in found
        if (platform is None or source.platform.casefold() == platform.casefold())
        and (branch is None or source.branch.casefold() == branch.casefold())
        and (confidence is None or source.confidence == confidence)
    ]


def switch_sources(
    db: Path, ids: list[str], filters: tuple[str | None, str | None, Confidence | None], *, to: bool
) -> None:
    """Enable or disable newsrooms, by id or by filter; an unknown id changes none of them."""
    if bool(ids) == any(filters):
        raise typer.BadParameter("give either ids or filters such as --platform afpims --confidence high")
    with open_store_for_writing(db) as store:
        chosen = (
            select_sources(store, ids) if ids else filter_sources(catalog.list_all_sources(store), *filters)
        )
        changed = [source for source in chosen if source.enabled != to]
        for source in changed:
            store.set_enabled(source.id, to)
    word = "enabled" if to else "disabled"
    same = f", {len(chosen) - len(changed)} already {word}" if len(chosen) > len(changed) else ""
    print_line(f"{len(changed)} {word}{same}")


def load_verifications(store: "Store | None") -> "dict[str, Verification]":
    """Return the last verification of each newsroom that has one, by id."""
    if store is None:
        return {}
    from storage.tables import source_checks

    return source_checks.list_verifications(store.db)


def print_sources(found: Iterable[Source], *, as_json: bool) -> None:
    """Print newsrooms as a table, or as one JSON object per line."""
    if as_json:
        for source in found:
            print_json(source)
        return
    rows = [
        (
            source.id,
            source.organization,
            source.branch,
            source.platform,
            source.confidence,
            _format_setting(source.enabled),
        )
        for source in found
    ]
    if rows:
        stdout_console().print(
            make_table(("id", "organization", "branch", "platform", "confidence", "enabled"), rows)
        )
    print_message(count_newsrooms(len(rows)))


def count_newsrooms(count: int) -> str:
    """Return a number of newsrooms as text."""
    return "1 newsroom" if count == 1 else f"{count or 'no'} newsrooms"


def _format_setting(value: object) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)
