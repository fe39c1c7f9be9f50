"""Splits text into words, in any script, for comparing."""

import re
from itertools import islice
from typing import NamedTuple

from storage.diff.changes import normalize_text

# Japanese, Chinese and Korean put no spaces where words end (Korean only between phrases): a sign is a word.
_UNSPACED = (
    "\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
    "\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
_LETTER = rf"[^\W_{_UNSPACED}]"
_NUMBER = rf"\d+(?:[.,:]\d+)+(?!{_LETTER})"  # 1,000 and 3.5 and 10:30, but not the F-35A's 35A
_WORD = re.compile(rf"{_NUMBER}|{_LETTER}+(?:['’]{_LETTER}+)*|\S")


class Word(NamedTuple):
    """A word or a sign of a text."""

    start: int  # in characters
    end: int
    key: str  # equal for words that differ only in Unicode form, quote or dash style


def split_words(text: str, most: int | None = None) -> list[Word]:
    """Return the first `most` words and signs, in order; white space lies between them and belongs to none.

    Example: "Don't pay $1,000." is Don't, pay, $, "1,000" and the full stop.
    """
    keys: dict[str, str] = {}
    return [
        Word(*found.span(), _fold_word(found.group(), keys)) for found in islice(_WORD.finditer(text), most)
    ]


def _fold_word(word: str, known: dict[str, str]) -> str:
    if word.isascii():
        return word
    if word not in known:
        known[word] = normalize_text(word) or word
    return known[word]
