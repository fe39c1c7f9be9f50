"""Full-text search over what releases say and ever said."""

import json
from typing import Final

from storage.db.reading import Readable, query_rows
from storage.db.rows import Row
from storage.db.timestamps import parse_stored_day, parse_timestamp
from storage.queries.results import SearchHit
from storage.queries.search_terms import Terms, cut_excerpt, make_like_pattern, make_match_query, parse_terms

# One row a release, its current text before earlier ones; `words` and `runs` are FTS5 queries, `short` a JSON
# list of LIKE patterns. The browser fills them in with functions of its own.
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


def search_releases(store: Readable, words: str, limit: int = 20) -> list[SearchHit]:
    """Return the releases that hold, or once held, every word; the best first, each once, [] for no word.

    Quotes make a phrase; Japanese, Korean and Chinese words are found inside others. No text is wrong.
    """
    sql = SQL.format(words=":words", runs=":runs", short=":short", limit=":limit")
    parameters = {"words": words_query(words), "runs": runs_query(words), "short": short_patterns(words)}
    return [_hit(row, parse_terms(words)) for row in query_rows(store, sql, {**parameters, "limit": limit})]


def words_query(text: str) -> str:
    """Return the query for the word index."""
    return make_match_query(parse_terms(text).words)


def runs_query(text: str) -> str:
    """Return the query for the index of three characters."""
    return make_match_query(parse_terms(text).runs)


def short_patterns(text: str) -> str:
    """Return the patterns for what neither index finds, as a JSON list."""
    return json.dumps([make_like_pattern(one) for one in parse_terms(text).short])


def _hit(row: Row, found: Terms) -> SearchHit:
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
        excerpt=cut_excerpt(row["body"], found),
    )
