"""Whom else to look at before a change is told: a notice on all pages, or a redesign, shows on siblings.

A visit that looks at one release cannot tell an edit from the site's own doing. So what differs in a few
looks sends the run to siblings that nobody looked at for long, and the judgement sees them together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from storage.db.reading import Readable, ask
from storage.detection.posting_state import ABSENT, PRESENT
from storage.detection.run_health import ANSWERED
from storage.models import Address, PostingState, Verdict

COMPARED: Final = 8  # releases that make a judgement: five are a redesign, three an equal paragraph
BROKEN: Final = frozenset({Verdict.UNREADABLE, Verdict.SOFT_GONE})

SEEN: Final = """SELECT f.verdict, f.is_spoiled, s.state, s.is_readable,
        f.read IS NOT NULL OR f.revision_id IS NOT p.revision_id AS differs
    FROM findings f JOIN postings p ON p.id = f.posting_id JOIN standings s ON s.posting_id = p.id
    WHERE f.run_id = ? AND f.role = 'article'"""
SIBLINGS: Final = """SELECT p.site, p.number, p.url FROM postings p
    JOIN standings s ON s.posting_id = p.id JOIN posting_sources x ON x.posting_id = p.id
    WHERE x.source_id = ? AND p.site = ? AND s.state = 'live' AND s.is_readable
        AND p.id NOT IN (SELECT posting_id FROM findings WHERE run_id = ? AND posting_id IS NOT NULL)
    ORDER BY s.last_look_at, p.id LIMIT ?"""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look of a run told of a known posting."""

    verdict: Verdict
    state: PostingState  # before this look
    was_readable: bool = True
    differs: bool = False  # from what the posting says
    is_spoiled: bool = False

    @property
    def was_good(self) -> bool:
        """Return whether the posting was live and readable before."""
        return self.state is PostingState.LIVE and self.was_readable

    @property
    def is_doubtful(self) -> bool:
        """Return whether a redesign or a notice may be behind it: another text, or none where one was."""
        if self.verdict is Verdict.LIVE:
            return self.differs
        return self.verdict in BROKEN and not self.is_spoiled


def siblings(store: Readable, source_id: str, site: str, run_id: int) -> tuple[Address, ...]:
    """Return the releases to look at before a run is judged, the longest not looked at first."""
    seen = [
        Seen(
            verdict=Verdict(row["verdict"]),
            state=PostingState(row["state"]),
            was_readable=bool(row["is_readable"]),
            differs=bool(row["differs"]),
            is_spoiled=bool(row["is_spoiled"]),
        )
        for row in ask(store, SEEN, [run_id])
    ]
    rows = ask(store, SIBLINGS, [source_id, site, run_id, wanted(seen)])
    return tuple(Address(row["site"], row["number"], row["url"]) for row in rows)


def wanted(seen: Sequence[Seen]) -> int:
    """Return how many siblings to look at; none where nothing differs, or enough was seen.

    A difference needs as many as tell a newsroom's edit from its site's, an absence one that answers.
    """
    good = [one for one in seen if one.was_good]
    if any(one.is_doubtful for one in good):
        return max(COMPARED - sum(one.verdict in ANSWERED for one in good), 0)
    is_absent = any(
        one.verdict in ABSENT and one.state in (PostingState.LIVE, PostingState.SUSPECT) for one in seen
    )
    return int(is_absent and not any(one.verdict in PRESENT for one in good))
