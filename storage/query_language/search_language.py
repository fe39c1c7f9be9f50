"""The search language: words as people type them, read into what a text must have and must not have. Pure.

    tanker exercise        both words, each in any of its forms: exercise, exercises, exercised, exercising
    "live fire"            exactly these words, in this order; one word in quotes is exactly that word
    exercise OR drill      at least one of the words around OR, which binds before the space: a OR b c
                           is c and one of a and b
    -drill  -"live fire"   not with this word or phrase; alone: everything without it
    deploy*                every word that begins so

Capitals and accents do not matter, and AND means what a space means. Every text is accepted: what can have no
meaning is left out, and a note says so.

Words of scripts without spaces between words, such as Korean and Japanese, are found inside longer words.
The rule of one and two characters: no index has parts that short, so one is looked up as the beginning of
any three characters; the end of a text counts as spaces.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from storage.db.rows import UNSPACED
from storage.models.quoting import quote_value

MAX_TERMS: Final = 32
LONGEST_TERM: Final = 200  # characters of a word or phrase
TRIGRAM: Final = 3  # characters; the index of unspaced scripts has nothing shorter
QUOTES: Final = "“”„‟＂«»〝〞"
SIGNS: Final = str.maketrans(dict.fromkeys(QUOTES, '"') | {"−": "-", "－": "-", "＊": "*", "\u00ad": None})
TOKEN: Final = re.compile(r'(?P<minus>-*)(?:"(?P<quoted>[^"]*)(?:"(?P<star>\*)?|$)|(?P<plain>[^\s"]+))')
STAR_WITHIN: Final = re.compile(r"\w\*+\w")


@dataclass(frozen=True, slots=True)
class SearchTerm:
    """A word or phrase to look for."""

    text: str
    is_exact: bool = False  # it was in quotes: no other forms of the word
    is_prefix: bool = False  # words that begin so

    @property
    def is_unspaced(self) -> bool:
        """Return whether the term is of a script without spaces between words: it may stand inside others."""
        return bool(UNSPACED.search(self.text))

    @property
    def is_short(self) -> bool:
        """Return whether the rule of one and two characters applies."""
        return self.is_unspaced and len(self.text) < TRIGRAM


@dataclass(frozen=True, slots=True)
class SearchWords:
    """What a text must have to be found."""

    groups: tuple[tuple[SearchTerm, ...], ...] = ()  # one term at least of each group
    excluded: tuple[SearchTerm, ...] = ()  # none of these
    notes: tuple[str, ...] = ()  # what was left out of what was typed, a line each

    @property
    def wanted(self) -> tuple[SearchTerm, ...]:
        """Return the terms of all groups."""
        return tuple(term for group in self.groups for term in group)

    def __bool__(self) -> bool:
        """Return whether there is anything to look for."""
        return bool(self.groups or self.excluded)


def parse_search(text: str) -> SearchWords:
    """Return what a search asks for; any text is accepted, and nothing in it is an error."""
    found = list(TOKEN.finditer(clean_search_text(text)))
    notes: list[str] = []
    groups: list[list[SearchTerm]] = []
    excluded: list[SearchTerm] = []
    joins = False  # the last token was OR
    for number, token in enumerate(found):
        plain = token["plain"]
        if plain == "OR" and not token["minus"]:
            joins = bool(groups) and number > 0
            continue
        if plain == "AND" and not token["minus"]:
            continue
        term = _read_term(token, notes)
        if term is None:
            continue
        if len(excluded) + sum(map(len, groups)) >= MAX_TERMS:
            notes.append(f"only the first {MAX_TERMS} words and phrases are looked for")
            break
        if token["minus"]:
            if joins or _is_or(found, number + 1):
                notes.append(f"OR has no meaning beside -{term.text}, which is left out of every text found")
            excluded.append(term)
        elif joins:
            groups[-1].append(term)
        else:
            groups.append([term])
        joins = False
    return SearchWords(_drop_doubles(groups), tuple(dict.fromkeys(excluded)), tuple(dict.fromkeys(notes)))


def clean_search_text(text: str) -> str:
    """Return what was typed composed (a Mac types Korean in parts), with plain signs and no controls."""
    composed = unicodedata.normalize("NFC", text).translate(SIGNS)
    return "".join(" " if unicodedata.category(c) in ("Cc", "Cs", "Cn", "Co") else c for c in composed)


def format_search(words: SearchWords) -> str:
    """Return a search as one would type it; it means the same."""
    groups = [" OR ".join(map(_format_term, group)) for group in words.groups]
    return " ".join([*groups, *(f"-{_format_term(term)}" for term in words.excluded)])


def _read_term(token: re.Match[str], notes: list[str]) -> SearchTerm | None:
    """Return the word or phrase of a token; None if it has neither letters nor digits."""
    quoted, plain = token["quoted"], token["plain"]
    text = " ".join((plain if quoted is None else quoted).split())
    if not any(map(str.isalnum, text)):
        return None
    is_prefix = token["star"] is not None if quoted is not None else text.endswith("*")
    if quoted is None:
        if STAR_WITHIN.search(text):
            notes.append(f"a star has a meaning at the end of a word only: {quote_value(text)}")
        text = text.strip("*")
    if len(text) > LONGEST_TERM:
        notes.append(f"only the first {LONGEST_TERM} characters of a word or phrase are looked for")
        text = text[:LONGEST_TERM].strip()
    is_prefix = is_prefix and not UNSPACED.search(text)
    return SearchTerm(text, quoted is not None, is_prefix)


def _is_or(found: Sequence[re.Match[str]], number: int) -> bool:
    return number < len(found) - 1 and found[number]["plain"] == "OR" and not found[number]["minus"]


def _drop_doubles(groups: list[list[SearchTerm]]) -> tuple[tuple[SearchTerm, ...], ...]:
    return tuple(dict.fromkeys(tuple(dict.fromkeys(group)) for group in groups))


def _format_term(term: SearchTerm) -> str:
    star = "*" if term.is_prefix else ""
    must_quote = term.is_exact or term.text in ("OR", "AND") or " " in term.text
    return f'"{term.text}"{star}' if must_quote else f"{term.text}{star}"
