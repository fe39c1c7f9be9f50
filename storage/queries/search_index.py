"""Asks the full-text indexes for the newest texts that a search finds.

A search is put to two indexes: one of words, one of runs of three characters for scripts without spaces.
Their rowid is revisions.search_key, so they give the newest texts first and are left when there are enough.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from heapq import merge
from itertools import islice, product
from typing import Final

from storage.db.reading import Readable, query_rows
from storage.query_language.search_language import SearchTerm, SearchWords
from storage.query_language.text_search import WORD, fold_text
from storage.query_language.vocabulary import MOST_WORDS, list_known_words, list_words_with_prefix
from storage.query_language.word_forms import list_word_forms

MOST_RUNS: Final = 500  # runs of three characters that begin with a short term, at most
MOST_MIXED: Final = 3  # groups with terms for both indexes; each doubles the questions
EXAMINED: Final = 20_000  # matching texts among which those of a state or newsroom are looked for
MOST_SITES: Final = 20  # that the word index is asked for by name
MOST_UNDATED: Final = timedelta(days=366)  # how far back a search without wanted words goes
KEYS_PER_DAY: Final = 10_000_000_000  # of revisions.search_key

RUNS_OF: Final = "SELECT term FROM trigram_terms WHERE term >= ? AND term < ? ORDER BY term LIMIT ?"
SITES_OF: Final = """SELECT substr(name, length(:prefix) + 1) AS site FROM counts
    WHERE name >= :prefix AND name < :prefix || char(1114111)"""
LOOK_UP: Final = {  # whether a text has words; most texts have nothing in the second index
    "revisions_fts": "revisions_fts x WHERE TRUE",
    "revisions_trigram": "revisions u CROSS JOIN revisions_trigram x"
    " WHERE u.has_unspaced AND u.search_key = {0}.rowid",
}
NEWEST_KEY: Final = """SELECT search_key AS key FROM revisions WHERE search_key < :latest
    ORDER BY search_key DESC LIMIT 1"""
KEYS: Final = """SELECT v.search_key AS key FROM revisions v
    WHERE v.search_key BETWEEN :oldest AND :latest ORDER BY 1 DESC LIMIT :examined"""


@dataclass(frozen=True, slots=True)
class SearchFilter:
    """Which releases to search; None means any."""

    source: str | None = None
    since: date | None = None  # inclusive; of the printed day, or of the first look where that is earlier
    until: date | None = None  # inclusive
    state: str | None = None  # of the copy that has the words: live, suspect, removed, moved or unlisted
    sources: tuple[str, ...] | None = None  # any of these newsrooms


ANYTHING: Final = SearchFilter()


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What the full-text indexes are asked for."""

    words: str  # FTS5 queries; empty: nothing is asked of this index
    runs: str
    wanted: SearchFilter
    not_words: str = ""  # FTS5 queries of what must not be there
    not_runs: str = ""
    parts: tuple[str, ...] = ()  # of `words`: that of each group

    @property
    def sources(self) -> tuple[str, ...] | None:
        """Return the newsrooms whose postings are wanted; None for all."""
        return (self.wanted.source,) if self.wanted.source is not None else self.wanted.sources

    @property
    def sql(self) -> str:
        """Return the statement for the keys of matching texts, the newest first."""
        matching = self._make_matching_sql()
        conditions = []
        if self.wanted.state is not None:
            conditions.append("p.state = :state")
        if self.sources is not None:
            conditions.append("""EXISTS (SELECT 1 FROM json_each(:sources) s JOIN posting_sources x
                ON x.posting_id = p.id AND x.source_id = s.value)""")
        if not conditions:
            return f"SELECT key FROM ({matching}) LIMIT :limit"  # noqa: S608  # our own names
        return f"""SELECT k.key FROM ({matching}) k CROSS JOIN revisions v ON v.search_key = k.key
            CROSS JOIN postings p ON p.id = v.posting_id
            WHERE {" AND ".join(conditions)} LIMIT :limit"""  # noqa: S608  # our own names

    @property
    def values(self) -> dict[str, object]:
        """Return the parameters of the statement, but for its limit."""
        since, until = self.wanted.since or date.min, self.wanted.until or date.max
        return {
            "revisions_fts": f"({self.words}) NOT ({self.not_words})"
            if self.words and self.not_words
            else self.words or self.not_words,
            "revisions_trigram": f"({self.runs}) NOT ({self.not_runs})"
            if self.runs and self.not_runs
            else self.runs or self.not_runs,
            "sources": json.dumps(self.sources),
            "state": self.wanted.state,
            "oldest": make_day_key(since),
            "latest": make_day_key(until) + KEYS_PER_DAY - 1,
        }

    def _make_matching_sql(self) -> str:
        """Return the statement for at most :examined keys that have the words, the newest first."""
        asked = {
            "revisions_fts": (self.words, self.not_words),
            "revisions_trigram": (self.runs, self.not_runs),
        }
        tables = [name for name, (has, _) in asked.items() if has]
        if not tables:
            return KEYS
        first = tables[-1]  # a run is rarer than a word
        joins = "".join(f" JOIN {name} ON {name}.rowid = {first}.rowid" for name in tables[:-1])
        matches = "".join(f"{name} MATCH :{name} AND " for name in tables)
        without = "".join(
            f" AND NOT EXISTS (SELECT 1 FROM {LOOK_UP[name].format(first)} AND"  # noqa: S608  # our own names
            f" x.{name} MATCH :{name} AND x.rowid = {first}.rowid)"
            for name, (has, lacks) in asked.items()
            if lacks and not has
        )
        return f"""SELECT {first}.rowid AS key FROM {first}{joins}
            WHERE {matches}{first}.rowid BETWEEN :oldest AND :latest{without}
            ORDER BY 1 DESC LIMIT :examined"""  # noqa: S608  # our own names


