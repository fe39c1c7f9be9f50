"""Decides what kind of edit a change is; the kinds are in the order in which a reporter cares.

Every rule compares what stood in the changed range before with what stands there now: a number that only
moved within the range is no number edit. Where a rule must err, it errs towards the more important kind.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from operator import itemgetter

from storage.diff.changes import normalize_text

Range = tuple[int, int]  # from, to, in characters


class EditKind(StrEnum):
    """The kind of an edit; the most important first."""

    NEGATION = "negation"
    NUMBER = "number"
    QUOTE = "quote"
    NAME = "name"
    DATE = "date"
    PARAGRAPH_REMOVED = "paragraph_removed"
    PARAGRAPH_ADDED = "paragraph_added"
    EMBED_REMOVED = "embed_removed"  # a video, player or frame in the body
    EMBED_ADDED = "embed_added"
    REWRITTEN = "rewritten"
    PARAGRAPH_MOVED = "paragraph_moved"
    TYPO = "typo"
    PUNCTUATION = "punctuation"


LONGEST = 20_000  # characters; a change beyond that is of every kind, and costs too much to look at
RANK = {kind: place for place, kind in enumerate(EditKind)}

WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
# A quotation that is not closed goes to the end: the next paragraph of a long one opens anew.
QUOTATION = re.compile(
    r"“([^”]*)(?:”|$)|\"([^\"]*)(?:\"|$)|「([^」]*)(?:」|$)|『([^』]*)(?:』|$)|«([^»]*)(?:»|$)"
)
_MONTH = (
    r"(?:Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)?|Apr(?:il|\.)?|May|June?|July?|Aug(?:ust|\.)?"
    r"|Sept?(?:ember|\.)?|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?)"
)
DATE = re.compile(
    # The look-ahead only saves time: most letters begin no date.
    rf"(?=[\dJFMASONDTWY])(?:\b{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?\b(?:,?\s+\d{{4}}\b)?|\b\d{{1,2}}\s+{_MONTH}(?:,?\s+\d{{4}}\b)?"
    rf"|\b{_MONTH}\s+\d{{4}}\b|\b\d{{4}}-\d{{2}}-\d{{2}}\b|\b\d{{1,2}}/\d{{1,2}}/\d{{2,4}}\b"
    r"|\d{1,4}\s*[年년](?:\s*\d{1,2}\s*[月월])?(?:\s*\d{1,2}\s*[日일])?|\d{1,2}\s*[月월]\s*\d{1,2}\s*[日일]"
    r"|\b(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|today|yesterday|tomorrow)\b)",
    re.IGNORECASE,
)
_SPELLED = "zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
SPELLED = {word: str(value) for value, word in enumerate(_SPELLED.split("|"))}
NUMBER = re.compile(
    r"[$€£¥₩%]|\d(?:[\d,]*\d)?(?:\.\d+)*|[〇零一二三四五六七八九十百千万億兆]"
    rf"|\b(?:{_SPELLED}|dozen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
    r"|hundreds?|thousands?|millions?|billions?|trillions?|half|twice)\b",
    re.IGNORECASE,
)
NEGATION = re.compile(
    r"\b(?:not|no(?!\.\s*\d)|never|none|nor|neither|nobody|nothing|cannot|without)\b|n['’]t\b"
    r"|ない|なか|なく|ません|[않없못不没沒無无未非]|아니",
    re.IGNORECASE,
)
OPPOSITES = ("un", "in", "im", "il", "ir", "dis", "non")
# A full stop after a capitalised abbreviation ("Gen.", "Capt.", "U.S.") ends no sentence.
WORD_OR_STOP = re.compile(
    r"(?P<word>[^\W\d_]+(?:['’][^\W\d_]+)*)"
    r"|(?<=[a-z\d][a-z\d][a-z\d])(?<!Capt)(?<!Cmdr)(?<!Brig)[.!?]|[“\"「:\n]"
)
NEXT_NAME = re.compile(r"\s+[A-Z]")
OPENER = re.compile(
    r"(?:an?|the|this|that|these|those|its?|he|she|they|we|you|his|her|their|our|my|in|on|at|by|for|from|to|of|with"
    r"|as|and|but|or|if|when|while|after|before|during|since|until|t?here|what|who|how|why|where|all|some|many|not?"
    r"|is|are|was|were|be|has|have|had|will|would|can|could|may|more|most|also|however)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class TextMarks:
    """A text with what must be known about the surroundings of a change; ranges rise and stay apart."""

    text: str
    quotes: tuple[Range, ...]  # without the quotation marks
    dates: tuple[Range, ...]
    names: tuple[Range, ...]


def rank_edit_kinds(kinds: Collection[EditKind]) -> tuple[EditKind, ...]:
    """Return the kinds once each, the most important first."""
    return tuple(sorted(set(kinds), key=RANK.__getitem__))


def classify_embeds(gone: Collection[str], come: Collection[str]) -> tuple[EditKind, ...]:
    """Return the kinds of a change of what is embedded, given what went and what came."""
    kinds = (EditKind.EMBED_REMOVED, gone), (EditKind.EMBED_ADDED, come)
    return tuple(kind for kind, which in kinds if which)


def mark_text(text: str) -> TextMarks:
    """Return the text with its quotations, dates and names found."""
    dates = tuple(found.span() for found in DATE.finditer(text))
    return TextMarks(
        text,
        quotes=tuple(found.span(found.lastindex or 0) for found in QUOTATION.finditer(text)),
        dates=dates,
        names=tuple(name for name in _find_names(text) if not _find_overlaps(dates, name)),
    )


def classify_change(before: TextMarks, old: Range, after: TextMarks, new: Range) -> tuple[EditKind, ...]:
    """Return the kinds of one change, ranked; nothing when only white space or the form of a sign changed.

    Example: "5 soldiers" to "6 soldiers" is (number,); "deployed" to "never deployed" is (negation,).
    """
    if max(old[1] - old[0], new[1] - new[0]) > LONGEST:
        return (EditKind.REWRITTEN,)
    removed, added = normalize_text(before.text[slice(*old)]), normalize_text(after.text[slice(*new)])
    if removed.lower() == added.lower():
        return () if removed == added else (EditKind.TYPO,)
    found = {*_compare_facts(before, old, after, new), *_compare_wording(before, old, after, new)}
    if not found:
        found.add(EditKind.PUNCTUATION)
    elif _find_overlaps(before.quotes, old) or _find_overlaps(after.quotes, new):
        found.add(EditKind.QUOTE)
    return rank_edit_kinds(found)


def _compare_facts(before: TextMarks, old: Range, after: TextMarks, new: Range) -> Iterator[EditKind]:
    if _count_negations(before.text, old) != _count_negations(after.text, new):
        yield EditKind.NEGATION
    if _count_numbers(_blank_spans(before, old, before.dates)) != _count_numbers(
        _blank_spans(after, new, after.dates)
    ):
        yield EditKind.NUMBER
    if _count_texts(before, before.names, old) != _count_texts(after, after.names, new):
        yield EditKind.NAME
    if _count_texts(before, before.dates, old) != _count_texts(after, after.dates, new):
        yield EditKind.DATE


def _compare_wording(before: TextMarks, old: Range, after: TextMarks, new: Range) -> Iterator[EditKind]:
    """Yield what the plain words show, without names, dates, numbers and negations."""
    gone = _list_plain_words(_blank_spans(before, old, before.dates, before.names))
    come = _list_plain_words(_blank_spans(after, new, after.dates, after.names))
    if Counter(gone) == Counter(come):
        return
    if _has_opposite(set(gone), set(come)):
        yield EditKind.NEGATION
    elif _is_slip(gone, come) or _is_doubled_word(before, old) or _is_doubled_word(after, new):
        yield EditKind.TYPO
    else:
        yield EditKind.REWRITTEN


def _is_slip(gone: list[str], come: list[str]) -> bool:
    """Return whether words were only joined, parted or misspelt."""
    if "".join(gone) == "".join(come):
        return True
    return len(gone) == len(come) and all(
        one == other or _is_misspelling(one, other) for one, other in zip(gone, come, strict=True)
    )


def _is_doubled_word(side: TextMarks, where: Range) -> bool:
    """Return whether the range is one word that stands beside itself, as in "the the"."""
    (start, end), word = where, side.text[slice(*where)].strip().lower()
    neighbours = side.text[max(start - len(word) - 2, 0) : start], side.text[end : end + len(word) + 2]
    beside = (*neighbours[0].split()[-1:], *neighbours[1].split()[:1])
    return bool(word) and len(word.split()) == 1 and word in [text.lower() for text in beside]


def _is_misspelling(one: str, other: str) -> bool:
    """Return whether two words differ as a slip of the finger does.

    The first letter must agree (typos seldom hit it, and "increased" is two letters from "decreased"), and
    short words allow less: one slip from four letters on, two from eight on.
    """
    allowed = min(len(one), len(other)) // 4
    return one[:1] == other[:1] and _count_slips(one, other, min(allowed, 2)) <= min(allowed, 2)


def _count_slips(one: str, other: str, enough: int) -> int:
    """Return how many letters were added, lost, changed or swapped with their neighbour, or more than enough.

    Source: F. J. Damerau, "A technique for computer detection and correction of spelling errors", 1964.
    """
    if abs(len(one) - len(other)) > enough or len(one) > 40:
        return enough + 1
    above: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        higher, above, row = above, row, [i]
        for j, wanted in enumerate(other, 1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, higher[j - 2] + 1)
            row.append(cost)
    return row[-1]


def _has_opposite(gone: set[str], come: set[str]) -> bool:
    """Return whether a word turned into its opposite by a prefix, as in "lawful" and "unlawful"."""
    changed = gone ^ come
    stems = (
        (word.removeprefix(prefix), word)
        for word in changed
        for prefix in OPPOSITES
        if word.startswith(prefix)
    )
    return any(
        len(stem) >= 4 and stem in changed and (stem in gone) != (word in gone) for stem, word in stems
    )


def _count_negations(text: str, where: Range) -> int:
    """Return how many negations overlap the range, its neighbour characters included.

    The neighbours matter where words are not spaced: a diff may take half of a Japanese or Korean ending.
    """
    low, high = max(where[0] - 1, 0), where[1] + 1
    found = NEGATION.finditer(text, max(low - 8, 0), high + 8)
    return sum(1 for match in found if match.start() < high and low < match.end())


def _find_overlaps(spans: tuple[Range, ...], where: Range) -> tuple[Range, ...]:
    """Return the spans that overlap the range; those that hold it within where it is empty."""
    start, end = where
    first = bisect_right(spans, start, key=itemgetter(1))
    last = first
    while last < len(spans) and spans[last][0] < end:
        last += 1
    if start == end and first < len(spans) and spans[first][0] < start:
        last = first + 1
    return spans[first:last]


def _count_texts(side: TextMarks, spans: tuple[Range, ...], where: Range) -> Counter[str]:
    return Counter(normalize_text(side.text[low:high]) for low, high in _find_overlaps(spans, where))


def _blank_spans(side: TextMarks, where: Range, *blanked: tuple[Range, ...]) -> str:
    """Return the text of the range with the spans blanked out."""
    start, end = where
    letters = list(side.text[start:end])
    for low, high in (span for spans in blanked for span in _find_overlaps(spans, where)):
        left, right = max(low, start) - start, min(high, end) - start
        letters[left:right] = " " * (right - left)
    return "".join(letters)


def _list_plain_words(text: str) -> list[str]:
    plain = NEGATION.sub(" ", NUMBER.sub(" ", normalize_text(text)))
    return [word.lower() for word in WORD.findall(plain)]


def _count_numbers(text: str) -> Counter[str]:
    """Return the numbers of a text by value as far as spelling goes: "1,000" is "1000", "two" is "2"."""
    found = (match.group().lower().replace(",", "") for match in NUMBER.finditer(normalize_text(text)))
    return Counter(SPELLED.get(number, number) for number in found)


def _find_names(text: str) -> Iterator[Range]:
    """Yield capitalised words that are not so merely because a sentence or a quotation begins."""
    opened = True
    for found in WORD_OR_STOP.finditer(text):
        word = found["word"]
        named = word and len(word) > 1 and word[0].isupper() and not OPENER.fullmatch(word)
        if named and (not opened or NEXT_NAME.match(text, found.end())):
            yield found.span()
        opened = not word
