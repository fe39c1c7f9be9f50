"""Text as people read it: white space made even, nothing else changed."""

import re

# Soft hyphens, zero-width spaces, joiners of lines and direction marks are not seen: inside a word they go
# without a trace, so that "commu­nication" stays one word for the search.
INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u2060\ufeff]+")
UNCLEAN = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\u00ad\u200b\u200e\u200f\u2060\ufeff]")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]+")
SENTENCE_END = re.compile(r"[.!?…:;。！？][\"'”’»)\]]*$")


def clean_line(raw: str) -> str:
    """Return one line: runs of white space (NBSP and line ends too) as one space, invisible characters gone.

    Quotes, dashes and letters stay as they are.
    """
    if UNCLEAN.search(raw):
        raw = CONTROL.sub(" ", INVISIBLE.sub("", raw))
    return " ".join(raw.split())


def clean_lines(raw: str) -> str:
    """Return the text with each line cleaned and empty lines gone; line ends stay."""
    return "\n".join(line for line in map(clean_line, raw.split("\n")) if line)


def join_lines(block: str) -> str:
    """Return a cleaned block with its line ends as spaces."""
    return block.replace("\n", " ")


def is_sentence(line: str) -> bool:
    """Tell whether a line ends like a sentence (or like something that is about to go on)."""
    return SENTENCE_END.search(line) is not None
