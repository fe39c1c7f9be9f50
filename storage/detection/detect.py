"""What the looks of one run at one source mean: events, new states, a new baseline, or a quarantine. Pure.

The order matters: first whether the run shows a redesign (then nothing of it is believed), then what is
site-wide and no newsroom's edit, and only then what each posting's own answer says. Each posting's state,
removals included, is decided in posting_state.py.

`detail` of the events, JSON values; what is empty is left out:

- suspected, removed: `looks`, `verdict`, `answer`, `led_to`, `controls` (in words);
  removed also `still_live` (addresses);
- cleared, returned: `last_seen_at`, `first_absent_at`, `looks`; returned also what edits have;
- edited: `edit_kinds` (ranked), `coarse`, `dates`, `contents`, `edited_copies`, `all_copies`; where others
  were edited in the same words, `shared_postings` (how many, with this one) and `shared_with` (addresses);
- moved, renamed: `from_url`, `to_url`; unlisted: `looks`, `answered_at`; relisted: nothing;
- site_changed: `postings`, `fields`, `sample` (addresses), `passages` (how many); each posting has a hidden
  `baselined` with its own words and `site_change`, the id of that event, by which both are shown together;
- mass_absence, mass_removal: `absent`, `known`, `reason`, `sample` (addresses);
- site_moved: `from_host`, `to_host`, `postings`, `sample`; quarantined: `reason`, `broken`, `answered`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from storage.detection import host_moves, mass_absence, posting_state, redesign, run_health, site_wide
from storage.detection.controls import SiteHealth, SiteHealthResult
from storage.detection.edit_details import describe_edit
from storage.detection.inputs import DetectionResult, RunObservations
from storage.detection.listed_entries import advance_listed_postings
from storage.detection.mass_absence import MassAbsenceStep
from storage.detection.redesign import Quarantine
from storage.detection.shared_passages import SharedPassage
from storage.detection.site_wide import PostingEdit, SeparatedEdits, SiteChange
from storage.diff import changes
from storage.models import (
    Change,
    DetectedEvent,
    EventKind,
    Fields,
    PostingFinding,
    PostingState,
    PostingStatus,
    Verdict,
)

InterpretedLook = tuple[PostingFinding, SiteHealthResult]  # what a look shows of its posting, and of its site
UNKNOWN_HEALTH = SiteHealthResult(SiteHealth.UNKNOWN)


def detect_changes(run: RunObservations) -> DetectionResult:
    """Return what the looks of one run mean."""
    tally = run_health.tally_run(run)
    quarantine = redesign.detect_redesign(tally)
    if run.is_replayed:
        return _compare_with_known(run)
    if quarantine and not run.is_quarantined:
        event = _report_quarantine(run, quarantine)
        on_hold = _compare_readable(run)
        return replace(on_hold, events=(event, *on_hold.events), quarantine=quarantine)
    if not run.is_quarantined:
        return _compare_with_known(run)
    if not run_health.has_recovered(run_health.tally_run(run, run_health.list_newest_answers(run))):
        return _compare_readable(run)
    unobserved = run_health.list_unobserved(run)
    return replace(_compare_with_known(run), is_recovered=True, unobserved_ids=unobserved)


def is_same_story(one: Fields, other: Fields) -> bool:
    """Return whether two readings are of one story: the same text, or the same title over most of it."""
    hashes = [changes.compute_content_hash(each.title, each.paragraphs) for each in (one, other)]
    return hashes[0] == hashes[1] or (
        changes.have_same_title(one.title, other.title) and not redesign.has_lost_most_text(one, other)
    )


def _compare_readable(run: RunObservations) -> DetectionResult:
    """Return what a run in quarantine shows of the postings that read as before; all else waits, lists too.

    A posting of which a readable look waits already goes on waiting, so that its texts keep their order.
    """
    waiting = {one.posting_id for one in run.held if run_health.reads_well(run, one)}
    compared = [
        one for one in run.findings if one.posting_id not in waiting and run_health.reads_as_before(run, one)
    ]
    seen = {one.posting_id for one in compared}
    part = replace(run, findings=tuple(compared), site_findings=(), mass_absence=None)
    return replace(
        _compare_with_known(part),
        is_on_hold=True,
        held_ids=tuple(one.id for one in run.findings if one.posting_id not in seen),
        unobserved_ids=tuple(one.id for one in run.held if one.posting_id in seen),
    )


def _compare_with_known(run: RunObservations) -> DetectionResult:
    trouble = run_health.find_trouble(run)
    revised = [finding for finding in run.findings if _is_revised(run, finding)]
    separated = _separate_edits(run, revised)
    edits = {int(edit.posting): edit.changes for edit in separated.edits}
    shared = _describe_shared_edits(run, separated)
    moves = host_moves.find_host_moves(run)
    events = list(host_moves.report_host_moves(run, moves))
    events += _report_site_change(run, revised, separated.site_change)
    statuses, unlisted = advance_listed_postings(run, trouble)
    seen = _interpret_looks(run, trouble, moves)
    absent = [] if trouble else [finding for finding in run.findings if seen[finding.id][0].verdict.is_gone]
    step = MassAbsenceStep() if trouble else mass_absence.follow_mass_absence(run, absent)
    mass = step.mass
    listed = mass_absence.explain_listed_absences(run, absent)
    posting_events: list[DetectedEvent] = []
    statuses |= _mark_earlier_suspects(run, step, statuses)
    for finding in run.findings:
        before = statuses.get(finding.posting_id, run.postings[finding.posting_id].status)
        (look, site), policy = seen[finding.id], run.policy
        if step.over and look.verdict.is_gone:
            before = mass_absence.restart_absence(before)
        is_member = finding.posting_id in step.members
        if mass and is_member and look.verdict.is_gone:
            site, policy = mass_absence.assess_absence(run, mass, finding)
        elif mass and before.absence and site.health is not SiteHealth.WELL:
            site = replace(site, health=SiteHealth.NOT_WELL)  # it shows nothing of what was absent before
        elif finding.posting_id in listed and site.health is SiteHealth.WELL:
            site = SiteHealthResult(SiteHealth.UNKNOWN, listed[finding.posting_id])
        after, new = posting_state.advance_by_look(before, look, site, policy)
        after = replace(after, is_in_mass_absence=_belongs_to_mass(after, before, is_member=is_member))
        statuses[finding.posting_id] = _update_host(after, finding)
        changed = edits.get(finding.posting_id, ()), shared.get(finding.posting_id, {})
        posting_events += _report_posting(run, finding, new, changed)
    of_members = [event for event in posting_events if event.posting_id in step.members]
    mass, above = mass_absence.report_mass_absence(
        run, mass, [one for one in absent if one.posting_id in step.members], of_members
    )
    return DetectionResult(
        events=(*events, *above, *posting_events, *unlisted),
        mass_absence=mass,
        is_mass_over=step.over is not None,
        statuses={key: after for key, after in statuses.items() if after != run.postings[key].status},
        readable=_list_readable(run),
        revised_ids=tuple(finding.id for finding in revised),
        site_passages=_list_site_passages(separated.site_change),
        edited_passages=_list_edited_passages(run, separated),
        site_parts={int(posting): part for posting, part in separated.site_parts.items()},
    )


def _interpret_looks(
    run: RunObservations, trouble: str, moves: host_moves.HostMoves
) -> dict[int, InterpretedLook]:
    """Return by finding what its look shows of its posting."""
    moved = {finding.id for found in moves.values() for finding in found}
    return {
        finding.id: _interpret_look(run, finding, trouble, is_host_moved=finding.id in moved)
        for finding in run.findings
    }


def _mark_earlier_suspects(
    run: RunObservations, step: MassAbsenceStep, statuses: Mapping[int, PostingStatus]
) -> dict[int, PostingStatus]:
    """Return the statuses of what earlier runs suspected, where it belongs to what begins in this one."""
    if step.mass is None or run.mass_absence is not None:
        return {}
    return {
        key: replace(statuses.get(key, run.postings[key].status), is_in_mass_absence=True)
        for key in mass_absence.list_open_suspects(run) & step.members
    }


def _belongs_to_mass(after: PostingStatus, before: PostingStatus, *, is_member: bool) -> bool:
    return after.state is PostingState.SUSPECT and (is_member or before.is_in_mass_absence)


def _separate_edits(run: RunObservations, revised: Iterable[PostingFinding]) -> SeparatedEdits:
    """Return the edits without what is site-wide, as this run shows it or the last days do."""
    compared = sum(finding.verdict.is_present for finding in run.findings)
    separated = site_wide.separate_edits(_list_edits(run, revised), compared, run.known_passages)
    if run.recent_edits is None:
        return separated
    return site_wide.separate_gradual_edits(separated, compared, run.recent_edits)


def _list_readable(run: RunObservations) -> dict[int, bool]:
    """Return by posting whether its answer could be read; answers that show nothing of that are left out."""
    return {
        finding.posting_id: finding.verdict.is_present
        for finding in run.findings
        if (finding.verdict.is_present or finding.verdict is Verdict.UNREADABLE) and not finding.is_damaged
    }


def _list_site_passages(change: SiteChange | None) -> tuple[SharedPassage, ...]:
    return tuple(passage for passage in change.passages if passage.is_kept_for_later) if change else ()


def _list_edited_passages(
    run: RunObservations, separated: SeparatedEdits
) -> dict[int, frozenset[SharedPassage]]:
    if not run.recent_edits:
        return {}
    return {int(edit.posting): site_wide.list_kept_passages(edit) for edit in separated.edits}


def _is_revised(run: RunObservations, finding: PostingFinding) -> bool:
    posting = run.postings[finding.posting_id]
    if finding.verdict is not Verdict.LIVE or finding.fields is None or posting.fields is None:
        return False
    known = [one for one in (posting.fields, posting.later_fields) if one is not None]
    return all(changes.list_changes(one, finding.fields) for one in known)


def _list_edits(run: RunObservations, revised: Iterable[PostingFinding]) -> list[PostingEdit]:
    """Return the changes of texts that one parser read both times; another parser's are no edits."""
    found = []
    for finding in revised:
        before = run.postings[finding.posting_id].fields
        if before and finding.fields and before.parser == finding.fields.parser:
            changed = changes.list_changes(before, finding.fields)
            found.append(PostingEdit(str(finding.posting_id), changed))
    return found


