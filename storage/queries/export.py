"""Releases and events as JSON Lines and CSV, for other people's tools."""

import csv as comma_separated
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from typing import Final, TextIO

from storage.db.reading import Readable
from storage.queries import queries
from storage.queries.results import Filter, Release

COLUMNS: Final = (
    "id",
    "title",
    "published_on",
    "organization",
    "byline",
    "dateline",
    "subtitle",
    "section",
    "body",
    "url",
    "site",
    "number",
    "state",
    "kind",
    "published_at",
    "first_seen_at",
    "tags",
    "sources",
    "copies",
    "images",
    "content_hash",
)

# What makes a spreadsheet take a cell for a formula, in the widths that Excel knows.
# Source: OWASP, "CSV Injection".
FORMULA: Final = tuple("=+-@\t\r\n＝＋－＠")


def json_lines(store: Readable, out: TextIO, wanted: Filter = queries.EVERYTHING) -> int:
    """Write the wanted releases, one JSON object a line, oldest first, and return how many."""
    count = 0
    for release in queries.releases(store, wanted):
        out.write(line(release) + "\n")
        count += 1
    return count


def csv(store: Readable, out: TextIO, wanted: Filter = queries.EVERYTHING) -> int:
    """Write the wanted releases as CSV with a header, oldest first, and return how many.

    Lists are cells of one line an item; pictures are their addresses. A cell that a spreadsheet would run as
    a formula begins with an apostrophe that is not part of the release. Open `out` with newline="".
    """
    writer = comma_separated.DictWriter(out, COLUMNS, quoting=comma_separated.QUOTE_MINIMAL)
    writer.writeheader()
    count = 0
    for row in _flat(queries.releases(store, wanted)):
        writer.writerow(row)
        count += 1
    return count


def line(record: object) -> str:
    """Return a record as one line of JSON: the same keys as its fields, times as ISO 8601 in UTC."""
    return json.dumps(plain(record), ensure_ascii=False)


def plain(value: object) -> object:
    """Return a record as what JSON knows: objects, lists, texts, numbers and null."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(one) for one in value]
    return value


def cell(value: object) -> str:
    """Return a value as text that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text


def _flat(found: Iterator[Release]) -> Iterator[dict[str, str]]:
    for release in found:
        lists = {
            "tags": "\n".join(release.tags),
            "sources": "\n".join(release.sources),
            "copies": "\n".join(release.copies),
            "images": "\n".join(image.url for image in release.images),
        }
        yield {name: cell(lists.get(name, plain(getattr(release, name)))) for name in COLUMNS}
