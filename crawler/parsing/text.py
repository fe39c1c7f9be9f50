"""Text as people read it: white space and invisible characters cleaned, nothing else changed."""

import re

# Readers do not see soft hyphens, zero-width spaces, word joiners and direction marks. They are removed
# without a space, so that "commu­nication" stays one word for the search.
INVISIBLE_CHARACTERS = "\u00ad\u200b\u200e\u200f\u2060\ufeff"
INVISIBLE = re.compile(f"[{INVISIBLE_CHARACTERS}]+")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]+")
SENTENCE_END = re.compile(r"[.!?…:;。！？][\"'”’»)\]]*$")


def clean_line(raw: str) -> str:
    """Return one line, with one space for each run of white space (NBSP and line ends too).

    Invisible characters are removed; quotes, dashes and letters stay as they are.
    """
    line = " ".join(raw.split())
    if line.isprintable():  # nearly every line; ten times as fast as a search for what is not
        return line
    return " ".join(CONTROL.sub(" ", INVISIBLE.sub("", raw)).split())


def remove_invisible(raw: str) -> str:
    """Return a text without the characters that readers do not see."""
    return INVISIBLE.sub("", raw) if any(map(raw.__contains__, INVISIBLE_CHARACTERS)) else raw


def clean_lines(raw: str) -> str:
    """Return a text with each line cleaned, without empty lines."""
    if "\n" not in raw:
        return clean_line(raw)
    return "\n".join(line for line in map(clean_line, raw.split("\n")) if line)


def join_lines(block: str) -> str:
    """Return a cleaned block of text on one line, its line ends as spaces."""
    return block.replace("\n", " ")


def is_sentence(line: str) -> bool:
    """Return whether a line ends like a sentence, or with a colon or semicolon."""
    return SENTENCE_END.search(line) is not None
