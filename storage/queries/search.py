"""Full-text search in what releases say now and said before.

Words of scripts with spaces between words are looked up whole; Japanese, Korean, Chinese and Thai ones as
runs of characters, because no tokenizer of SQLite knows where their words end.

A common word is in a million texts, so not every match is ranked. The newest NEWEST texts that match are
taken, those with the words in their title first, and the first RANKED of these are read and ranked as BM25
ranks: by how often they have each word, a rare word counting more. How rare a word is shows how far back its
newest texts reach, so no statement reads all texts that have it.
"""

import json
import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from storage.db.reading import Readable, query_rows
from storage.db.rows import UNSPACED, Row
from storage.db.timestamps import parse_stored_day, parse_timestamp

TERM: Final = re.compile(r'"([^"]*)"?|([^\s"]+)')
TRIGRAM: Final = 3  # characters; the trigram index finds nothing shorter
MAX_TERMS: Final = 32  # the rest is ignored
NEWEST: Final = 5000  # matching texts that are taken
RANKED: Final = 100  # of them, at least, that are read and ranked
SAMPLE: Final = 500  # texts by which it is seen how rare a word is
COUNTED: Final = 10_000  # up to here matches are counted
MOST_RUNS: Final = 500  # runs of three characters that begin with a short term, at most
KEYS_PER_DAY: Final = 10_000_000_000  # of revisions.search_key
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
"""
RUNS_OF: Final = "SELECT term FROM trigram_terms WHERE term >= ? AND term < ? ORDER BY term LIMIT ?"
SITES_OF: Final = """SELECT substr(name, length(:prefix) + 1) AS site FROM counts
    WHERE name >= :prefix AND name < :prefix || char(1114111)"""


@dataclass(frozen=True, slots=True)
class SearchFilter:
    """Which releases to search; None means any."""

    source: str | None = None
    since: date | None = None  # inclusive; of the printed day, or of the first look where that is earlier
    until: date | None = None  # inclusive


ANYTHING: Final = SearchFilter()


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A release that has every word."""

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


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms that a text must all have to be found."""

    words: tuple[str, ...] = ()  # words and phrases
    runs: tuple[str, ...] = ()  # three characters or more of an unspaced script
    short: tuple[str, ...] = ()  # fewer characters: no index has them

    @property
    def all_terms(self) -> tuple[str, ...]:
        """Return words, runs and short terms, in this order."""
        return self.words + self.runs + self.short


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What the full-text indexes are asked for."""

    words: str  # FTS5 queries; empty: nothing is asked of this index
    runs: str
    wanted: SearchFilter

    @property
    def sql(self) -> str:
        """Return the statement for the keys of matching texts, the newest first."""
        tables = [
            name for name, query in (("revisions_fts", self.words), ("revisions_trigram", self.runs)) if query
        ]
        first = tables[-1]  # a run is rarer than a word
        joins = "".join(f" JOIN {name} ON {name}.rowid = {first}.rowid" for name in tables[:-1])
        source = ""
        if self.wanted.source is not None:
            joins += f" CROSS JOIN revisions v ON v.search_key = {first}.rowid"
            source = """ AND EXISTS (SELECT 1 FROM posting_sources x
                WHERE x.posting_id = v.posting_id AND x.source_id = :source)"""
        matches = " AND ".join(f"{name} MATCH :{name}" for name in tables)
        between = f" AND {first}.rowid BETWEEN :oldest AND :latest"
        return f"""SELECT {first}.rowid AS key FROM {first}{joins}
            WHERE {matches}{between}{source} ORDER BY 1 DESC LIMIT :limit"""  # noqa: S608  # our own names

    @property
    def values(self) -> dict[str, object]:
        """Return the parameters of the statement, but for its limit."""
        since, until = self.wanted.since or date.min, self.wanted.until or date.max
        return {
            "revisions_fts": self.words,
            "revisions_trigram": self.runs,
            "source": self.wanted.source,
            "oldest": make_day_key(since),
            "latest": make_day_key(until) + KEYS_PER_DAY - 1,
        }


