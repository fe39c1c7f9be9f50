"""`milwire sources import` and `opml`: newsrooms from the lists of feed readers, and for them."""

from collections.abc import Iterable
from pathlib import Path

from crawler.cli.exit_codes import format_error, get_expected_errors
from crawler.cli.options import CommandError
from crawler.cli.sources_add import AddRequest, add_newsroom, describe_channels
from crawler.cli.terminal import print_line, print_message
from storage.models import Source
from storage.publish.opml import LARGEST, FeedOutline, OpmlError, parse_opml, render_opml


def import_opml_file(db: Path, file: Path, *, allow_private: bool) -> tuple[int, int]:
    """Add each feed of a file as a newsroom; return how many were added and how many refused."""
    with file.open("rb") as opened:
        content = opened.read(LARGEST + 1)
    try:
        outlines = parse_opml(content)
    except OpmlError as error:
        raise CommandError(f"{file}: {error}") from error
    expected: tuple[type[BaseException], ...] = (CommandError, *get_expected_errors())
    refused = 0
    for one in outlines:
        try:
            made, remark = _add_outline(db, one, allow_private=allow_private)
        except expected as error:
            refused += 1
            print_message(f"refused {one.title} ({one.feed_url}): {format_error(error)}", "yellow")
            continue
        if remark:
            print_message(remark, "yellow")
        print_line(f"added {made.id}: {made.organization}, {made.platform}, {describe_channels(made)}")
    return len(outlines) - refused, refused


def format_sources_opml(sources: Iterable[Source]) -> str:
    """Return the newsrooms that have a feed as OPML."""
    outlines = [
        FeedOutline(f"{one.organization}: {one.section}", one.feed_url, one.listing_url)
        for one in sources
        if one.feed_url
    ]
    return render_opml("Newsrooms of milwire", outlines).decode()


def _add_outline(db: Path, one: FeedOutline, *, allow_private: bool) -> tuple[Source, str]:
    """Add a feed with the page that belongs to it; without a page, by the feed alone."""
    if one.page_url is None:
        return add_newsroom(db, AddRequest(one.feed_url, allow_private=allow_private))
    return add_newsroom(db, AddRequest(one.page_url, feed_url=one.feed_url, allow_private=allow_private))
