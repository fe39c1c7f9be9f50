"""Writes releases and events as JSON Lines and CSV, for other tools."""

import csv as comma_separated
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from typing import Final, TextIO

from storage.db.reading import Readable
from storage.models.quoting import escape_text_controls
from storage.queries import filters, releases
from storage.queries.filters import Filter
from storage.queries.last_changes import pair_last_changes
from storage.queries.releases import Release, SiteWording

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
    "site_changes",
    "sentence",
)
RELEASE_FIELDS: Final = tuple(one.name for one in fields(Release))

# Characters with which a spreadsheet takes a cell for a formula, in both widths that Excel accepts.
# Source: OWASP, "CSV Injection".
FORMULA: Final = tuple("=+-@\t\r\n＝＋－＠")


def write_json_lines(store: Readable, out: TextIO, wanted: Filter = filters.EVERYTHING) -> int:
    """Write the wanted releases, one JSON object a line, oldest first, and return how many."""
    count = 0
    for release, sentence in pair_last_changes(store, releases.list_releases(store, wanted)):
        record = {name: getattr(release, name) for name in RELEASE_FIELDS}
        out.write(format_json_line({**record, "sentence": sentence}) + "\n")
        count += 1
    return count


def write_csv(store: Readable, out: TextIO, wanted: Filter = filters.EVERYTHING) -> int:
    """Write the wanted releases as CSV with a header, oldest first, and return how many.

    A list is one cell with an item a line; images are listed by address. A cell that a spreadsheet would
    run as a formula begins with an apostrophe that is not part of the release. Open `out` with newline="".
    """
    writer = comma_separated.DictWriter(out, COLUMNS, quoting=comma_separated.QUOTE_MINIMAL)
    writer.writeheader()
    count = 0
    for row in _flatten_releases(pair_last_changes(store, releases.list_releases(store, wanted))):
        writer.writerow(row)
        count += 1
    return count


def format_json_line(record: object) -> str:
    """Return a record as one line of JSON: its fields are the keys, instants are ISO 8601 in UTC."""
    return escape_text_controls(json.dumps(to_json_value(record), ensure_ascii=False))


def to_json_value(value: object) -> object:
    """Return a value with the types of JSON: dicts, lists, strings, numbers and None."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value):
        return {one.name: to_json_value(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): to_json_value(one) for key, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [to_json_value(one) for one in value]
    return value


def escape_cell(value: object) -> str:
    """Return a value as text that no spreadsheet runs as a formula, its control characters written out."""
    text = "" if value is None else escape_text_controls(str(value))
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text


def _format_site_wording(one: SiteWording) -> str:
    sides = f"removed: {one.before}" if one.before else "", f"added: {one.after}" if one.after else ""
    return "; ".join(filter(None, (f"{one.at:%Y-%m-%d} {one.field}", *sides))).replace("\n", " ")


def _flatten_releases(found: Iterator[tuple[Release, str | None]]) -> Iterator[dict[str, str]]:
    for release, sentence in found:
        lists = {
            "tags": "\n".join(release.tags),
            "sources": "\n".join(release.sources),
            "copies": "\n".join(release.copies),
            "images": "\n".join(image.url for image in release.images),
            "site_changes": "\n".join(map(_format_site_wording, release.site_changes)),
            "sentence": sentence,
        }
        yield {
            name: escape_cell(lists[name] if name in lists else to_json_value(getattr(release, name)))
            for name in COLUMNS
        }