@dataclass(frozen=True, slots=True)
class SearchPlan:
    """A search as questions to the indexes; what any of them finds is found."""

    queries: tuple[SearchQuery, ...] = ()
    notes: tuple[str, ...] = ()  # what is not looked for, and how far back


@dataclass(slots=True)
class _Question:
    """A group of terms as FTS5 queries."""

    words: list[str] = field(default_factory=list)
    runs: list[str] = field(default_factory=list)


def plan_search(store: Readable, words: SearchWords, wanted: SearchFilter) -> SearchPlan:
    """Return what to ask of the indexes; no questions where nothing can match."""
    notes = list(words.notes)
    most = MOST_WORDS // max(1, sum(term.is_prefix for term in (*words.wanted, *words.excluded)))
    groups = [_make_question(store, group, most, notes) for group in words.groups]
    without = _make_question(store, words.excluded, most, notes)
    if not words or not all(group.words or group.runs for group in groups):
        return SearchPlan((), tuple(dict.fromkeys(notes)))
    if not groups and wanted.since is None:
        wanted = _limit_days(store, wanted)
        notes.append(f"a search for what has no word goes back to {wanted.since}; --since goes back further")
    sites = _list_site_words(store, wanted)
    if sites is not None and not sites:
        return SearchPlan((), tuple(dict.fromkeys(notes)))
    queries = []
    for chosen in product(*_list_options(groups, notes)):
        parts = tuple(text for kind, text in chosen if kind == "words")
        runs = " AND ".join(f"({text})" for kind, text in chosen if kind == "runs")
        match = " AND ".join(f"({text})" for text in parts)
        if match and sites and len(sites) <= MOST_SITES:
            match = f"{match} AND site : ({' OR '.join(map(quote_string, sites))})"
        queries.append(
            SearchQuery(match, runs, wanted, " OR ".join(without.words), " OR ".join(without.runs), parts)
        )
    return SearchPlan(tuple(queries), tuple(dict.fromkeys(notes)))


def find_newest_keys(store: Readable, queries: Sequence[SearchQuery], limit: int) -> list[int]:
    """Return the keys of the newest matching texts, the newest first."""
    found = [_ask_index(store, query, limit) for query in queries]
    return list(dict.fromkeys(islice(merge(*found, reverse=True), limit)))


def make_day_key(day: date) -> int:
    """Return the smallest key of texts of a day, as revisions.search_key has it."""
    return int(f"{day:%Y%m%d}".rjust(8, "0")) * KEYS_PER_DAY


def read_key_day(key: int) -> date:
    """Return the day of a key."""
    return date.fromisoformat(f"{key // KEYS_PER_DAY:08}")


def make_site_word(site: str) -> str:
    """Return a site as the word index has it."""
    return re.sub(r"[.:-]", "", site)


def quote_string(text: str) -> str:
    """Return a text as a string of FTS5. Source: sqlite.org/fts5.html, section 3.1 (strings)."""
    return '"' + text.replace("\0", " ").replace('"', '""') + '"'


