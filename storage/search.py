"""Full-text search over what releases say and ever said."""

import json
from collections.abc import Mapping
from typing import Any, Final

from storage.answers import Hit
from storage.instants import day, instant
from storage.store import Store
from storage.terms import Terms, excerpt, like, match, terms

SEARCHES: Final = {
    "words": """
        SELECT rowid AS id, bm25(revisions_fts, 10, 5, 1, 2, 2, 2, 2) AS rank
        FROM revisions_fts WHERE revisions_fts MATCH :words""",
    "runs": """
        SELECT rowid AS id, bm25(revisions_trigram, 10, 5, 1, 2, 2, 2, 2) AS rank
        FROM revisions_trigram WHERE revisions_trigram MATCH :runs""",
    "short": """
        SELECT id, 0.0 AS rank FROM revisions AS v WHERE NOT EXISTS (
            SELECT 1 FROM json_each(:short) WHERE v.title || char(10) || coalesce(v.subtitle, '') || char(10)
                || v.body || char(10) || coalesce(v.byline, '') || char(10) || coalesce(v.organization, '')
                || char(10) || coalesce(v.dateline, '') || char(10) || v.tags NOT LIKE value ESCAPE '\\')""",
}
HITS: Final = """
WITH hits AS MATERIALIZED (
    SELECT id, sum(rank) AS rank FROM ({found}) GROUP BY id HAVING count(*) = :parts),
ranked AS (
    SELECT v.id AS revision, p.release_id, p.url AS posting, p.state, v.observed_at, v.body,
        v.id = p.revision_id AS current, hits.rank,
        row_number() OVER (
            PARTITION BY p.release_id ORDER BY v.id = p.revision_id DESC, hits.rank, v.id DESC) AS place
    FROM hits JOIN revisions v ON v.id = hits.id JOIN postings p ON p.id = v.posting_id)
SELECT ranked.*, r.title, r.published_on, r.organization
FROM ranked JOIN releases r ON r.id = ranked.release_id
WHERE place = 1 ORDER BY rank, r.published_on DESC, r.id DESC LIMIT :limit
"""


def search(store: Store, words: str, limit: int = 20) -> list[Hit]:
    """Return the releases that hold, or once held, every word; the best first, each once, [] for no word.

    Quotes make a phrase; Japanese, Korean and Chinese words are found inside others. No text is wrong.
    """
    found = terms(words)
    parts = {
        "words": match(found.words),
        "runs": match(found.runs),
        "short": json.dumps([like(one) for one in found.short]) if found.short else "",
    }
    wanted = [name for name, text in parts.items() if text]
    if not wanted:
        return []
    sql = HITS.format(found=" UNION ALL ".join(SEARCHES[name] for name in wanted))
    rows = store.db.query(sql, {**parts, "parts": len(wanted), "limit": limit})
    return [_hit(row, found) for row in rows]


def _hit(row: Mapping[str, Any], found: Terms) -> Hit:
    return Hit(
        release=row["release_id"],
        title=row["title"],
        published_on=day(row["published_on"]),
        organization=row["organization"],
        posting=row["posting"],
        state=row["state"],
        current=bool(row["current"]),
        revision=row["revision"],
        observed_at=instant(row["observed_at"]),
        excerpt=excerpt(row["body"], found),
    )
