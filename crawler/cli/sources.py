"""`milwire sources`: which newsrooms there are, and which are crawled."""

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crawler.cli.options import CommandError, Db, Json, store_if_any, written_store
from crawler.cli.terminal import note, out, print_json, say, table
from crawler.sources import catalog
from storage.models import Confidence, Source

if TYPE_CHECKING:  # the database is opened by the commands that need it: start-up time
    from storage.checks import Verification
    from storage.store import Store

app = typer.Typer(
    help="Choose newsrooms: list, find, show, verify, discover, enable, disable, add, remove.",
    rich_markup_mode=None,
)

Ids = Annotated[
    list[str] | None, typer.Argument(metavar="ID...", help="Newsrooms by id.", show_default=False)
]
Platform = Annotated[str | None, typer.Option("--platform", help="Only this platform, e.g. afpims.")]
Branch = Annotated[str | None, typer.Option("--branch", help="Only this branch, e.g. 'Air Force'.")]
Sure = Annotated[Confidence | None, typer.Option("--confidence", help="Only this confidence.")]


@app.command("list")
def list_(
    platform: Platform = None,
    branch: Branch = None,
    confidence: Sure = None,
    only_enabled: Annotated[bool, typer.Option("--enabled", help="Only what a crawl visits.")] = False,
    only_verified: Annotated[
        bool, typer.Option("--verified", help="Only what `sources verify` found to work, and when.")
    ] = False,
    db: Db = Path("milwire.db"),
    as_json: Json = False,
) -> None:
    """List newsrooms."""
    with store_if_any(db) as store:
        found = filtered(catalog.all_sources(store), platform, branch, confidence)
        checked = verifications_of(store)
    found = [source for source in found if source.enabled or not only_enabled]
    if only_verified:
        from crawler.cli.sources_verify import print_verified

        print_verified([(one, checked[one.id]) for one in found if one.id in checked], as_json=as_json)
    else:
        print_sources(found, as_json=as_json)


@app.command()
def find(
    words: Annotated[list[str], typer.Argument(help="Words of a name, host, branch or section.")],
    db: Db = Path("milwire.db"),
    as_json: Json = False,
) -> None:
    """Find newsrooms by words."""
    with store_if_any(db) as store:
        found = catalog.matching(catalog.all_sources(store), " ".join(words))
    print_sources(found, as_json=as_json)


@app.command()
def show(
    identifier: Annotated[str, typer.Argument(metavar="ID", help="A newsroom's id.")],
    db: Db = Path("milwire.db"),
    as_json: Json = False,
) -> None:
    """Show all that is known about one newsroom."""
    with store_if_any(db) as store:
        source = catalog.find(store, identifier)
        checked = verifications_of(store).get(identifier)
    if as_json:
        print_json(asdict(source) | {"verification": checked}, indent=2)
        return
    for name in Source.__slots__:
        value = getattr(source, name)
        if value not in (None, ""):
            say(f"{name.removesuffix('_url') + ':':<14} {_word(value)}")
    if checked:
        from crawler.cli.sources_verify import print_verification

        print_verification(checked)


@app.command()
def verify(
    ids: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ID...", help="Newsrooms by id; all enabled ones without.", show_default=False
        ),
    ] = None,
    to_enable: Annotated[bool, typer.Option("--enable", help="Enable those that work.")] = False,
    db: Db = Path("milwire.db"),
    as_json: Json = False,
) -> None:
    """Try newsrooms: home page, robots.txt, listing, feed and one release each; keep what works."""
    from crawler.cli.sources_verify import print_verification, verified  # reads pages: start-up time

    failed = False
    for found in verified(db, ids or [], to_enable=to_enable):
        failed = failed or not found.ok
        if as_json:
            print_json(found)
        else:
            say(f"{found.source_id}: {'works' if found.ok else 'does not work'}", "bold")
            print_verification(found)
    if failed:
        raise typer.Exit(1)


@app.command()
def discover(
    host: Annotated[str, typer.Argument(metavar="HOST", help="A web host, e.g. www.example.mil.")],
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="Allow a private or loopback host.")
    ] = False,
    to_add: Annotated[bool, typer.Option("--add", help="Add and enable what was seen to work.")] = False,
    db: Db = Path("milwire.db"),
    as_json: Json = False,
) -> None:
    """Look for the newsrooms of a host: front page, feeds and site map, 25 addresses at most."""
    from crawler.cli.sources_discover import add, discovered, print_discovery  # reads pages: start-up time

    found = discovered(db, host, allow_private=allow_private)
    added = add(db, found) if to_add else []
    for problem in found.problems:
        note(problem, "yellow")
    if as_json:
        print_json(asdict(found) | {"added": added}, indent=2)
    else:
        print_discovery(found, added)
    if not found.candidates:
        raise typer.Exit(1)


