"""What is left where content was removed for safety: the form of every row and record that was emptied. Pure.

A tombstone is the same for everybody who knows where it stands, so that a check needs no second copy of it.
"""

import json
import uuid
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from storage.db.rows import Row

Form = Mapping[str, str | None]  # columns and what a purge leaves in them

TITLE: Final = "[purged]"
REVISION: Final[Form] = {
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
}
CAPTURE: Final[Form] = {"headers": "[]"}
EVENT: Final[Form] = {"title": None, "detail": "{}"}

COMMENTED: Final = b"\x1f\x8b\x08\x10\x00\x00\x00\x00\x00\xff"  # RFC 1952: a gzip member with a comment
RECORD: Final = (
    "WARC/1.1\r\nWARC-Type: metadata\r\nWARC-Record-ID: <urn:uuid:{identity}>\r\n"
    "WARC-Date: 1970-01-01T00:00:00Z\r\nContent-Length: 6\r\n\r\npurged\r\n\r\n"
)


@dataclass(frozen=True, slots=True)
class Purged:
    """What purges have emptied; digests are those of the rows as they are left."""

    revisions: Mapping[int, str] = field(default_factory=dict)
    captures: Mapping[int, str] = field(default_factory=dict)
    events: frozenset[int] = frozenset()


def told(purged: Purged, why: str) -> dict[str, object]:
    """Return the detail of the event that tells of a purge."""
    return {
        "why": why,
        "revisions": {str(identifier): digest for identifier, digest in purged.revisions.items()},
        "captures": {str(identifier): digest for identifier, digest in purged.captures.items()},
        "events": sorted(purged.events),
    }


def gathered(details: Iterable[str]) -> Purged:
    """Return what several purges emptied, from the details of their events."""
    revisions: dict[int, str] = {}
    captures: dict[int, str] = {}
    events: set[int] = set()
    for detail in map(json.loads, details):
        revisions |= {int(identifier): digest for identifier, digest in detail["revisions"].items()}
        captures |= {int(identifier): digest for identifier, digest in detail["captures"].items()}
        events |= set(detail["events"])
    return Purged(revisions, captures, frozenset(events))


def is_empty(row: Row, form: Form) -> bool:
    """Tell whether a row has the form that a purge leaves."""
    return all(row[name] == value for name, value in form.items())


def record(file: str, offset: int, length: int) -> bytes:
    """Return what takes a capture's place in its file: a WARC record of as many bytes that says `purged`.

    The padding is the comment of the gzip member, so that records behind it stay where they are and other
    tools read on. No record of ours is too short for it.
    """
    identity = uuid.uuid5(uuid.NAMESPACE_URL, f"{file}:{offset}")
    text = RECORD.format(identity=identity).encode()
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(text) + packer.flush()
    sums = zlib.crc32(text).to_bytes(4, "little") + len(text).to_bytes(4, "little")
    padding = length - len(COMMENTED) - 1 - len(packed) - len(sums)
    if padding < 0:
        return bytes(length)
    return COMMENTED + b" " * padding + b"\x00" + packed + sums
