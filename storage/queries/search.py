"""Full-text search in what releases say now and said before.

Words of scripts with spaces between words are looked up whole; Japanese, Korean, Chinese and Thai ones as
runs of characters, because no tokenizer of SQLite knows where their words end.
"""

import json
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from storage.db.reading import Readable, query_rows
from storage.db.rows import Row
from storage.db.timestamps import parse_stored_day, parse_timestamp

# Hangul, kana, Chinese characters, half-width kana, Thai to Myanmar, Khmer.
UNSPACED: Final = re.compile(
    "[\u0e00-\u109f\u1100-\u11ff\u1780-\u17ff\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]"
)
TERM: Final = re.compile(r'"([^"]*)"?|([^\s"]+)')
TRIGRAM: Final = 3  # characters; the trigram index finds nothing shorter
MAX_TERMS: Final = 32  # the rest is ignored
NOTHING: Final = '""'  # an FTS5 query that finds nothing; an empty one is a syntax error
# One row a release, its current text before earlier ones. `words` and `runs` are FTS5 queries, `short` is a
# JSON list of LIKE patterns. The browser fills them in with its own SQL functions.
SQL: Final = """
WITH parts AS MATERIALIZED (SELECT {words} AS words, {runs} AS runs, {short} AS short),
found AS MATERIALIZED (
    SELECT f.rowid AS id, bm25(revisions_fts, 10, 5, 1, 2, 2, 2, 2) AS rank
    FROM revisions_fts f WHERE f.revisions_fts MATCH (SELECT words FROM parts)
    UNION ALL
    SELECT f.rowid, bm25(revisions_trigram, 10, 5, 1, 2, 2, 2, 2)
    FROM revisions_trigram f WHERE f.revisions_trigram MATCH (SELECT runs FROM parts)
    UNION ALL
    SELECT v.id, 0.0 FROM parts, revisions v WHERE parts.short <> '[]' AND NOT EXISTS (
        SELECT 1 FROM json_each(parts.short) WHERE v.title || char(10) || coalesce(v.subtitle, '') || char(10)
            || v.body || char(10) || coalesce(v.byline, '') || char(10) || coalesce(v.organization, '')
            || char(10) || coalesce(v.dateline, '') || char(10) || v.tags NOT LIKE value ESCAPE '\\')),
hits AS (
    SELECT id, sum(rank) AS rank FROM found GROUP BY id HAVING count(*) = (
        SELECT (words <> '""') + (runs <> '""') + (short <> '[]') FROM parts)),
ranked AS (
    SELECT p.release_id, p.url AS posting, p.state, v.id = p.revision_id AS current, v.id AS revision,
        v.observed_at, v.body, hits.rank, row_number() OVER (
            PARTITION BY p.release_id ORDER BY v.id = p.revision_id DESC, hits.rank, v.id DESC) AS place
    FROM hits JOIN revisions v ON v.id = hits.id JOIN postings p ON p.id = v.posting_id)
SELECT r.title, r.published_on, r.organization, ranked.*
FROM ranked JOIN releases r ON r.id = ranked.release_id
WHERE place = 1 ORDER BY rank, r.published_on DESC, r.id DESC LIMIT {limit}
"""


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


def search_releases(store: Readable, words: str, limit: int = 20) -> list[SearchHit]:
    """Return the releases that have, or once had, every word: the best first, each once; [] for no words.

    Quotes make a phrase; Japanese, Korean and Chinese words are also found inside longer words. Any text is
    valid.
    """
    sql = SQL.format(words=":words", runs=":runs", short=":short", limit=":limit")
    parameters = {
        "words": make_words_query(words),
        "runs": make_runs_query(words),
        "short": make_short_patterns(words),
    }
    return [
        _to_search_hit(row, parse_terms(words))
        for row in query_rows(store, sql, {**parameters, "limit": limit})
    ]


def make_words_query(text: str) -> str:
    """Return the query for the word index."""
    return make_match_query(parse_terms(text).words)


def make_runs_query(text: str) -> str:
    """Return the query for the trigram index."""
    return make_match_query(parse_terms(text).runs)


def make_short_patterns(text: str) -> str:
    """Return LIKE patterns for the terms that neither index finds, as a JSON list."""
    return json.dumps([make_like_pattern(one) for one in parse_terms(text).short])


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
    """Return the FTS5 query for texts that hold each of these strings; none finds nothing.

    Source: sqlite.org/fts5.html, section 3.1 (strings).
    """
    return " AND ".join('"' + one.replace('"', '""') + '"' for one in strings) or NOTHING


def make_like_pattern(string: str) -> str:
    """Return the LIKE pattern, with `\\` as escape, for texts that hold this string."""
    return "%" + re.sub(r"([%_\\])", r"\\\1", string) + "%"


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


def _to_search_hit(row: Row, terms: Terms) -> SearchHit:
    return SearchHit(
        release=row["release_id"],
        title=row["title"],
        published_on=parse_stored_day(row["published_on"]),
        organization=row["organization"],
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