@app.command()
def enable(
    ids: Ids = None,
    platform: Platform = None,
    branch: Branch = None,
    confidence: Sure = None,
    db: Db = Path("milwire.db"),
) -> None:
    """Crawl these newsrooms when `milwire crawl` names none; by id, or all that match the filters."""
    switch(db, ids or [], (platform, branch, confidence), to=True)


@app.command()
def disable(
    ids: Ids = None,
    platform: Platform = None,
    branch: Branch = None,
    confidence: Sure = None,
    db: Db = Path("milwire.db"),
) -> None:
    """Leave these newsrooms out; what is stored of them stays."""
    switch(db, ids or [], (platform, branch, confidence), to=False)


@app.command()
def remove(
    identifier: Annotated[str, typer.Argument(metavar="ID", help="A newsroom you added.")],
    db: Db = Path("milwire.db"),
) -> None:
    """Remove a newsroom that you added; its releases stay."""
    with written_store(db) as store:
        if catalog.find(store, identifier).origin != "user":
            raise CommandError(
                f"{identifier} is in the catalogue; `milwire sources disable {identifier}` leaves it out"
            )
        store.remove_source(identifier)
    say(f"removed {identifier}; its releases stay")


@app.command()
def add(
    url: Annotated[str, typer.Argument(metavar="URL", help="The newsroom's listing page, or its feed.")],
    identifier: Annotated[
        str | None, typer.Option("--id", help="The id to use; made from the address.")
    ] = None,
    feed: Annotated[str | None, typer.Option("--feed", help="Its feed, where the page names none.")] = None,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="Allow a private or loopback address for this newsroom.")
    ] = False,
    db: Db = Path("milwire.db"),
) -> None:
    """Add a newsroom of your own: look at its page once, recognise its platform and feed, and enable it."""
    from crawler.cli.sources_add import Request, added, channels  # reads pages: start-up time

    source, remark = added(db, Request(url, identifier, feed, allow_private))
    if remark:
        note(remark, "yellow")
    say(f"added {source.id}: {source.organization}, {source.platform}, {channels(source)}")
    say(f"next: milwire crawl {source.id}")


def filtered(
    found: Iterable[Source], platform: str | None, branch: str | None, confidence: Confidence | None
) -> list[Source]:
    """Return the newsrooms that fit every filter given; case of platform and branch does not matter."""
    return [
        source
        for source in found
        if (platform is None or source.platform.casefold() == platform.casefold())
        and (branch is None or source.branch.casefold() == branch.casefold())
        and (confidence is None or source.confidence == confidence)
    ]


def switch(
    db: Path, ids: list[str], filters: tuple[str | None, str | None, Confidence | None], *, to: bool
) -> None:
    """Switch newsrooms on or off, by id or by filter, all or none of them."""
    if bool(ids) == any(filters):
        raise typer.BadParameter("give newsroom ids, or filters such as --platform afpims --confidence high")
    with written_store(db) as store:
        chosen = (
            [catalog.find(store, one) for one in ids]
            if ids
            else filtered(catalog.all_sources(store), *filters)
        )
        turned = [source for source in chosen if source.enabled != to]
        for source in turned:
            store.set_enabled(source.id, to)
    word = "enabled" if to else "disabled"
    same = f", {len(chosen) - len(turned)} already {word}" if len(chosen) > len(turned) else ""
    say(f"{len(turned)} {word}{same}")


def verifications_of(store: "Store | None") -> "dict[str, Verification]":
    """Return how newsrooms were last verified, by id."""
    if store is None:
        return {}
    from storage.tables import source_checks

    return source_checks.found(store)


def print_sources(found: Iterable[Source], *, as_json: bool) -> None:
    """Print newsrooms as a table, or as one JSON object a line."""
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
            _word(source.enabled),
        )
        for source in found
    ]
    if rows:
        out().print(table(("id", "organization", "branch", "platform", "confidence", "enabled"), rows))
    note(f"{len(rows)} newsrooms" if len(rows) != 1 else "1 newsroom")


def _word(value: object) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)