def _interpret_look(
    run: RunObservations, finding: PostingFinding, trouble: str, *, is_host_moved: bool
) -> InterpretedLook:
    """Return what a look shows of its posting; one that shows nothing is called unreachable."""
    posting = run.postings[finding.posting_id]
    nothing = replace(finding, verdict=Verdict.UNREACHABLE), UNKNOWN_HEALTH
    if finding.verdict.is_present:
        return finding, UNKNOWN_HEALTH
    if finding.verdict is Verdict.REDIRECTED:
        if is_host_moved or finding.found_address is None or finding.fields is None:
            return nothing
        if posting.fields and is_same_story(posting.fields, finding.fields):
            return finding, UNKNOWN_HEALTH
        if finding.found_address.site != posting.status.address.site:
            return nothing
        return _interpret_absence(run, replace(finding, verdict=Verdict.SOFT_GONE), trouble)
    return _interpret_absence(run, finding, trouble) if finding.verdict.is_gone else nothing


def _interpret_absence(run: RunObservations, finding: PostingFinding, trouble: str) -> InterpretedLook:
    if trouble:
        return finding, SiteHealthResult(SiteHealth.NOT_WELL, trouble)
    if address := run.postings[finding.posting_id].reposted_address:
        return replace(finding, verdict=Verdict.REDIRECTED, found_address=address), UNKNOWN_HEALTH
    site = run_health.check_site_health(run, finding)
    if run.is_replayed and site.health is SiteHealth.WELL:
        site = SiteHealthResult(SiteHealth.UNKNOWN, "the newsroom was in quarantine")
    return finding, site


