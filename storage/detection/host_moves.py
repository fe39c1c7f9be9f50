"""Hosts that take another name: one event for the site, and neither edits nor removals. Pure."""

from collections import defaultdict
from typing import Final
from urllib.parse import urlsplit

from storage.detection.inputs import RunObservations
from storage.models import DetectedEvent, EventKind, PostingFinding, Verdict

FEWEST: Final = 5  # postings whose address leads to the same article number on one other host
SHARE: Final = 0.5  # of those looked at
SAMPLE: Final = 5

HostMove = tuple[str, str]  # host before, host since
HostMoves = dict[HostMove, list[PostingFinding]]  # and the looks that show it


def find_host_moves(run: RunObservations) -> HostMoves:
    """Return the hosts that a run was sent on to, posting by posting.

    Both hosts may be one site by the alias table (then the postings answer there) or not (then the redirect
    was not followed, and the source needs its new address).
    """
    found: HostMoves = defaultdict(list)
    for finding in run.findings:
        if move := _find_move(run, finding):
            found[move].append(finding)
    needed = max(FEWEST, SHARE * len(run.findings))
    return {move: findings for move, findings in found.items() if len(findings) >= needed}


def report_host_moves(run: RunObservations, found: HostMoves) -> tuple[DetectedEvent, ...]:
    """Return the events of host moves that no earlier run has reported."""
    return tuple(
        _make_event(run, move, findings)
        for move, findings in found.items()
        if move not in run.reported_host_moves
    )


def _find_move(run: RunObservations, finding: PostingFinding) -> HostMove | None:
    before, since = run.postings[finding.posting_id].status.address, finding.found_address
    if since is None or not (finding.verdict.is_present or finding.verdict is Verdict.REDIRECTED):
        return None
    if before.number is None or before.number != since.number:
        return None
    hosts = urlsplit(before.url).netloc, urlsplit(since.url).netloc
    return hosts if hosts[0] != hosts[1] else None


def _make_event(run: RunObservations, move: HostMove, findings: list[PostingFinding]) -> DetectedEvent:
    statuses = [run.postings[finding.posting_id].status for finding in findings]
    return DetectedEvent(
        EventKind.SITE_MOVED,
        findings[-1].at,
        last_before_at=max(status.last_seen_at for status in statuses),
        first_after_at=findings[0].at,
        detail={
            "from_host": move[0],
            "to_host": move[1],
            "postings": len(findings),
            "sample": [status.address.url for status in statuses[:SAMPLE]],
        },
    )
