"""What counts as a change: the content hash, field changes, and when two postings are one release. Pure."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from storage.models import Change, Fields

SIGNS: Final = str.maketrans(
    dict.fromkeys("‘’‚‛", "'") | dict.fromkeys("“”„‟", '"') | dict.fromkeys("‐‑‒–—―−⸺⸻﹘﹣－", "-")
)
SPACES: Final = re.compile(r"[\s\u00ad\u180e\u200b-\u200f\u2060\ufeff]+")
BLANK_LINE: Final = re.compile(r"\n\s*\n")
UNSPACED: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af]")
LONG_WORDS: Final = 100  # from here on, equal text is no coincidence and no stock phrase
CUT_WORDS: Final = 4  # a title of so many words may be another one cut short


def normalize_text(text: str) -> str:
    """Return a text without what newsrooms change unnoticed: Unicode form, quote and dash style, spacing.

    NFKC, curly to straight quotes, all dashes to one, runs of white space (with NBSP, zero-width and
    soft hyphens) to one space, trimmed. Folding twice changes nothing.

    Source: Unicode Standard Annex 15 for NFKC.
    """
    if text.isascii():
        return " ".join(text.split())
    return SPACES.sub(" ", unicodedata.normalize("NFKC", text).translate(SIGNS)).strip()


def compute_content_hash(title: str, paragraphs: Iterable[str]) -> str:
    """Return what a reader would notice of a text, as `v1:` and 64 hex digits.

    SHA-256 over the folded title and blocks, joined by LF; no dateline, date, byline, tag or image.
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

    Texts are compared folded and told as they are; of pictures, attachments and links the addresses count;
    their order and that of tags does not. A time of day never counts, only the printed day.
    """
    texts = [
        Change(name, old, new)
        for name, old, new in zip(TEXTS, _texts(before), _texts(after), strict=True)
        if normalize_text(old or "") != normalize_text(new or "")
    ]
    lists = [
        Change(name, old, new)
        for name, old, new in zip(LISTS, _lists(before), _lists(after), strict=True)
        if set(map(normalize_text, old)) != set(map(normalize_text, new))
    ]
    return (*texts, *lists)


def have_same_title(one: str, other: str) -> bool:
    """Tell whether two titles name one story: the same words, or one of them cut short."""
    shorter, longer = sorted((_words(one), _words(other)), key=len)
    if len(shorter) < CUT_WORDS:
        return shorter == longer and bool(shorter or normalize_text(one) == normalize_text(other))
    return longer[: len(shorter)] == shorter


def is_same_release(one: Fields, other: Fields) -> bool:
    """Tell whether two postings with equal content hashes are one release.

    Equal days, or at least 100 words on both: "AF Week in Photos" comes back every week with the same words.
    """
    if one.published_on is not None and one.published_on == other.published_on:
        return True
    return is_long_text(one) and is_long_text(other)


def is_long_text(fields: Fields) -> bool:
    """Tell whether a body has 100 words; two signs of Chinese, Japanese or Korean pass for a word."""
    text = format_body(fields)
    signs = len(UNSPACED.findall(text))
    return len(UNSPACED.sub(" ", text).split()) + signs // 2 >= LONG_WORDS


TEXTS: Final = ("title", "subtitle", "published", "byline", "organization", "dateline", "body")
LISTS: Final = ("tags", "images", "attachments", "links")


def _texts(fields: Fields) -> tuple[str | None, ...]:
    day = fields.published_on.isoformat() if fields.published_on else None
    who = (fields.byline, fields.organization, fields.dateline)
    return (fields.title, fields.subtitle, day, *who, format_body(fields))


def _lists(fields: Fields) -> tuple[tuple[str, ...], ...]:
    return (
        fields.tags,
        tuple(image.url for image in fields.images),
        tuple(link.url for link in fields.links if link.attachment),
        tuple(link.url for link in fields.links if not link.attachment),
    )


def _words(title: str) -> list[str]:
    return re.findall(r"\w+", normalize_text(title).casefold())
