"""Fields as a row of `revisions`, and back, without loss."""

import json
from dataclasses import asdict
from typing import Any, Final, TypeVar

from storage.db import ledger, timestamps
from storage.diff import changes
from storage.models import Confidence, Fields, Image, Link

T = TypeVar("T", str, str | None)
Row = dict[str, Any]  # a row of a table: text, numbers and None

DIGEST_VERSION: Final = "r1"
PLAIN: Final = (
    "title",
    "subtitle",
    "published_raw",
    "published_source",
    "byline",
    "organization",
    "dateline",
)
PLAIN_LAST: Final = ("section", "article_id", "design", "parser")
LISTS: Final = ("tags", "images", "links")
COVERED: Final = (
    *PLAIN,
    *PLAIN_LAST,
    *LISTS,
    "published_on",
    "published_at",
    "body",
    "confidence",
    "content_hash",
)


def of_fields(fields: Fields) -> Row:
    """Return what a revision keeps of a release's fields, with content hash and digest."""
    row: Row = {name: storable(getattr(fields, name)) for name in PLAIN + PLAIN_LAST} | {
        "published_on": fields.published_on.isoformat() if fields.published_on else None,
        "published_at": timestamps.maybe_text(fields.published_at),
        "body": storable(changes.body(fields)),
        "tags": as_json(fields.tags),
        "images": as_json([asdict(image) for image in fields.images]),
        "links": as_json([asdict(link) for link in fields.links]),
        "confidence": str(fields.confidence),
        "content_hash": changes.content_hash(fields.title, fields.paragraphs),
    }
    return row | {"digest": row_digest(row)}


def row_digest(row: Row) -> str:
    """Return what the chain covers of a row of `revisions`: all that was read, where it stands left out."""
    return ledger.digest(DIGEST_VERSION, {name: row[name] for name in COVERED})


def fields_of(row: Row) -> Fields:
    """Return the fields that a row of `revisions` holds."""
    return Fields(
        **{name: row[name] for name in PLAIN + PLAIN_LAST},
        paragraphs=tuple(row["body"].split("\n\n")) if row["body"] else (),
        confidence=Confidence(row["confidence"]),
        published_on=timestamps.day(row["published_on"]),
        published_at=timestamps.parse_optional_instant(row["published_at"]),
        tags=tuple(json.loads(row["tags"])),
        images=tuple(Image(**image) for image in json.loads(row["images"])),
        links=tuple(Link(**link) for link in json.loads(row["links"])),
    )


def as_json(value: object) -> str:
    """Return a value as JSON that a person can read in a table."""
    return storable(json.dumps(value, ensure_ascii=False))


def storable(text: T) -> T:
    """Return a text that SQLite can keep: halves of UTF-16 pairs, seen in broken JSON-LD, become `?`."""
    return text.encode("utf-8", "replace").decode("utf-8") if isinstance(text, str) else text
