"""Decides what counts as a change, and when two postings are one release. Pure."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from storage.diff import addresses
from storage.models import Change, Fields

PLAIN_SIGNS: Final = str.maketrans(
    dict.fromkeys("‘’‚‛", "'") | dict.fromkeys("“”„‟", '"') | dict.fromkeys("‐‑‒–—―−⸺⸻﹘﹣－", "-")
)
SPACES: Final = re.compile(r"[\s\u00ad\u180e\u200b-\u200f\u2060\ufeff]+")
BLANK_LINE: Final = re.compile(r"\n\s*\n")
UNSPACED: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af]")
LONG_WORDS: Final = 100  # from here on, equal text is no coincidence and no stock phrase
CUT_WORDS: Final = 4  # a title of so many words may be another one cut short


def normalize_text(text: str) -> str:
    """Return a text without what a reader does not notice: Unicode form, quote and dash style, spacing.

    NFKC, curly to straight quotes, all dashes to one, runs of white space (with NBSP, zero-width and
    soft hyphens) to one space, trimmed. Doing it twice changes nothing more.

    Source: Unicode Standard Annex 15 for NFKC.
    """
    if text.isascii():
        return " ".join(text.split())
    return SPACES.sub(" ", unicodedata.normalize("NFKC", text).translate(PLAIN_SIGNS)).strip()


def compute_content_hash(title: str, paragraphs: Iterable[str]) -> str:
    """Return the identity of what a reader would notice in a text, as `v1:` and 64 hex digits.

    SHA-256 over the normalized title and blocks, joined by LF; no dateline, date, byline, tag or image.
    """
    blocks = [block for paragraph in paragraphs for block in BLANK_LINE.split(paragraph)]
    folded = [normalize_text(title), *filter(None, map(normalize_text, blocks))]
    text = "\n".join(folded).encode("utf-8", "surrogatepass")
    return f"v1:{hashlib.sha256(text).hexdigest()}"


def format_body(fields: Fields) -> str:
    """Return the paragraphs as one text, a blank line between them."""
    return "\n\n".join(fields.paragraphs)


def list_changes(before: Fields, after: Fields) -> tuple[Change, ...]:
    """Return the fields that differ, in a fixed order; empty where a reader would notice nothing.

    Texts are compared normalized and returned as they are. Of pictures, attachments and links it counts what
    their addresses lead to, not their order or spelling (see addresses.py); where one is spelt anew, both
    sides give the old spelling. Nor does the order of tags count. Only the printed day counts, never the time
    of day.
    """
    texts = [
        Change(name, old, new)
        for name, old, new in zip(
            TEXT_FIELDS, _list_text_values(before), _list_text_values(after), strict=True
        )
        if normalize_text(old or "") != normalize_text(new or "")
    ]
    lists = [
        Change(name, old, _keep_spelling(name, old, new))
        for name, old, new in zip(
            LIST_FIELDS, _list_list_values(before), _list_list_values(after), strict=True
        )
        if {_identify_item(name, item) for item in old} != {_identify_item(name, item) for item in new}
    ]
    return (*texts, *lists)


def _identify_item(field: str, item: str) -> str:
    if field == "tags":
        return normalize_text(item)
    if field == "embeds":
        return addresses.identify_embed(normalize_text(item))
    return addresses.identify_address(normalize_text(item), is_image=field == "images")


def _keep_spelling(field: str, old: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
    """Return the new items, those that are the same as old ones as these were spelt."""
    known = {_identify_item(field, item): item for item in reversed(old)}
    return tuple(item if item in old else known.get(_identify_item(field, item), item) for item in new)


def have_same_title(one: str, other: str) -> bool:
    """Return whether two titles name one story: the same words, or one of them cut short."""
    shorter, longer = sorted((_split_title(one), _split_title(other)), key=len)
    if len(shorter) < CUT_WORDS:
        return shorter == longer and bool(shorter or normalize_text(one) == normalize_text(other))
    return longer[: len(shorter)] == shorter


def is_same_release(one: Fields, other: Fields) -> bool:
    """Return whether two postings with equal content hashes are one release.

    Equal days, or at least 100 words on both: "AF Week in Photos" comes back every week with the same words.
    """
    if one.published_on is not None and one.published_on == other.published_on:
        return True
    return is_long_text(one) and is_long_text(other)


def is_long_text(fields: Fields) -> bool:
    """Return whether a body has 100 words; two signs of Chinese, Japanese or Korean count as a word."""
    text = format_body(fields)
    signs = len(UNSPACED.findall(text))
    return len(UNSPACED.sub(" ", text).split()) + signs // 2 >= LONG_WORDS


TEXT_FIELDS: Final = ("title", "subtitle", "published", "byline", "organization", "dateline", "body")
LIST_FIELDS: Final = ("tags", "images", "embeds", "attachments", "links")


def _list_text_values(fields: Fields) -> tuple[str | None, ...]:
    day = fields.published_on.isoformat() if fields.published_on else None
    who = (fields.byline, fields.organization, fields.dateline)
    return (fields.title, fields.subtitle, day, *who, format_body(fields))


def _list_list_values(fields: Fields) -> tuple[tuple[str, ...], ...]:
    return (
        fields.tags,
        tuple(image.url for image in fields.images),
        tuple(link.url for link in fields.links if link.embedded),
        tuple(link.url for link in fields.links if link.attachment),
        tuple(link.url for link in fields.links if not (link.attachment or link.embedded)),
    )


def _split_title(title: str) -> list[str]:
    return re.findall(r"\w+", normalize_text(title).casefold())