def _update_host(status: PostingStatus, finding: PostingFinding) -> PostingStatus:
    """Return the status at the host where it was met: another name of the same site is no new address."""
    found, own = finding.found_address, status.address
    if not finding.verdict.is_present or found is None or found.key != own.key:
        return status
    is_other_host = urlsplit(found.url).netloc != urlsplit(own.url).netloc
    return replace(status, address=found) if is_other_host else status


def _report_posting(
    run: RunObservations,
    finding: PostingFinding,
    events: Iterable[DetectedEvent],
    edit: tuple[tuple[Change, ...], Mapping[str, object]],
) -> Iterator[DetectedEvent]:
    """Yield the events of a posting; what changed while it was absent is reported with its return.

    `edit` are its changes, and what is said of other postings with the same.
    """
    before = run.postings[finding.posting_id]
    changed, detail = edit
    if changed and before.fields and finding.fields:
        detail = {**describe_edit(changed, before.fields, finding.fields), **detail}
    is_reported = not changed
    for event in events:
        one = _attribute_event(event, finding)
        if event.kind is EventKind.RETURNED:
            one = replace(one, changes=changed, detail={**one.detail, **detail})
            is_reported = True
        yield one
    if not is_reported:
        between = before.status.last_seen_at, finding.at
        edited = DetectedEvent(EventKind.EDITED, finding.at, *between, changes=changed, detail=detail)
        yield _attribute_event(edited, finding)


