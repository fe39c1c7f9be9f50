"""Full-text search in what releases say now and said before.

`storage/query_language/search_language.py` says what can be typed, `storage/queries/search_index.py` asks the
indexes.

A common word is in a million texts, so not every match is ranked. The newest NEWEST texts that match are
taken, those with the words in their title first, and the first RANKED of these are read and ranked as BM25
ranks: by how often they have each word, a rare word counting more. How rare a word is shows how far back its
newest texts reach, so no statement reads all texts that have it.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from storage.db.reading import Readable, query_rows
from storage.db.rows import Row
from storage.db.timestamps import parse_stored_day, parse_timestamp
from storage.queries.search_index import (
    ANYTHING,
    KEYS_PER_DAY,
    SearchFilter,
    SearchPlan,
    SearchQuery,
    find_newest_keys,
    plan_search,
    read_key_day,
)
from storage.query_language.search_language import SearchWords, format_search, parse_search
from storage.query_language.text_search import Excerpt, SearchMatcher, fold_text
from storage.query_language.vocabulary import suggest_words

NEWEST: Final = 5000  # matching texts that are taken
RANKED: Final = 100  # of them, at least, that are read and ranked
SAMPLE: Final = 500  # texts by which it is seen how rare a word is
COUNTED: Final = 10_000  # up to here matches are counted
USUAL_LENGTH: Final = 3000  # characters of a body
SATURATION: Final = 1.2  # of BM25: how soon a word that comes again counts no more
WEIGHTS: Final = {
    "title": 10,
    "subtitle": 5,
    "body": 1,
    "byline": 2,
    "organization": 2,
    "dateline": 2,
    "tags": 2,
}
SUMMARIES: Final = "{title subtitle}"  # columns that say what a text is about

TEXTS: Final = """
SELECT v.id AS revision, v.search_key, v.observed_at, v.title, v.subtitle, v.body, v.byline, v.organization,
    v.dateline, v.tags, p.release_id, p.url AS posting, p.state, v.id = p.revision_id AS current,
    r.title AS release_title, r.published_on, r.organization AS release_organization
FROM json_each(:keys) k JOIN revisions v ON v.search_key = k.value
JOIN postings p ON p.id = v.posting_id JOIN releases r ON r.id = p.release_id
WHERE NOT :now OR v.id = p.revision_id
"""
COUNT_RELEASES: Final = """SELECT count(DISTINCT p.release_id) AS n FROM json_each(:keys) k
    JOIN revisions v ON v.search_key = k.value JOIN postings p ON p.id = v.posting_id
    WHERE NOT :now OR v.id = p.revision_id"""


class SearchOrder(StrEnum):
    """In which order releases are found."""

    RANK = "rank"  # the best first, of the newest NEWEST texts that match
    DATE = "date"  # the newest first


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A release that a search finds."""

    release: int
    title: str  # its current one
    published_on: date | None
    organization: str | None
    posting: str  # the address of the copy that has the words
    state: str  # of that copy
    current: bool  # False: only an earlier revision has the words
    revision: int
    observed_at: datetime  # when that revision was first seen
    excerpt: str
    marks: tuple[tuple[int, int], ...]  # start and end of each word that was found, in the excerpt
    title_marks: tuple[tuple[int, int], ...] = ()  # and in the title


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """What a search found."""

    hits: tuple[SearchHit, ...]
    found: int  # releases, exactly up to COUNTED; more is COUNTED + 1
    notes: tuple[str, ...] = ()  # what was not looked for, and how far back; a line each
    suggestion: str | None = None  # where nothing is found: words that the archive has

    @property
    def count(self) -> str:
        """Return how many releases match, as text: exact up to 10,000, then "10,000+"."""
        return f"{min(self.found, COUNTED):,}{'+' if self.found > COUNTED else ''}"


def search_archive(
    store: Readable,
    text: str,
    limit: int = 20,
    wanted: SearchFilter = ANYTHING,
    order: SearchOrder = SearchOrder.RANK,
) -> SearchAnswer:
    """Return what a search finds, how many there are, and what one may have meant where nothing is found.

    Any text is valid: see `parse_search`.
    """
    words = parse_search(text)
    plan = plan_search(store, words, wanted)
    hits = tuple(_find_hits(store, words, plan, limit, order))
    if hits:
        return SearchAnswer(hits, _count_plan(store, words, plan), plan.notes)
    return SearchAnswer((), 0, plan.notes, suggest_search(store, words, wanted))


def search_releases(
    store: Readable,
    text: str,
    limit: int = 20,
    wanted: SearchFilter = ANYTHING,
    order: SearchOrder = SearchOrder.RANK,
) -> list[SearchHit]:
    """Return the releases that a search finds, each once; [] for no words.

    Earlier texts are searched too, but not for what has no word: that is asked of what releases say now.
    """
    words = parse_search(text)
    return _find_hits(store, words, plan_search(store, words, wanted), limit, order)


def count_matches(store: Readable, text: str, wanted: SearchFilter = ANYTHING) -> int:
    """Return how many releases match, exactly up to COUNTED; more is COUNTED + 1."""
    words = parse_search(text)
    return _count_plan(store, words, plan_search(store, words, wanted))


