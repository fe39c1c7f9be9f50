"""Turns the fields of a release into a row of `revisions` and back, without loss."""

import json
import re
from dataclasses import asdict
from typing import Any, Final, TypeVar

from storage.db import ledger, timestamps
from storage.diff import changes
from storage.models import Confidence, Fields, Image, Link

T = TypeVar("T", str, str | None)
Row = dict[str, Any]  # a row of a table: text, numbers and None

# Hangul, kana, Chinese characters, half-width kana, Thai to Myanmar, Khmer: no spaces between words.
UNSPACED: Final = re.compile(
    "[\u0e00-\u109f\u1100-\u11ff\u1780-\u17ff\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]"
)
INDEXED_COLUMNS: Final = ("title", "subtitle", "body", "byline", "organization", "dateline", "tags")
DIGEST_VERSION: Final = "r1"
TEXT_COLUMNS: Final = (
    "title",
    "subtitle",
    "published_raw",
    "published_source",
    "byline",
    "organization",
    "dateline",
)
LAST_TEXT_COLUMNS: Final = ("section", "article_id", "design", "parser")
LIST_COLUMNS: Final = ("tags", "images", "links")
DIGEST_COLUMNS: Final = (
    *TEXT_COLUMNS,
    *LAST_TEXT_COLUMNS,
    *LIST_COLUMNS,
    "published_on",
    "published_at",
    "body",
    "confidence",
    "content_hash",
    "has_end",
)


def fields_to_row(fields: Fields) -> Row:
    """Return the columns of `revisions` that hold a release's fields, with content hash and digest."""
    row: Row = {
        name: replace_surrogates(getattr(fields, name)) for name in TEXT_COLUMNS + LAST_TEXT_COLUMNS
    } | {
        "published_on": fields.published_on.isoformat() if fields.published_on else None,
        "published_at": timestamps.format_optional_timestamp(fields.published_at),
        "body": replace_surrogates(changes.format_body(fields)),
        "tags": dump_json(fields.tags),
        "images": dump_json([asdict(image) for image in fields.images]),
        "links": dump_json([asdict(link) for link in fields.links]),
        "confidence": str(fields.confidence),
        "has_end": int(fields.has_end),
        "content_hash": changes.compute_content_hash(fields.title, fields.paragraphs),
    }
    return row | {"digest": digest_revision(row)}


def has_unspaced_script(row: Row) -> bool:
    """Return whether a searchable column has letters of a script without spaces between words."""
    texts = filter(None, (row[name] for name in INDEXED_COLUMNS))
    return any(not text.isascii() and UNSPACED.search(text) for text in texts)


def digest_revision(row: Row) -> str:
    """Return the digest of all that was read, without the ids; the ledger holds it."""
    return ledger.compute_digest(DIGEST_VERSION, {name: row[name] for name in DIGEST_COLUMNS})


def row_to_fields(row: Row) -> Fields:
    """Return the fields that a row of `revisions` holds."""
    return Fields(
        **{name: row[name] for name in TEXT_COLUMNS + LAST_TEXT_COLUMNS},
        paragraphs=tuple(row["body"].split("\n\n")) if row["body"] else (),
        confidence=Confidence(row["confidence"]),
        has_end=bool(row["has_end"]),
        published_on=timestamps.parse_stored_day(row["published_on"]),
        published_at=timestamps.parse_optional_timestamp(row["published_at"]),
        tags=tuple(json.loads(row["tags"])),
        images=tuple(Image(**image) for image in json.loads(row["images"])),
        links=tuple(Link(**link) for link in json.loads(row["links"])),
    )


def dump_json(value: object) -> str:
    """Return a value as JSON that people can read in a table."""
    return replace_surrogates(json.dumps(value, ensure_ascii=False))


def replace_surrogates(text: T) -> T:
    """Return a text that SQLite can store. Lone UTF-16 surrogates, seen in broken JSON-LD, become `?`."""
    return text.encode("utf-8", "replace").decode("utf-8") if isinstance(text, str) else text
