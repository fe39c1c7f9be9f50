"""Whether the host and the site were working while a run looked at them. Pure."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from storage.detection import redesign, walls
from storage.detection.controls import (
    ControlAnswer,
    ControlAnswers,
    SiteHealth,
    SiteHealthResult,
    assess_site_health,
)
from storage.detection.inputs import RunObservations
from storage.detection.redesign import RunTally
from storage.models import PostingFinding, PostingState, Role, SiteFinding, Verdict

FEWEST_TROUBLED: Final = 3  # postings, before the host is in trouble and not only a page of it
SHARE_TROUBLED: Final = 0.1  # of the postings looked at
SHARE_BROKEN_RECOVERED: Final = 0.1  # at most so many may read badly where a site is as it was before


def tally_run(run: RunObservations, looks: Iterable[PostingFinding] | None = None) -> RunTally:
    """Return what became of the postings that were live and readable at the look before.

    `looks` are one a posting; by default those of the run.
    """
    good = [finding for finding in (run.findings if looks is None else looks) if was_good(run, finding)]
    sound = [finding for finding in good if not finding.is_damaged]
    counts = Counter(finding.verdict for finding in sound)
    return RunTally(
        answered=sum(finding.verdict.is_answered_in_place for finding in sound),
        unreadable=counts[Verdict.UNREADABLE],
        soft_gone=counts[Verdict.SOFT_GONE],
        gutted=sum(finding.verdict is Verdict.LIVE and _is_gutted(run, finding) for finding in good),
        intact=sum(finding.verdict.is_present and not _is_gutted(run, finding) for finding in sound),
    )


def list_newest_answers(run: RunObservations) -> list[PostingFinding]:
    """Return the last answer of each posting that waits in quarantine or was looked at in this run."""
    answers = [one for one in (*run.held, *run.findings) if is_answer(one)]
    return list({one.posting_id: one for one in answers}.values())


def list_unobserved(run: RunObservations) -> tuple[int, ...]:
    """Return which looks that waited read badly and show what ailed the site, not their posting.

    All but a plain "not found" of a posting that was still absent afterwards: what ails a site in quarantine
    is mostly that it answers with something else.
    """
    is_bad: dict[int, bool] = {}
    for one in (*run.findings, *run.later):
        if is_answer(one):
            is_bad.setdefault(one.posting_id, not reads_well(run, one))
    unobserved = []
    for one in reversed(run.held):
        if not is_answer(one):
            continue
        is_bad[one.posting_id] = not reads_well(run, one) and is_bad.get(one.posting_id, False)
        is_shown = is_bad[one.posting_id] and one.verdict is Verdict.GONE
        if not is_shown and not reads_well(run, one):
            unobserved.append(one.id)
    return tuple(unobserved)


def has_recovered(tally: RunTally) -> bool:
    """Return whether a quarantined site reads as it did before: the same postings, the same parser."""
    if tally.answered < redesign.FEWEST and (tally.broken or not tally.answered):
        return False
    broken = tally.misread if tally.intact else tally.broken  # as in redesign.py
    return broken <= SHARE_BROKEN_RECOVERED * tally.answered


def find_trouble(run: RunObservations) -> str:
    """Return why no posting's state changes in this run, in a few words; empty where all is well."""
    refusals = [one.verdict for one in run.findings if one.verdict.is_refusal and not one.is_refused_alone]
    refusals += [one.verdict for one in run.site_findings if one.verdict.is_refusal]
    if refusal := next(iter(refusals), None):
        return f"the host refused us ({refusal})"
    if any(map(_is_troubled, run.site_findings)):
        return "list or control in trouble"
    troubled = sum(map(_is_troubled, run.findings))
    needed = max(FEWEST_TROUBLED, SHARE_TROUBLED * len(run.findings))
    return "the host is in trouble" if troubled >= needed else ""


def check_site_health(run: RunObservations, absent: PostingFinding) -> SiteHealthResult:
    """Return whether an absence may be believed, from the control looks of its run.

    Behind a wall it is never confirmed, however well the rest of the site seems to work.
    """
    never_existing = [_answer_of(one) for one in run.site_findings if one.role is Role.CONTROL]
    controls = ControlAnswers(
        front_page=_find_front_page(run),
        sibling=_find_sibling(run, absent),
        never_existing=never_existing[-1] if never_existing else None,
    )
    site = assess_site_health(_answer_of(absent), controls)
    wall = walls.explain_wall(run.recent_failures)
    is_hidden = wall and site.health is not SiteHealth.NOT_WELL
    return SiteHealthResult(SiteHealth.UNKNOWN, wall) if is_hidden else site


def was_good(run: RunObservations, finding: PostingFinding) -> bool:
    """Return whether a posting was live and readable at the look before."""
    before = run.postings[finding.posting_id]
    return before.status.state is PostingState.LIVE and before.is_readable


def is_answer(finding: PostingFinding) -> bool:
    """Return whether a look shows what its address has: present, absent, or a page that cannot be read."""
    is_clear = finding.verdict.is_answer or finding.verdict is Verdict.UNREADABLE
    return is_clear and not finding.is_damaged


def reads_well(run: RunObservations, finding: PostingFinding) -> bool:
    """Return whether a look found its posting with most of the text that it had."""
    return finding.verdict.is_present and not _is_gutted(run, finding)


def reads_as_before(run: RunObservations, finding: PostingFinding) -> bool:
    """Return whether a look found its posting in the markup that it had, and was read by the same parser."""
    before, after = run.postings[finding.posting_id].fields, finding.fields
    if not reads_well(run, finding):
        return False
    if before is None or after is None:
        return True  # the same text
    return (before.parser, before.design) == (after.parser, after.design)


def _is_gutted(run: RunObservations, finding: PostingFinding) -> bool:
    before = run.postings[finding.posting_id].fields
    return bool(before and finding.fields and redesign.has_lost_most_text(before, finding.fields))


def _is_troubled(finding: PostingFinding | SiteFinding) -> bool:
    return finding.verdict.is_trouble or finding.is_damaged


def _find_front_page(run: RunObservations) -> ControlAnswer | None:
    """Return how the listing answered, or the feed where there is none; an empty one is no good answer."""
    lists = [one for one in run.site_findings if one.role is Role.LISTING]
    lists = lists or [one for one in run.site_findings if one.role is Role.FEED]
    if not lists:
        return None
    filled = [one for one in lists if one.entries]
    return _answer_of(filled[-1]) if filled else ControlAnswer(Verdict.UNREADABLE, lists[-1].status)


def _find_sibling(run: RunObservations, absent: PostingFinding) -> ControlAnswer | None:
    """Return how another good posting answered: one that is present, if any is; a failure is no answer.

    While pages of the site fail, one that answered before the absence may have met a host that was still
    well: it counts only where no page failed after the absence.
    """
    failed_at = max((one.at for one in run.findings if _is_troubled(one)), default=None)
    others = [
        finding
        for finding in run.findings
        if finding.posting_id != absent.posting_id
        and was_good(run, finding)
        and not (finding.verdict.is_refusal or _is_troubled(finding))
        and (failed_at is None or failed_at < absent.at or finding.at > absent.at)
    ]
    present = [finding for finding in others if finding.verdict.is_present]
    if run.is_replayed:  # those that read as ever did not wait, so the rest says nothing of the site
        others = []
    return next(map(_answer_of, reversed(present or others)), None)


def _answer_of(finding: PostingFinding | SiteFinding) -> ControlAnswer:
    return ControlAnswer(finding.verdict, finding.status, finding.answer_digest)