def _ask_index(store: Readable, query: SearchQuery, limit: int) -> list[int]:
    is_narrow = query.wanted.state is not None or query.sources is not None
    values = query.values | {"limit": limit, "examined": max(limit, EXAMINED) if is_narrow else limit}
    if query.words or query.runs:
        return [row["key"] for row in query_rows(store, query.sql, values)]
    values["limit"] = values["examined"] = max(limit, EXAMINED)
    keys = [row["key"] for row in query_rows(store, query.sql, values)]
    unwanted = _find_unwanted(store, query, keys)
    return [key for key in keys if key not in unwanted][:limit]


def _find_unwanted(store: Readable, query: SearchQuery, keys: Sequence[int]) -> frozenset[int]:
    """Return the keys, among or between those given, of texts with what must not be there."""
    if not keys:
        return frozenset()
    days = SearchFilter(since=read_key_day(keys[-1]), until=read_key_day(keys[0]))
    asked = [SearchQuery(query.not_words, "", days), SearchQuery("", query.not_runs, days)]
    return frozenset(
        key
        for one in asked
        if one.words or one.runs
        for key in find_newest_keys(store, [one], max(EXAMINED, len(keys)))
    )


def _list_options(groups: Sequence[_Question], notes: list[str]) -> list[list[tuple[str, str]]]:
    """Return for each group the ways to meet it: by words, by runs of characters, or by either."""
    options = []
    mixed = 0
    for group in groups:
        ways = [("words", " OR ".join(group.words)), ("runs", " OR ".join(group.runs))]
        ways = [way for way in ways if way[1]]
        mixed += len(ways) > 1
        if len(ways) > 1 and mixed > MOST_MIXED:
            notes.append(f"OR joins words of two kinds of script {MOST_MIXED} times at most")
            ways = ways[:1]
        options.append(ways)
    return options


def _make_question(store: Readable, terms: Sequence[SearchTerm], most: int, notes: list[str]) -> _Question:
    """Return the FTS5 queries for texts with any of the terms."""
    made = _Question()
    for term in terms:
        if not term.is_unspaced:
            made.words += _list_word_strings(store, term, most, notes)
        elif not term.is_short:
            made.runs.append(quote_string(term.text))
        else:
            low = term.text.lower()
            known = query_rows(store, RUNS_OF, [low, low + chr(0x10FFFF), MOST_RUNS])
            made.runs += [quote_string(row["term"]) for row in known]
            if len(known) == MOST_RUNS:
                notes.append(f"{term.text} begins too many runs of three characters; write more of the word")
    return made


def _list_word_strings(store: Readable, term: SearchTerm, most: int, notes: list[str]) -> list[str]:
    """Return the strings of FTS5 that a word or phrase stands for, each of which means that it is there."""
    words = WORD.findall(fold_text(term.text))
    if term.is_prefix and words:
        begun = list_words_with_prefix(store, words[-1], most + 1)
        if len(begun) > most:
            notes.append(
                f"more than {most} words begin with {words[-1]}; the first {most} of the alphabet"
                " are looked for (write more letters)"
            )
        return [quote_string(" ".join([*words[:-1], word])) for word in begun[:most]]
    forms = () if term.is_exact or len(words) != 1 else list_word_forms(words[0])
    known = list_known_words(store, forms) if len(forms) > 1 else []
    return [quote_string(form) for form in known] or [quote_string(term.text)]


def _limit_days(store: Readable, wanted: SearchFilter) -> SearchFilter:
    """Return the filter with the first day of a search that has no wanted words."""
    latest = make_day_key(wanted.until or date.max) + KEYS_PER_DAY
    newest = query_rows(store, NEWEST_KEY, {"latest": latest})
    last = read_key_day(newest[0]["key"]) if newest else date.max
    return replace(wanted, since=last - MOST_UNDATED if last - date.min > MOST_UNDATED else date.min)


def _list_site_words(store: Readable, wanted: SearchFilter) -> list[str] | None:
    """Return the sites of the newsrooms' postings, as the word index has them; None if any will do."""
    sources = wanted.sources if wanted.source is None else (wanted.source,)
    if sources is None:
        return None
    rows = [row for one in sources for row in query_rows(store, SITES_OF, {"prefix": f"site:{one}:"})]
    return list(dict.fromkeys(make_site_word(row["site"]) for row in rows))
