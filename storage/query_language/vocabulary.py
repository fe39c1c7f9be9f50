"""The words that the texts of the archive have, read from the full-text index a few at a time.

`word_places` of the schema has a row for each place of each word. Only the first place of a word is asked
for, so that a common word costs no more than a rare one.
"""

import difflib
import json
import string
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final

from storage.db.reading import Readable, query_rows
from storage.query_language.search_language import SearchTerm, SearchWords
from storage.query_language.text_search import WORD
from storage.query_language.word_forms import list_word_forms

MOST_WORDS: Final = 200  # that a prefix stands for
MOST_NEAR: Final = 300  # words with the same beginning that a suggestion is chosen among
NEAR: Final = 0.75  # of 1: how alike a suggestion is, at least
SHORTEST_SUGGESTED: Final = 3  # letters
LONGEST_SUGGESTED: Final = 30
COUNTED: Final = 50  # places of a word

NEXT_WORD: Final = "SELECT term, col FROM word_places WHERE term >= ? ORDER BY term LIMIT 1"
KNOWN: Final = """SELECT f.value AS word FROM json_each(:words) f
    WHERE EXISTS (SELECT 1 FROM word_places p WHERE p.term = f.value)"""
COMMONNESS: Final = "SELECT count(*) AS n FROM (SELECT 1 FROM word_places WHERE term = ? LIMIT ?)"


def fold_word(word: str) -> str:
    """Return a word as the index has it, without capitals and accents."""
    parts = unicodedata.normalize("NFD", word.lower())
    return unicodedata.normalize("NFC", "".join(c for c in parts if unicodedata.category(c) != "Mn"))


def list_known_words(store: Readable, words: Iterable[str]) -> list[str]:
    """Return those of the words that some text has, in their order."""
    return [row["word"] for row in query_rows(store, KNOWN, {"words": json.dumps(list(words))})]


def iterate_words(store: Readable, prefix: str) -> Iterator[str]:
    """Yield the words that begin so, in the order of the alphabet; a look-up each."""
    start = prefix
    while rows := query_rows(store, NEXT_WORD, [start]):
        word = rows[0]["term"]
        if not word.startswith(prefix):
            return
        if rows[0]["col"] != "site":
            yield word
        start = f"{word}0"  # no character of a word comes before a nought


def list_words_with_prefix(store: Readable, prefix: str, most: int = MOST_WORDS) -> list[str]:
    """Return the words that begin so: the first `most` of the alphabet."""
    found = iterate_words(store, fold_word(prefix))
    return [word for _, word in zip(range(most), found, strict=False)]


def suggest_words(store: Readable, words: SearchWords) -> SearchWords | None:
    """Return a search with known words for those that no text has; None if there are none."""
    changed = False
    groups = []
    for group in words.groups:
        terms = []
        for term in group:
            nearest = _suggest_term(store, term)
            changed = changed or nearest is not None
            terms.append(nearest or term)
        groups.append(tuple(terms))
    return SearchWords(tuple(groups), words.excluded) if changed else None


def find_nearest_word(store: Readable, word: str) -> str | None:
    """Return the word of the archive that a mistyped one most likely stands for; None if none is near."""
    near = list_known_words(store, list_typing_errors(word))
    if not near:
        begun = list_words_with_prefix(store, word[:SHORTEST_SUGGESTED], MOST_NEAR)
        near = difflib.get_close_matches(word, begun, n=5, cutoff=NEAR)
    return max(near, key=lambda one: (_count_places(store, one), one), default=None)


def list_typing_errors(word: str) -> list[str]:
    """Return the words from which one letter left out, put in, changed or exchanged makes this word."""
    cuts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    found = [a + b[1:] for a, b in cuts if b]
    found += [a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1]
    found += [a + c + b[1:] for a, b in cuts if b for c in string.ascii_lowercase]
    found += [a + c + b for a, b in cuts for c in string.ascii_lowercase]
    return list(dict.fromkeys(one for one in found if one != word and len(one) >= SHORTEST_SUGGESTED))


def _suggest_term(store: Readable, term: SearchTerm) -> SearchTerm | None:
    """Return a term with known words in place of unknown ones; None if all are known or nothing is near."""
    if term.is_unspaced or term.is_prefix:
        return None
    words = WORD.findall(term.text)
    found = [_suggest_one(store, word, term) for word in words]
    if not any(found):
        return None
    text = term.text
    for word, nearest in zip(words, found, strict=True):
        text = text.replace(word, nearest, 1) if nearest else text
    return SearchTerm(text, term.is_exact)


def _suggest_one(store: Readable, word: str, term: SearchTerm) -> str | None:
    folded = fold_word(word)
    forms = [folded] if term.is_exact else list_word_forms(folded)
    if not SHORTEST_SUGGESTED <= len(folded) <= LONGEST_SUGGESTED or list_known_words(store, forms):
        return None
    return find_nearest_word(store, folded)


def _count_places(store: Readable, word: str) -> int:
    (row,) = query_rows(store, COMMONNESS, [word, COUNTED])
    return int(row["n"])
