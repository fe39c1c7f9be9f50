"""Finds the terms of a search in a text: whether it has them, how often, and where to mark them. Pure.

Words are found as the full-text index finds them: whole, whatever their capitals and accents. Those of
unspaced scripts are found inside others.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from storage.db.rows import UNSPACED
from storage.query_language.search_language import SearchTerm, SearchWords
from storage.query_language.word_forms import list_word_forms

WORD: Final = re.compile(r"[^\W_]+")
BETWEEN: Final = r"[\W_]+"  # two words of a phrase
NOTHING: Final = re.compile(r"(?!)")


class _FoldedLetters(dict[int, str]):
    """Maps a character to its plain form, one character for one, so that places in the text stay."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        plain = letter if UNSPACED.match(letter) else unicodedata.normalize("NFD", letter)[0]
        self[code] = folded = plain.lower()[0]
        return folded


FOLDED: Final = _FoldedLetters()


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A part of a text on one line, with the places to mark."""

    text: str
    marks: tuple[tuple[int, int], ...] = ()  # start and end of each, in order


class SearchMatcher:
    """A search as patterns, made once for many texts."""

    def __init__(self, words: SearchWords) -> None:
        self.groups = tuple(compile_terms(group) for group in words.groups)
        self._excluded = compile_terms(words.excluded)
        self._wanted = compile_terms(words.wanted)

    def matches(self, texts: Iterable[str | None]) -> bool:
        """Return whether the texts of a release together have what the search asks for."""
        folded = [fold_text(text) for text in texts if text]
        if any(self._excluded.search(text) for text in folded):
            return False
        return all(any(pattern.search(text) for text in folded) for pattern in self.groups)

    def cut_excerpt(self, text: str, around: int = 80) -> Excerpt:
        """Return the text around the first term found, else its beginning, on one line, with marks."""
        flat = " ".join(text.split())
        first = self._wanted.search(fold_text(flat))
        start = max(0, (first.start() if first else 0) - around)
        end = start + 2 * around
        if start:
            start = flat.find(" ", start, start + 20) + 1 or start
        if end < len(flat):
            end = flat.rfind(" ", end - 20, end) if " " in flat[end - 20 : end] else end
        shown = f"{'… ' if start else ''}{flat[start:end]}{' …' if end < len(flat) else ''}"
        return Excerpt(shown, tuple(self.find_marks(shown)))

    def find_marks(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield start and end of each term in a text, in order."""
        return (found.span() for found in self._wanted.finditer(fold_text(text)))


def fold_text(text: str) -> str:
    """Return a text of the same length without capitals and accents."""
    return text.lower() if text.isascii() else text.translate(FOLDED)


def compile_terms(terms: Iterable[SearchTerm]) -> re.Pattern[str]:
    """Return the pattern that finds any of the terms in a folded text; it finds nothing for no terms."""
    parts = [make_term_pattern(term) for term in terms]
    return re.compile("|".join(sorted(parts, key=len, reverse=True))) if parts else NOTHING


def make_term_pattern(term: SearchTerm) -> str:
    """Return the pattern of a term in a folded text."""
    folded = fold_text(term.text)
    if term.is_unspaced:
        return re.escape(folded)
    phrase = BETWEEN.join(map(re.escape, WORD.findall(folded)))
    forms = [] if term.is_exact or term.is_prefix else list_word_forms(folded)[1:]
    start = _find_common_start(phrase, *forms) if forms else phrase.partition("[")[0]
    endings = "|".join(form.removeprefix(start) for form in (phrase, *forms))
    rest = r"[^\W_]*" if term.is_prefix else ""
    # The letters that all forms begin with come first: only then is re fast.
    return rf"{start}(?<![^\W_]{start})(?:{endings}){rest}(?![^\W_])"


def _find_common_start(*words: str) -> str:
    first, last = min(words), max(words)
    different = (at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other)
    return first[: next(different, len(first))]
