"""Many releases absent at once: a purge, or a site that broke. Pure.

Both look alike at first: half of the addresses answer "not found" while the rest is as ever. A botched deploy
still names its stories in its lists, and mends itself; a purge takes them off the lists, and lasts. So the
postings are suspected at once, with one alarm, and none is removed before lists and siblings have borne it
out at the policy's looks and over twelve times its span. Nothing counts while a list names one of them.

Where most are back, and the rest are too few to begin one, the site was broken: a mass absence is over. The
absence of the few that stay away begins anew, since looks at a broken site show nothing of them.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from storage.detection import run_health
from storage.detection.controls import SiteHealth, SiteHealthResult
from storage.detection.inputs import PreviousPosting, RunObservations
from storage.detection.listed_entries import find_named_postings
from storage.models import (
    DetectedEvent,
    EventKind,
    MassAbsence,
    PostingFinding,
    PostingState,
    PostingStatus,
    RemovalPolicy,
    Role,
)

FEWEST: Final = 5  # postings that were known-good and are absent
SHARE: Final = 0.1  # of the known-good postings that answered
FEWEST_OF_ALL: Final = 2  # where not one known-good posting is left
FEW: Final = 3  # absent together: no alarm, but not one of them is removed while lists name it
SHARE_OF_FEW: Final = 0.1  # of the postings that answered
SPANS: Final = 12  # of the policy, before one is removed: three days where it asks for six hours
FEWEST_SURVIVORS: Final = 2  # named by a list, before it shows where all of them end
SMALL_PART: Final = (
    2  # a run that looks at less than one of so many open postings sees a part of the newsroom
)
SAMPLE: Final = 5
WINDOW: Final = timedelta(days=7)  # suspicions that began longer before are no part of what begins now


@dataclass(frozen=True, slots=True)
class MassAbsenceStep:
    """What one run makes of a newsroom's mass absence."""

    mass: MassAbsence | None = None  # begins, or goes on
    over: MassAbsence | None = None  # ends, since most postings are back
    members: frozenset[int] = frozenset()  # postings


def follow_mass_absence(run: RunObservations, absent: Sequence[PostingFinding]) -> MassAbsenceStep:
    """Return what a run makes of the mass absence that is open, or whether it begins one.

    `absent` are the looks that did not find their posting, in whatever way.
    """
    mass = run.mass_absence or _begin_mass_absence(run, absent)
    if mass is None:
        return MassAbsenceStep()
    members = {key for key in _list_members(run, absent) if not _began_before(run.postings[key].status, mass)}
    if _is_over(run, mass, members):
        return MassAbsenceStep(over=mass)
    mass = replace(mass, absent=max(mass.absent, len(members)))
    return MassAbsenceStep(_count_run(run, mass, members) if members else mass, members=frozenset(members))


def restart_absence(status: PostingStatus) -> PostingStatus:
    """Return the status of one that stays away where a mass absence ends: what began in it begins anew."""
    is_member = status.is_in_mass_absence and status.state is PostingState.SUSPECT
    return replace(status, absence=None) if is_member else status


def list_open_suspects(run: RunObservations) -> frozenset[int]:
    """Return the postings that other runs of the last days suspected, and that this one did not find."""
    present = {one.posting_id for one in run.findings if one.verdict.is_present}
    since = _end_of(run) - WINDOW
    return frozenset(
        key
        for key, posting in run.postings.items()
        if posting.status.state is PostingState.SUSPECT
        and posting.status.absence is not None
        and posting.status.absence.first_at >= since
        and key not in present
    )


def explain_listed_absences(run: RunObservations, absent: Sequence[PostingFinding]) -> dict[int, str]:
    """Return by posting why its absence is not confirmed: lists name it, and others are absent with it.

    In a newsroom of nine, a broken site hits fewer than make a mass absence. And of those that were absent
    with many, the last few are not removed while lists name them.
    """
    if not absent:
        return {}
    absences = {one.posting_id for one in absent if not run.postings[one.posting_id].status.state.is_closed}
    answered = sum(one.verdict.is_answer for one in run.findings)
    together = absences | list_open_suspects(run)
    is_few_of_run = len(absences) >= max(FEW, SHARE_OF_FEW * answered)
    is_few_of_all = len(together) >= max(FEW, SHARE_OF_FEW * run.open_postings) and run.open_postings
    if not (is_few_of_run or is_few_of_all):
        absences = {key for key in absences if run.postings[key].status.is_in_mass_absence}
    hit, known = (len(absences), answered) if is_few_of_run else (len(together), run.open_postings)
    named = _find_named(run)
    why = f"{hit} of {known} releases are absent, and the site's lists still name this one"
    return {key: why for key in absences if named.get(key)}


