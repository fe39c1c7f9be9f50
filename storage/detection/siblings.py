"""Which other releases a run must look at before its changes can be decided on.

A notice on all pages, or a redesign, shows on siblings; a run that looks at one release cannot tell it from
an edit. So a difference in a few looks sends the run on to siblings that were not looked at for long, and
detection sees them together. Whether a release counts as removed is decided in posting_state.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from storage.db.reading import Readable, query_rows
from storage.models import Address, PostingState, Verdict

SIBLINGS_TO_COMPARE: Final = 8  # enough to decide: five are a redesign, three an equal paragraph
FEWEST_ALIKE: Final = 3  # that differ, before the same words in them may be the site's doing
SHARE_ALIKE: Final = 0.2  # of what was compared, from which on they are

RUN_LOOKS: Final = """SELECT f.verdict, f.is_damaged, s.state, s.is_readable,
        f.fields IS NOT NULL OR f.revision_id IS NOT p.revision_id AS differs
    FROM findings f JOIN postings p ON p.id = f.posting_id JOIN posting_states s ON s.posting_id = p.id
    WHERE f.run_id = ? AND f.role = 'article'"""
MANY_ABSENT: Final = 5  # releases in one run: then its lists must show where they should stand
FEW_ABSENT: Final = 3  # the same, where they are a large share of the run's looks
SHARE_OF_FEW: Final = 0.1
# How many releases of a run are absent, and how many of them are newer than the oldest one that a list names.
COVERED: Final = """WITH named AS (
        SELECT coalesce(json_extract(e.value, '$[3]'), p.published_on) AS day
        FROM findings f JOIN json_each(f.entries) e
        LEFT JOIN postings p ON p.site = json_extract(e.value, '$[0]')
            AND p.number = json_extract(e.value, '$[1]')
        WHERE f.run_id = :run AND f.role = 'listing'),
    now AS (SELECT f.posting_id FROM findings f JOIN posting_states s ON s.posting_id = f.posting_id
        WHERE f.run_id = :run AND f.role = 'article' AND f.verdict IN ('gone', 'soft_gone', 'redirected')
            AND s.state IN ('live', 'suspect')),
    absent AS (SELECT posting_id FROM now
        UNION SELECT x.posting_id FROM posting_sources x JOIN posting_states s USING (posting_id)
        WHERE x.source_id = (SELECT source_id FROM runs WHERE id = :run)
            AND s.state = 'suspect' AND s.is_in_mass_absence AND EXISTS (SELECT 1 FROM now))
    SELECT (SELECT count(*) FROM findings WHERE run_id = :run AND role = 'article') AS looked_at,
        count(*) AS absent, coalesce(sum(p.published_on > (SELECT min(day) FROM named)), 0) AS covered
    FROM absent a JOIN postings p ON p.id = a.posting_id"""
SIBLINGS: Final = """SELECT p.site, p.number, p.url FROM postings p
    JOIN posting_states s ON s.posting_id = p.id JOIN posting_sources x ON x.posting_id = p.id
    WHERE x.source_id = ? AND p.site = ? AND s.state = 'live' AND s.is_readable
        AND p.id NOT IN (SELECT posting_id FROM findings WHERE run_id = ? AND posting_id IS NOT NULL)
    ORDER BY s.last_look_at, p.id LIMIT ?"""


@dataclass(frozen=True, slots=True)
class RunLook:
    """One look of a run at a known posting, before detection."""

    verdict: Verdict
    state: PostingState  # before this look
    was_readable: bool = True
    differs: bool = False  # from what the posting said before
    is_damaged: bool = False

    @property
    def was_good(self) -> bool:
        """Whether the posting was live and readable before."""
        return self.state is PostingState.LIVE and self.was_readable

    @property
    def may_be_site_wide(self) -> bool:
        """Whether a redesign or a notice may be behind it: another text, or none where one was."""
        if self.verdict is Verdict.LIVE:
            return self.differs
        return self.verdict.is_without_article and not self.is_damaged

    @property
    def is_new_absence(self) -> bool:
        """Whether a posting is gone whose removal has not been reported."""
        return self.verdict.is_gone and not self.state.is_closed


def list_siblings_to_look_at(store: Readable, source_id: str, site: str, run_id: int) -> tuple[Address, ...]:
    """Return the releases to look at before a run's changes are decided on, the longest unseen first."""
    looks = [
        RunLook(
            verdict=Verdict(row["verdict"]),
            state=PostingState(row["state"]),
            was_readable=bool(row["is_readable"]),
            differs=bool(row["differs"]),
            is_damaged=bool(row["is_damaged"]),
        )
        for row in query_rows(store, RUN_LOOKS, [run_id])
    ]
    rows = query_rows(store, SIBLINGS, [source_id, site, run_id, count_wanted_siblings(looks)])
    return tuple(Address(row["site"], row["number"], row["url"]) for row in rows)


def list_other_siblings(
    store: Readable, source_id: str, site: str, run_id: int, most: int
) -> tuple[Address, ...]:
    """Return releases that are live and that a run has not looked at, the longest unseen first."""
    rows = query_rows(store, SIBLINGS, [source_id, site, run_id, most])
    return tuple(Address(row["site"], row["number"], row["url"]) for row in rows)


def needs_further_page(store: Readable, run_id: int) -> bool:
    """Return whether many releases are absent and the listing does not reach down to all of them."""
    row = next(iter(query_rows(store, COVERED, {"run": run_id})))
    few = max(FEW_ABSENT, SHARE_OF_FEW * row["looked_at"])
    return bool(row["absent"] >= min(MANY_ABSENT, few) and row["covered"] < row["absent"])


def count_wanted_siblings(looks: Sequence[RunLook]) -> int:
    """Return how many siblings to look at; none where nothing differs, or enough were looked at.

    A difference needs as many as separate a newsroom's edit from its site's, an absence one that answers.
    Where some differ and others do not, so many are wanted that one correction made to all that differ so
    far is no large share: a small visit looks at neighbours, and they are corrected together.
    """
    good = [look for look in looks if look.was_good]
    if differing := sum(look.may_be_site_wide for look in good):
        answered = sum(look.verdict.is_answered_in_place for look in good)
        wanted = SIBLINGS_TO_COMPARE
        if FEWEST_ALIKE <= differing < answered:
            wanted = max(wanted, int(differing / SHARE_ALIKE) + 1)
        return max(wanted - answered, 0)
    is_absent = any(look.is_new_absence for look in looks)
    return int(is_absent and not any(look.verdict.is_present for look in good))
