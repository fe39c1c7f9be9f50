"""Quotes a few words of somebody else's text within a sentence of ours. Pure."""

import unicodedata
from typing import Final

OPEN, CLOSE = "“”"
CUT: Final = "…"
QUOTED: Final = 60  # characters of a quotation, its marks not counted
EXAMINED: Final = 2_000  # characters: no text has so many that cannot be shown before the first that can
# Marks that could end our quotation; the words stay.
INNER_MARKS: Final = str.maketrans(dict.fromkeys('“”„‟"«»「」『』', "'"))
UNSHOWN: Final = frozenset({"Cc", "Cf", "Cn", "Cs"})  # controls, direction marks, invisible and unpaired ones


def clean_words(text: str) -> str:
    """Return a text on one line, without characters that steer a reader's screen and without quotation marks.

    Controls, direction marks, zero-width and unassigned characters go, white space is one space, double
    quotation marks become single ones. Doing it twice changes nothing more.
    """
    if not (text.isascii() and text.isprintable()):
        text = "".join(
            " " if sign.isspace() else sign
            for sign in text
            if sign.isspace() or unicodedata.category(sign) not in UNSHOWN
        )
    return " ".join(text.translate(INNER_MARKS).split())


def cut_words(text: str, most: int = QUOTED) -> str:
    """Return how a text begins, cleaned, at most so many characters, cut between words if possible."""
    examined = text[:EXAMINED]
    words = clean_words(examined)
    if len(words) <= most:
        return words + CUT if words and len(examined) < len(text) and len(words) < most else words[:most]
    head = words[: most - 1]
    if not words[most - 1].isspace():
        head = head.rpartition(" ")[0] or _cut_before_mark(words, most - 1)
    return head.rstrip() + CUT


def quote_words(text: str, most: int = QUOTED) -> str:
    """Return the beginning of a text between quotation marks; empty if it has nothing that can be shown."""
    words = cut_words(text, most)
    return f"{OPEN}{words}{CLOSE}" if words else ""


def _cut_before_mark(words: str, end: int) -> str:
    """Return the characters up to an end, moved so that no letter loses the marks set upon it."""
    while end > 1 and unicodedata.combining(words[end]):
        end -= 1
    return words[:end]