def is_ripe(run: RunObservations, mass: MassAbsence) -> bool:
    """Return whether this run counts, and enough before it did, so that postings may be removed."""
    first, last = mass.counted_first_at, mass.counted_last_at
    if first is None or last is None or last != _end_of(run) or mass.counted_looks < run.policy.looks:
        return False
    return last - first >= run.policy.span * SPANS


def assess_absence(
    run: RunObservations, mass: MassAbsence, absent: PostingFinding
) -> tuple[SiteHealthResult, RemovalPolicy]:
    """Return whether one of many absences may be believed, and how much of it makes a removal."""
    policy = replace(run.policy, span=run.policy.span * SPANS)
    site = run_health.check_site_health(run, absent)
    if site.health is SiteHealth.WELL and is_ripe(run, mass):
        return site, policy
    why = mass.reason if site.health is SiteHealth.WELL else site.evidence
    evidence = f"{describe_mass_absence(mass)}: {why}"
    return SiteHealthResult(SiteHealth.UNKNOWN, evidence), policy


def report_mass_absence(
    run: RunObservations,
    mass: MassAbsence | None,
    absent: Sequence[PostingFinding],
    posting_events: Sequence[DetectedEvent],
) -> tuple[MassAbsence | None, tuple[DetectedEvent, ...]]:
    """Return a mass absence as it is to be saved, and its own event where it begins or removes the first.

    `absent` and `posting_events` are those of its members.
    """
    if mass is None:
        return None, ()
    removed = [
        event.posting_id for event in posting_events if event.kind is EventKind.REMOVED and event.posting_id
    ]
    if removed and not mass.is_removal_reported:
        reported = replace(mass, is_removal_reported=True)
        return reported, (_report_removal(run, mass, removed),)
    if run.mass_absence is None:
        return mass, (_report_beginning(run, mass, absent),)
    return mass, ()


def _report_beginning(
    run: RunObservations, mass: MassAbsence, absent: Sequence[PostingFinding]
) -> DetectedEvent:
    """Return the event of a mass absence that begins: the alarm above its suspicions."""
    return _make_event(run, EventKind.MASS_ABSENCE, mass, [one.posting_id for one in absent])


def _report_removal(run: RunObservations, mass: MassAbsence, removed: Sequence[int]) -> DetectedEvent:
    """Return the event above the first removals of a mass absence."""
    return _make_event(run, EventKind.MASS_REMOVAL, mass, removed)


def describe_mass_absence(mass: MassAbsence) -> str:
    """Return how many of how many releases are absent, in words."""
    return f"{mass.absent} of {mass.known} known releases are absent at once"


def _begin_mass_absence(run: RunObservations, absent: Sequence[PostingFinding]) -> MassAbsence | None:
    ids = {one.id for one in absent}
    good = [one for one in run.findings if run_health.was_good(run, one)]
    answered = [one for one in good if one.verdict.is_answered_in_place or one.id in ids]
    fresh = [one for one in good if one.id in ids]
    # Of a run in quarantine only what could not be compared has waited: the others are not here.
    known = max(len(answered), run.open_postings) if run.is_replayed else len(answered)
    if _is_mass(len(fresh), known):
        return MassAbsence(fresh[0].at, len(fresh), known)
    return _begin_over_runs(run, fresh) if fresh else None


def _is_mass(absent: int, known: int) -> bool:
    return absent >= max(FEWEST, SHARE * known) or absent == known >= FEWEST_OF_ALL


def _is_over(run: RunObservations, mass: MassAbsence, members: Collection[int]) -> bool:
    is_running = run.mass_absence is not None and not mass.is_removal_reported
    are_most_back = 2 * len(members) < mass.absent and not _is_mass(len(members), mass.known)
    return is_running and are_most_back


def _began_before(status: PostingStatus, mass: MassAbsence) -> bool:
    """Return whether an absence is older than the mass absence, and so no part of what broke."""
    return status.absence is not None and status.absence.first_at < mass.since_at


def _begin_over_runs(run: RunObservations, fresh: Sequence[PostingFinding]) -> MassAbsence | None:
    """Return the mass absence that small runs show only together: each looks at a few postings."""
    if not _is_small_part(run):
        return None
    suspects = list_open_suspects(run)
    members = suspects | {one.posting_id for one in fresh}
    if len(members) < max(FEWEST, SHARE * run.open_postings):
        return None
    since = [one.first_at for key in suspects if (one := run.postings[key].status.absence) is not None]
    return MassAbsence(min([fresh[0].at, *since]), len(members), run.open_postings)


