"""What stands in place of content that was removed for safety, in rows and in WARC files. Pure.

A tombstone depends only on its position, so a check can compute it and needs no copy.
"""

import json
import uuid
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from storage.db.rows import Row

Tombstone = Mapping[str, str | int | None]  # columns and what a purge leaves in them

TITLE: Final = "[purged]"
REVISION: Final[Tombstone] = {
    "title": TITLE,
    "subtitle": None,
    "published_raw": None,
    "byline": None,
    "organization": None,
    "dateline": None,
    "section": None,
    "body": "",
    "tags": "[]",
    "images": "[]",
    "links": "[]",
    "has_unspaced": 0,
}
CAPTURE: Final[Tombstone] = {"headers": "[]"}
EVENT: Final[Tombstone] = {"title": None, "detail": "{}"}

GZIP_WITH_COMMENT: Final = (
    b"\x1f\x8b\x08\x10\x00\x00\x00\x00\x00\xff"  # RFC 1952: a gzip member with a comment
)
RECORD: Final = (
    "WARC/1.1\r\nWARC-Type: metadata\r\nWARC-Record-ID: <urn:uuid:{identity}>\r\n"
    "WARC-Date: 1970-01-01T00:00:00Z\r\nContent-Length: 6\r\n\r\npurged\r\n\r\n"
)


@dataclass(frozen=True, slots=True)
class PurgedRows:
    """What purges have emptied: revisions and captures, by id, with their digest afterwards; and events."""

    revisions: Mapping[int, str] = field(default_factory=dict)
    captures: Mapping[int, str] = field(default_factory=dict)
    events: frozenset[int] = frozenset()


def build_purge_detail(purged: PurgedRows, why: str) -> dict[str, object]:
    """Return the detail of a `purged` event."""
    return {
        "why": why,
        "revisions": {str(identifier): digest for identifier, digest in purged.revisions.items()},
        "captures": {str(identifier): digest for identifier, digest in purged.captures.items()},
        "events": sorted(purged.events),
    }


def merge_purge_details(details: Iterable[str]) -> PurgedRows:
    """Return what several purges emptied, from the details of their `purged` events."""
    revisions: dict[int, str] = {}
    captures: dict[int, str] = {}
    events: set[int] = set()
    for detail in map(json.loads, details):
        revisions |= {int(identifier): digest for identifier, digest in detail["revisions"].items()}
        captures |= {int(identifier): digest for identifier, digest in detail["captures"].items()}
        events |= set(detail["events"])
    return PurgedRows(revisions, captures, frozenset(events))


def has_tombstone_form(row: Row, form: Tombstone) -> bool:
    """Return whether a row has the values that a purge leaves."""
    return all(row[name] == value for name, value in form.items())


def build_tombstone(file: str, offset: int, length: int) -> bytes:
    """Return a WARC record of `length` bytes that says `purged`, to replace a capture in its file.

    A comment in the gzip member fills the space, so that later records stay where they are and other tools
    can still read the file. No record of ours is too short for it.
    """
    identity = uuid.uuid5(uuid.NAMESPACE_URL, f"{file}:{offset}")
    text = RECORD.format(identity=identity).encode()
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    compressed = compressor.compress(text) + compressor.flush()
    sums = zlib.crc32(text).to_bytes(4, "little") + len(text).to_bytes(4, "little")
    padding = length - len(GZIP_WITH_COMMENT) - 1 - len(compressed) - len(sums)
    if padding < 0:
        return bytes(length)
    return GZIP_WITH_COMMENT + b" " * padding + b"\x00" + compressed + sums