def search_releases(
    store: Readable, words: str, limit: int = 20, wanted: SearchFilter = ANYTHING
) -> list[SearchHit]:
    """Return the releases that have, or once had, every word: the best first, each once; [] for no words.

    Quotes make a phrase; Japanese, Korean and Chinese words are also found inside longer words. Any text is
    valid. The best are chosen among the newest NEWEST matching texts.
    """
    terms = parse_terms(words)
    query = make_search_query(store, terms, wanted)
    if query is None or limit < 1:
        return []
    keys = find_newest_keys(store, query, max(NEWEST, 2 * limit))
    keys = _put_titles_first(store, query, terms, keys)
    rarity = {term: _measure_rarity(store, term) for term in terms.words} if len(terms.all_terms) > 1 else {}
    hits: dict[int, Row] = {}
    for start in range(0, len(keys), size := max(RANKED, 2 * limit)):
        rows = query_rows(store, TEXTS, {"keys": json.dumps(keys[start : start + size])})
        ranked = [row | {"rank": _rank_text(row, terms, rarity)} for row in rows]
        for row in sorted(ranked, key=lambda row: (not row["current"], *_get_order(row))):
            hits.setdefault(row["release_id"], row)
        if len(hits) >= limit:
            break
    return [_to_search_hit(row, terms) for row in sorted(hits.values(), key=_get_order)[:limit]]


def count_matches(store: Readable, words: str, wanted: SearchFilter = ANYTHING) -> int:
    """Return how many releases match, exactly up to COUNTED; more is COUNTED + 1."""
    query = make_search_query(store, parse_terms(words), wanted)
    if query is None:
        return 0
    keys = find_newest_keys(store, query, 2 * COUNTED)
    (row,) = query_rows(store, COUNT_RELEASES, {"keys": json.dumps(keys)})
    return min(int(row["n"]), COUNTED + 1)


COUNT_RELEASES: Final = """SELECT count(DISTINCT p.release_id) AS n FROM json_each(:keys) k
    JOIN revisions v ON v.search_key = k.value JOIN postings p ON p.id = v.posting_id"""


def find_newest_keys(store: Readable, query: SearchQuery, limit: int) -> list[int]:
    """Return the keys of the newest matching texts, the newest first."""
    return [row["key"] for row in query_rows(store, query.sql, query.values | {"limit": limit})]


def make_search_query(store: Readable, terms: Terms, wanted: SearchFilter) -> SearchQuery | None:
    """Return what to ask of the indexes; None where nothing can match."""
    words = make_match_query(terms.words)
    runs = [_quote_string(one) for one in terms.runs]
    for short in terms.short:
        known = query_rows(store, RUNS_OF, [short.lower(), short.lower() + chr(0x10FFFF), MOST_RUNS])
        if not known:
            return None
        runs.append("(" + " OR ".join(_quote_string(row["term"]) for row in known) + ")")
    if not words and not runs:
        return None
    if wanted.source is not None and words:
        sites = query_rows(store, SITES_OF, {"prefix": f"site:{wanted.source}:"})
        if not sites:
            return None
        words += (
            " AND site : (" + " OR ".join(_quote_string(make_site_word(row["site"])) for row in sites) + ")"
        )
    return SearchQuery(words, " AND ".join(runs), wanted)


def make_day_key(day: date) -> int:
    """Return the smallest key of texts of a day, as revisions.search_key has it."""
    return int(day.strftime("%Y%m%d")) * KEYS_PER_DAY


def make_site_word(site: str) -> str:
    """Return a site as the word index has it."""
    return re.sub(r"[.:-]", "", site)