def _list_members(run: RunObservations, absent: Sequence[PostingFinding]) -> set[int]:
    """Return the postings that are absent together: those of this run, and those that are not back yet.

    A single one that a look at most of the newsroom meets later has reasons of its own.
    """
    looked_at = {one.posting_id for one in run.findings if one.verdict.is_present}
    waiting = {
        key
        for key, posting in run.postings.items()
        if posting.status.is_in_mass_absence and posting.status.state is PostingState.SUSPECT
    }
    if run.mass_absence is None and _is_small_part(run):
        waiting |= list_open_suspects(run)
    open_now = {one.posting_id for one in absent if not run.postings[one.posting_id].status.state.is_closed}
    if run.mass_absence is not None and not _is_small_part(run):
        fresh = {one.posting_id for one in absent if run_health.was_good(run, one)}
        answered = sum(one.verdict.is_answer for one in run.findings)
        open_now &= waiting | (fresh if _is_mass(len(fresh), answered) else set())
    return (waiting - looked_at) | open_now


def _is_small_part(run: RunObservations) -> bool:
    return sum(one.verdict.is_answer for one in run.findings) * SMALL_PART < run.open_postings


def _count_run(run: RunObservations, mass: MassAbsence, members: Collection[int]) -> MassAbsence:
    """Return the mass absence with what this run's lists and siblings say of it."""
    if run.is_replayed:
        return replace(mass, reason="the newsroom was in quarantine")
    named = _find_named(run)
    if still := sum(named.get(key) is True for key in members):
        reason = f"the site's lists still name {still} of the {len(members)}"
        return replace(mass, reason=reason, counted_looks=0, counted_first_at=None, counted_last_at=None)
    if run.is_feed_only or not _is_covered(run, named, members):
        return replace(mass, reason="no list that was read reaches down to half of their places")
    if not _has_intact_sibling(run):
        return replace(mass, reason="no other release answered as it did before")
    at = _end_of(run)
    first = mass.counted_first_at or at
    reason = f"its lists name none of them since {first:%Y-%m-%d %H:%M} UTC; removals take longer to confirm"
    return replace(
        mass,
        reason=reason,
        counted_looks=mass.counted_looks + 1,
        counted_first_at=first,
        counted_last_at=at,
    )


def _find_named(run: RunObservations) -> dict[int, bool | None]:
    """Return by posting whether lists or the site map name it; None where they show nothing about it.

    A site map that does not name the newest release of the lists is stale, and shows nothing.
    """
    named = find_named_postings(run)
    mapped = {
        (entry.address.site, entry.address.key)
        for one in run.site_findings
        if one.role is Role.SITEMAP
        for entry in one.entries
    }
    live = [key for key, is_named in named.items() if is_named]
    newest = max(live, key=lambda key: _order_of(run.postings[key]), default=None)
    keys = {key: (one.status.address.site, one.status.address.key) for key, one in run.postings.items()}
    if newest is not None and keys[newest] not in mapped:
        return named
    return {key: True if keys[key] in mapped else is_named for key, is_named in named.items()}


def _order_of(posting: PreviousPosting) -> tuple[str, int]:
    """Return by what postings are ordered: their day, then their number."""
    number = posting.status.address.number or ""
    return str(posting.published_on or ""), int(number) if number.isdecimal() else 0


def _is_covered(run: RunObservations, named: dict[int, bool | None], members: Collection[int]) -> bool:
    """Return whether the lists cover the places of half of the postings; one read to its end covers all.

    A list has been read to the end of what we know where it names every posting that is still live.
    """
    survivors = [
        named.get(key)
        for key, posting in run.postings.items()
        if key not in members
        and posting.status.shown_state is PostingState.LIVE
        and posting.status.last_listed_at is not None
    ]
    if len(survivors) >= FEWEST_SURVIVORS and all(survivors):
        return True
    return 2 * sum(named.get(key) is False for key in members) >= len(members)


def _has_intact_sibling(run: RunObservations) -> bool:
    return any(run_health.was_good(run, one) and run_health.reads_as_before(run, one) for one in run.findings)


def _end_of(run: RunObservations) -> datetime:
    return max([one.at for one in run.findings] + [one.at for one in run.site_findings])


def _make_event(
    run: RunObservations, kind: EventKind, mass: MassAbsence, ids: Sequence[int]
) -> DetectedEvent:
    statuses = [run.postings[key].status for key in ids]
    return DetectedEvent(
        kind,
        _end_of(run),
        last_before_at=max(status.last_seen_at for status in statuses),
        first_after_at=mass.since_at,
        detail={
            "absent": mass.absent,
            "known": mass.known,
            "reason": mass.reason,
            "sample": [status.address.url for status in statuses[:SAMPLE]],
        },
    )
