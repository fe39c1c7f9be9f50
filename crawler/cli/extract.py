"""`milwire extract`: read one saved page, without a crawl or a database."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from crawler.cli.options import CommandError, JsonOption
from crawler.cli.terminal import (
    TEXT_WIDTH,
    escape_controls,
    make_cell,
    make_table,
    print_json,
    stdout_console,
)
from crawler.parsing import urls
from crawler.parsing.platforms import PageKind, Reading
from storage.diff.changes import compute_content_hash
from storage.models import Entry, Fields, Listing, Page

MAX_BYTES = 16 * 1024 * 1024  # the limit of a crawl
LISTINGS = frozenset({PageKind.LISTING, PageKind.FEED})


def extract_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A saved page, or - for standard input.")],
    url: Annotated[str, typer.Option("--url", help="The address the page came from.")],
    status: Annotated[
        int | None, typer.Option("--status", min=100, max=599, help="The HTTP status it came with.")
    ] = None,
    headers: Annotated[
        Path | None,
        typer.Option(
            "--headers", exists=True, dir_okay=False, help="Its response headers, as `curl -D` saves them."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Read one saved page and print what is in it. Needs neither network nor database."""
    from crawler.parsing import reader  # every platform: start-up time

    saved_status, saved = parse_header_file(headers.read_text(encoding="latin-1")) if headers else (None, ())
    page = Page(check_address(url), status or saved_status or 200, saved, read_content(file))
    found = reader.read_page(page)
    if as_json:
        print_json(make_json_object(found), indent=2)
    else:
        print_reading(found)


def check_address(url: str) -> str:
    """Return the address as given; anything that is not a web address is wrong usage."""
    try:
        urls.canonicalize_url(url)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--url") from error
    return url


def read_content(file: Path) -> bytes:
    """Return the bytes of a saved page; CommandError if there are more than a crawl would accept."""
    if str(file) == "-":
        content = sys.stdin.buffer.read(MAX_BYTES + 1)
    elif not file.exists() or file.is_dir():
        raise typer.BadParameter(f"no such file: {file}", param_hint="FILE")
    else:
        with file.open("rb") as opened:
            content = opened.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise CommandError(f"{file} is larger than {MAX_BYTES} bytes, the limit for a page")
    return content


def parse_header_file(text: str) -> tuple[int | None, tuple[tuple[str, str], ...]]:
    """Return the status and the headers of the last response in a header file, names in lower case.

    `curl -L -D FILE` writes a block per redirect, each with a status line; plain `Name: value` lines do too.
    """
    status: int | None = None
    found: list[tuple[str, str]] = []
    for line in text.splitlines():
        if line.upper().startswith("HTTP/"):
            words = line.split()
            status = int(words[1]) if len(words) > 1 and words[1].isdigit() else None
            found.clear()
        elif ":" in line:
            name, _, value = line.partition(":")
            found.append((name.strip().lower(), value.strip()))
    return status, tuple(found)


def make_json_object(found: Reading) -> dict[str, object]:
    """Return the documented object of `extract --json` (docs/json.md)."""
    made: dict[str, object] = {
        "kind": str(found.kind),
        "platform": found.platform,
        "parser": found.parser,
        "confidence": found.confidence,
        **_article_json(found.fields, found.address.number if found.fields else None),
    }
    if found.kind in LISTINGS:
        made |= _listing_json(found.listing)
    return made


def _article_json(fields: Fields | None, number: str | None) -> dict[str, object]:
    paragraphs = list(fields.paragraphs) if fields else []
    return {
        "article_id": (fields.article_id if fields else None) or number,
        "title": fields.title if fields else None,
        "subtitle": fields.subtitle if fields else None,
        "published": fields.published_on if fields else None,
        "published_raw": fields.published_raw if fields else None,
        "published_at": fields.published_at if fields else None,
        "byline": fields.byline if fields else None,
        "organization": fields.organization if fields else None,
        "dateline": fields.dateline if fields else None,
        "body": "\n\n".join(paragraphs) if fields else None,
        "paragraphs": paragraphs,
        "tags": fields.tags if fields else (),
        "images": fields.images if fields else (),
        "links": fields.links if fields else (),
        "content_hash": compute_content_hash(fields.title, fields.paragraphs) if fields else None,
    }


def _listing_json(listing: Listing | None) -> dict[str, object]:
    entries = listing.entries if listing else ()
    return {
        "entries": [_entry_json(entry) for entry in entries],
        "next_page": listing.next_url if listing else None,
    }


def _entry_json(entry: Entry) -> dict[str, object]:
    return {
        "url": entry.address.url,
        "article_id": entry.address.number,
        "title": entry.title,
        "published": entry.published_on,
        "published_at": entry.published_at,
        "summary": entry.summary,
    }


def print_reading(found: Reading) -> None:
    """Print what was read from a page."""
    read_by = ", ".join(str(part) for part in (found.kind, found.parser, found.confidence) if part)
    stdout_console().print(make_cell(f"{found.address.url}  ({read_by})", "dim"), soft_wrap=True)
    if found.fields:
        _print_fields(found.fields)
    if found.listing:
        rows = [
            (one.published_on or one.published_at, one.address.number, one.title)
            for one in found.listing.entries
        ]
        stdout_console().print(make_table(("published", "number", "title"), rows))
        if found.listing.next_url:
            stdout_console().print(make_cell(f"next page: {found.listing.next_url}", "dim"), soft_wrap=True)
    if found.reason:
        stdout_console().print(make_cell(found.reason, "yellow"), soft_wrap=True)


def _print_fields(fields: Fields) -> None:
    console = stdout_console()
    width = min(TEXT_WIDTH, console.width)
    console.print(make_cell(fields.title, "bold"), width=width)
    if fields.subtitle:
        console.print(make_cell(fields.subtitle, "italic"), width=width)
    about = (fields.published_on or fields.published_raw, fields.byline, fields.organization, fields.dateline)
    console.print(make_cell(" | ".join(str(part) for part in about if part), "cyan"), width=width)
    for paragraph in fields.paragraphs:
        console.print(Text(f"\n{escape_controls(paragraph)}"), width=width)
    counts = (
        f"\n{len(fields.tags)} tags, {len(fields.images)} images, {len(fields.links)} links"
        f" ({sum(link.attachment for link in fields.links)} attachments)"
    )
    console.print(Text(counts, "dim"))
    for line in (*(f"tag {tag}" for tag in fields.tags), *(f"image {image.url}" for image in fields.images)):
        console.print(make_cell(line, "dim"), soft_wrap=True)
