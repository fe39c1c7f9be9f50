"""Hosts that take another name: one event for the site, and neither edits nor removals. Pure."""

from collections import defaultdict
from typing import Final
from urllib.parse import urlsplit

from storage.detection.inputs import Case, Told
from storage.models import EventKind, PostingFinding, Verdict

FEWEST: Final = 5  # postings whose address leads to the same article number on one other host
SHARE: Final = 0.5  # of those looked at
SAMPLE: Final = 5
LED: Final = frozenset({Verdict.LIVE, Verdict.UNCHANGED, Verdict.REDIRECTED})

Move = tuple[str, str]  # host before, host since


def moves(case: Case) -> dict[Move, list[PostingFinding]]:
    """Return the hosts that a run was sent on to, posting by posting, and the looks that show it.

    Both hosts may be one site by the alias table (then the postings answer there) or not (then the redirect
    was not followed, and the source needs its new address).
    """
    led: dict[Move, list[PostingFinding]] = defaultdict(list)
    for one in case.findings:
        if move := _move(case, one):
            led[move].append(one)
    least = max(FEWEST, SHARE * len(case.findings))
    return {move: found for move, found in led.items() if len(found) >= least}


def told(case: Case, found: dict[Move, list[PostingFinding]]) -> tuple[Told, ...]:
    """Return the events of moves that were not told before."""
    return tuple(_told(case, move, led) for move, led in found.items() if move not in case.moves)


def _move(case: Case, finding: PostingFinding) -> Move | None:
    before, since = case.subjects[finding.posting].standing.address, finding.found
    if since is None or finding.verdict not in LED or before.number is None or before.number != since.number:
        return None
    hosts = urlsplit(before.url).netloc, urlsplit(since.url).netloc
    return hosts if hosts[0] != hosts[1] else None


def _told(case: Case, move: Move, led: list[PostingFinding]) -> Told:
    standings = [case.subjects[one.posting].standing for one in led]
    return Told(
        EventKind.SITE_MOVED,
        led[-1].at,
        last_before_at=max(standing.last_seen_at for standing in standings),
        first_after_at=led[0].at,
        detail={
            "from_host": move[0],
            "to_host": move[1],
            "postings": len(led),
            "sample": [standing.address.url for standing in standings[:SAMPLE]],
        },
    )