def parse_terms(text: str) -> Terms:
    """Return the terms to search for; double quotes make a phrase, other signs have no meaning."""
    typed = [quoted or plain for quoted, plain in TERM.findall(_clean_text(text))][:MAX_TERMS]
    known = list(dict.fromkeys(" ".join(one.split()) for one in typed if any(map(str.isalnum, one))))
    unspaced = [one for one in known if UNSPACED.search(one)]
    return Terms(
        words=tuple(one for one in known if one not in unspaced),
        runs=tuple(one for one in unspaced if len(one) >= TRIGRAM),
        short=tuple(one for one in unspaced if len(one) < TRIGRAM),
    )


def make_match_query(strings: tuple[str, ...]) -> str:
    """Return the FTS5 query for texts that hold each of these strings; empty for none.

    Source: sqlite.org/fts5.html, section 3.1 (strings).
    """
    return " AND ".join(map(_quote_string, strings))


def cut_excerpt(text: str, looked_for: Terms, around: int = 80) -> str:
    """Return the text around the first term found, else its beginning, on one line."""
    flat = " ".join(text.split())
    found = [at for one in looked_for.all_terms if (at := flat.lower().find(one.lower())) >= 0]
    start = max(0, min(found, default=0) - around)
    end = start + 2 * around
    if start:
        start = flat.find(" ", start, start + 20) + 1 or start
    if end < len(flat):
        end = flat.rfind(" ", end - 20, end) if " " in flat[end - 20 : end] else end
    return f"{'… ' if start else ''}{flat[start:end]}{' …' if end < len(flat) else ''}"


def _put_titles_first(store: Readable, query: SearchQuery, terms: Terms, keys: list[int]) -> list[int]:
    """Return keys with those first whose titles have the most of the words."""
    if len(keys) <= RANKED:
        return keys
    found = dict.fromkeys(keys, 0)
    day = date.fromisoformat(f"{keys[-1] // KEYS_PER_DAY:08}")
    for term in terms.words:
        words = f"({query.words}) AND {SUMMARIES} : {_quote_string(term)}"
        narrow = SearchQuery(words, query.runs, SearchFilter(query.wanted.source, day, query.wanted.until))
        for key in find_newest_keys(store, narrow, len(keys)):
            found[key] = found.get(key, 0) + 1
    return sorted(keys, key=lambda key: (-found[key], -key))


def _measure_rarity(store: Readable, term: str) -> float:
    """Return how much a word counts, as the inverse document frequency of BM25: by its newest texts."""
    query = SearchQuery(_quote_string(term), "", ANYTHING)
    keys = find_newest_keys(store, query, SAMPLE)
    days = {key // KEYS_PER_DAY for key in keys}
    reach = _count_days(min(days), max(days)) if days else 0
    return math.log(1 + (reach + 1) / (len(keys) + 1) * SAMPLE)


def _count_days(first: int, last: int) -> int:
    one, other = (date.fromisoformat(f"{day:08}") for day in (first, last))
    return (other - one).days


def _rank_text(row: Row, terms: Terms, rarity: Mapping[str, float]) -> float:
    """Return how well a text fits, as BM25 has it; parts of longer words count too."""
    texts = [(weight, row[name].lower()) for name, weight in WEIGHTS.items() if row[name]]
    length = 0.25 + 0.75 * len(row["body"]) / USUAL_LENGTH
    total = 0.0
    for term in terms.all_terms:
        often = sum(weight * text.count(term.lower()) for weight, text in texts)
        total += rarity.get(term, 1.0) * often * (SATURATION + 1) / (often + SATURATION * length)
    return total


def _get_order(row: Row) -> tuple[float, int]:
    return -row["rank"], -row["search_key"]


def _quote_string(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _to_search_hit(row: Row, terms: Terms) -> SearchHit:
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
        excerpt=cut_excerpt(row["body"], terms),
    )


def _clean_text(text: str) -> str:
    """Return the text composed (a Mac types Korean in parts) and without control characters."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(" " if unicodedata.category(c) in ("Cc", "Cs", "Cn", "Co") else c for c in composed)
