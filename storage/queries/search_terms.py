"""What somebody typed into a search box, as full-text queries that SQLite cannot trip over.

Words of scripts that put spaces between words are looked up whole; Japanese, Korean, Chinese and Thai ones as
runs of characters, because no tokenizer of SQLite knows where their words end.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

# Hangul, kana, Chinese characters, half-width kana, Thai to Myanmar, Khmer.
UNSPACED: Final = re.compile(
    "[\u0e00-\u109f\u1100-\u11ff\u1780-\u17ff\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]"
)
TERM: Final = re.compile(r'"([^"]*)"?|([^\s"]+)')
TRIGRAM: Final = 3  # characters below which the trigram index knows nothing
MOST: Final = 32  # terms; the rest is not looked for
NOTHING: Final = '""'  # an FTS5 query that finds nothing; an empty one is a syntax error


@dataclass(frozen=True, slots=True)
class Terms:
    """What must all occur in a text for it to be found."""

    words: tuple[str, ...] = ()  # words and phrases
    runs: tuple[str, ...] = ()  # three characters or more of an unspaced script
    short: tuple[str, ...] = ()  # fewer, for which no index helps

    @property
    def all(self) -> tuple[str, ...]:
        return self.words + self.runs + self.short


def terms(text: str) -> Terms:
    """Return what to look for; double quotes make a phrase, and no other sign means anything."""
    typed = [quoted or plain for quoted, plain in TERM.findall(_clean(text))][:MOST]
    known = list(dict.fromkeys(" ".join(one.split()) for one in typed if any(map(str.isalnum, one))))
    unspaced = [one for one in known if UNSPACED.search(one)]
    return Terms(
        words=tuple(one for one in known if one not in unspaced),
        runs=tuple(one for one in unspaced if len(one) >= TRIGRAM),
        short=tuple(one for one in unspaced if len(one) < TRIGRAM),
    )


def match(strings: tuple[str, ...]) -> str:
    """Return the FTS5 query for texts that hold each of these strings; none finds nothing.

    Source: sqlite.org/fts5.html, section 3.1 (strings).
    """
    return " AND ".join('"' + one.replace('"', '""') + '"' for one in strings) or NOTHING


def like(string: str) -> str:
    """Return the LIKE pattern, with `\\` as escape, for texts that hold this string."""
    return "%" + re.sub(r"([%_\\])", r"\\\1", string) + "%"


def excerpt(text: str, looked_for: Terms, around: int = 80) -> str:
    """Return the words around the first place where a term occurs, else the beginning, on one line."""
    flat = " ".join(text.split())
    places = [at for one in looked_for.all if (at := flat.lower().find(one.lower())) >= 0]
    start = max(0, min(places, default=0) - around)
    end = start + 2 * around
    if start:
        start = flat.find(" ", start, start + 20) + 1 or start
    if end < len(flat):
        end = flat.rfind(" ", end - 20, end) if " " in flat[end - 20 : end] else end
    return f"{'… ' if start else ''}{flat[start:end]}{' …' if end < len(flat) else ''}"


def _clean(text: str) -> str:
    """Return the text composed (a Mac types Korean in parts) and without control characters."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(" " if unicodedata.category(c) in ("Cc", "Cs", "Cn", "Co") else c for c in composed)
