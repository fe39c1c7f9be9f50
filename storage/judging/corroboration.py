"""Whom else to look at before a change is told: a notice on all pages, or a redesign, shows on siblings too.

A visit that looks at one release cannot tell an edit from the site's own doing. So what differs in a few looks
sends the run to some siblings that nobody looked at for long, and the judgement sees them together.
"""

from typing import Final

from storage.questions.asking import Readable, ask
from storage.records import Address

COMPARED: Final = 8  # releases that make a judgement: five are a redesign, three an equal paragraph

# A text that is not what its posting says, or a page that was a release and cannot be read as one now.
DOUBTED: Final = """SELECT count(*) AS compared, sum(
        f.verdict IN ('unreadable', 'soft_gone') AND NOT f.is_spoiled
        OR f.verdict = 'live' AND (f.read IS NOT NULL OR f.revision_id IS NOT p.revision_id)) AS doubted
    FROM findings f JOIN postings p ON p.id = f.posting_id JOIN standings s ON s.posting_id = p.id
    WHERE f.run_id = ? AND f.role = 'article' AND s.state = 'live' AND s.is_readable
        AND f.verdict IN ('live', 'unchanged', 'unreadable', 'soft_gone', 'gone')"""
SIBLINGS: Final = """SELECT p.site, p.number, p.url FROM postings p
    JOIN standings s ON s.posting_id = p.id JOIN posting_sources x ON x.posting_id = p.id
    WHERE x.source_id = ? AND p.site = ? AND s.state = 'live' AND s.is_readable
        AND p.id NOT IN (SELECT posting_id FROM findings WHERE run_id = ? AND posting_id IS NOT NULL)
    ORDER BY s.last_look_at, p.id LIMIT ?"""


def siblings(store: Readable, source_id: str, site: str, run_id: int) -> tuple[Address, ...]:
    """Return the releases to look at before a run is judged, none where nothing differs or enough was seen."""
    (row,) = ask(store, DOUBTED, [run_id])
    wanted = COMPARED - row["compared"]
    if not row["doubted"] or wanted <= 0:
        return ()
    rows = ask(store, SIBLINGS, [source_id, site, run_id, wanted])
    return tuple(Address(row["site"], row["number"], row["url"]) for row in rows)