def suggest_search(store: Readable, words: SearchWords, wanted: SearchFilter = ANYTHING) -> str | None:
    """Return a search with known words in place of unknown ones, if that finds anything; else None."""
    suggested = suggest_words(store, words)
    if suggested is None or not find_newest_keys(store, plan_search(store, suggested, wanted).queries, 1):
        return None
    return format_search(suggested)


def _find_hits(
    store: Readable, words: SearchWords, plan: SearchPlan, limit: int, order: SearchOrder
) -> list[SearchHit]:
    if not plan.queries or limit < 1:
        return []
    keys = find_newest_keys(store, plan.queries, max(NEWEST, 2 * limit))
    by_rank = order is SearchOrder.RANK and bool(words.groups)
    matcher = SearchMatcher(words)
    rarity = _measure_rarities(store, plan) if by_rank and len(words.groups) > 1 else {}
    if by_rank:
        keys = _put_titles_first(store, plan, keys)
    hits: dict[int, Row] = {}
    for start in range(0, len(keys), size := max(RANKED, 2 * limit)):
        rows = query_rows(
            store, TEXTS, {"keys": json.dumps(keys[start : start + size]), "now": not words.groups}
        )
        ranked = [row | {"rank": _rank_text(row, matcher, rarity) if by_rank else 0} for row in rows]
        for row in sorted(ranked, key=lambda row: (not row["current"], *_get_order(row))):
            hits.setdefault(row["release_id"], row)
        if len(hits) >= limit:
            break
    return [_to_search_hit(row, matcher) for row in sorted(hits.values(), key=_get_order)[:limit]]


def _count_plan(store: Readable, words: SearchWords, plan: SearchPlan) -> int:
    keys = find_newest_keys(store, plan.queries, 2 * COUNTED)
    (row,) = query_rows(store, COUNT_RELEASES, {"keys": json.dumps(keys), "now": not words.groups})
    return min(int(row["n"]), COUNTED + 1)


def _put_titles_first(store: Readable, plan: SearchPlan, keys: list[int]) -> list[int]:
    """Return keys with those first whose titles have the most of the words."""
    if len(keys) <= RANKED:
        return keys
    found = dict.fromkeys(keys, 0)
    oldest = read_key_day(keys[-1])
    for query in plan.queries:
        for part in query.parts:
            narrow = replace(
                query,
                words=f"({query.words}) AND {SUMMARIES} : ({part})",
                wanted=replace(query.wanted, since=max(oldest, query.wanted.since or date.min)),
            )
            for key in find_newest_keys(store, [narrow], len(keys)):
                found[key] = found.get(key, 0) + 1
    return sorted(keys, key=lambda key: (-found[key], -key))


def _measure_rarities(store: Readable, plan: SearchPlan) -> Mapping[int, float]:
    """Return how much each group of words counts; one that is of unspaced script alone counts 1."""
    if len(plan.queries) != 1 or plan.queries[0].runs:
        return {}
    return {place: _measure_rarity(store, part) for place, part in enumerate(plan.queries[0].parts)}


def _measure_rarity(store: Readable, part: str) -> float:
    """Return how much words count, as the inverse document frequency of BM25: by their newest texts."""
    keys = find_newest_keys(store, [SearchQuery(part, "", ANYTHING)], SAMPLE)
    days = {key // KEYS_PER_DAY for key in keys}
    reach = _count_days(min(days), max(days)) if days else 0
    return math.log(1 + (reach + 1) / (len(keys) + 1) * SAMPLE)


def _count_days(first: int, last: int) -> int:
    one, other = (date.fromisoformat(f"{day:08}") for day in (first, last))
    return (other - one).days


def _rank_text(row: Row, matcher: SearchMatcher, rarity: Mapping[int, float]) -> float:
    """Return how well a text fits, as BM25 has it."""
    texts = [(weight, fold_text(row[name])) for name, weight in WEIGHTS.items() if row[name]]
    length = 0.25 + 0.75 * len(row["body"]) / USUAL_LENGTH
    total = 0.0
    for place, pattern in enumerate(matcher.groups):
        often = sum(weight * _count_finds(pattern, text) for weight, text in texts)
        total += rarity.get(place, 1.0) * often * (SATURATION + 1) / (often + SATURATION * length)
    return total


def _count_finds(pattern: re.Pattern[str], text: str) -> int:
    return sum(1 for _ in pattern.finditer(text))


def _get_order(row: Row) -> tuple[float, int]:
    return -row["rank"], -row["search_key"]


def _to_search_hit(row: Row, matcher: SearchMatcher) -> SearchHit:
    excerpt: Excerpt = matcher.cut_excerpt(row["body"])
    return SearchHit(
        release=row["release_id"],
        title=row["release_title"],
        published_on=parse_stored_day(row["published_on"]),
        organization=row["release_organization"],
        posting=row["posting"],
        state=row["state"],
        current=bool(row["current"]),
        revision=row["revision"],
        observed_at=parse_timestamp(row["observed_at"]),
        excerpt=excerpt.text,
        marks=excerpt.marks,
        title_marks=tuple(matcher.find_marks(row["release_title"])),
    )