def _describe_shared_edits(
    run: RunObservations, separated: SeparatedEdits
) -> dict[int, Mapping[str, object]]:
    """Return by posting what its edit's detail says of the others that were edited in the same words."""
    urls = {str(key): posting.status.address.url for key, posting in run.postings.items()}
    return {
        int(posting): {
            "shared_postings": len(others) + 1,
            "shared_with": sorted(urls[other] for other in others)[: site_wide.SAMPLE],
        }
        for posting, others in separated.shared_with.items()
    }


def _attribute_event(event: DetectedEvent, finding: PostingFinding) -> DetectedEvent:
    """Return an event with its posting and the look that showed it; empty details are left out."""
    detail = {name: value for name, value in event.detail.items() if value is not None}
    return replace(event, posting_id=finding.posting_id, finding_id=finding.id, detail=detail)


def _report_site_change(
    run: RunObservations, revised: list[PostingFinding], change: SiteChange | None
) -> list[DetectedEvent]:
    if change is None:
        return []
    urls = {str(key): posting.status.address.url for key, posting in run.postings.items()}
    detail = {
        "postings": change.postings,
        "fields": sorted({passage.field for passage in change.passages}),
        "passages": len(change.passages),
        "sample": [urls[posting] for posting in change.sample if posting in urls],
    }
    return [_make_site_event(EventKind.SITE_CHANGED, run, revised, detail)]


def _report_quarantine(run: RunObservations, quarantine: Quarantine) -> DetectedEvent:
    detail = {
        "reason": quarantine.reason,
        "broken": quarantine.broken,
        "answered": quarantine.answered,
    }
    return _make_site_event(EventKind.QUARANTINED, run, run.findings, detail)


def _make_site_event(
    kind: EventKind,
    run: RunObservations,
    findings: Sequence[PostingFinding],
    detail: Mapping[str, object],
) -> DetectedEvent:
    first, last = findings[0].at, findings[-1].at
    last_seen = max(run.postings[finding.posting_id].status.last_seen_at for finding in findings)
    return DetectedEvent(kind, last, min(last_seen, first), first, detail=detail)
