"""Whether the host and the site were well while a run looked at them. Pure."""

from collections import Counter
from typing import Final

from storage.detection import controls, redesign
from storage.detection.controls import Answer, ControlResult, Controls
from storage.detection.inputs import Case
from storage.detection.posting_state import ABSENT, PRESENT
from storage.detection.redesign import RunTally
from storage.models import PostingFinding, PostingState, Role, SiteFinding, Verdict

REFUSED: Final = frozenset({Verdict.BLOCKED, Verdict.THROTTLED})
SILENT: Final = frozenset({Verdict.SERVER_ERROR, Verdict.UNREACHABLE})
ANSWERED: Final = PRESENT | ABSENT | {Verdict.UNREADABLE}
LEAST: Final = 2  # answers in trouble, before the host is broken and not only a page of it
SHARE: Final = 0.05  # of the postings looked at
RECOVERED: Final = 0.1  # as many may read badly where a site is as it was before


def tallied(case: Case) -> RunTally:
    """Return what became of the postings that were live and readable at the look before."""
    good = [one for one in case.findings if was_good(case, one)]
    counted = Counter(one.verdict for one in good if not one.is_spoiled)
    return RunTally(
        answered=sum(counted[verdict] for verdict in ANSWERED),
        unreadable=counted[Verdict.UNREADABLE],
        soft_gone=counted[Verdict.SOFT_GONE],
        gutted=sum(one.verdict is Verdict.LIVE and _is_gutted(case, one) for one in good),
    )


def is_recovered(tally: RunTally) -> bool:
    """Tell whether a quarantined site reads as it did before: the same postings, the same parser."""
    broken = tally.unreadable + tally.soft_gone + tally.gutted
    return tally.answered >= redesign.FEWEST and broken <= RECOVERED * tally.answered


def trouble(case: Case) -> str:
    """Return why nothing on the host changes its state in this run; empty where all is well."""
    verdicts = [*(one.verdict for one in case.findings), *(one.verdict for one in case.places)]
    if refusal := next((verdict for verdict in verdicts if verdict in REFUSED), None):
        return f"the host refused us ({refusal})"
    if any(_is_troubled(one) for one in case.places):
        return "list or control in trouble"
    broken = sum(map(_is_troubled, case.findings))
    return "the host is in trouble" if broken >= max(LEAST, SHARE * len(case.findings)) else ""


def site_health(case: Case, absent: PostingFinding) -> ControlResult:
    """Return whether an absence may be believed, from the control looks of its run."""
    never = [_answer(one) for one in case.places if one.role is Role.CONTROL]
    looked = Controls(_front(case), _sibling(case, absent), never[-1] if never else None)
    return controls.judge(Answer(absent.verdict, absent.status), looked)


def was_good(case: Case, finding: PostingFinding) -> bool:
    """Tell whether a posting was live and readable at the look before."""
    subject = case.subjects[finding.posting]
    return subject.standing.state is PostingState.LIVE and subject.is_readable


def _is_gutted(case: Case, finding: PostingFinding) -> bool:
    before = case.subjects[finding.posting].text
    return bool(before and finding.text and redesign.gutted(before, finding.text))


def _is_troubled(one: PostingFinding | SiteFinding) -> bool:
    return one.verdict in SILENT or one.is_spoiled


def _front(case: Case) -> Answer | None:
    """Return how the listing answered, or the feed where there is none; an empty one is no good answer."""
    lists = [one for one in case.places if one.role is Role.LISTING]
    lists = lists or [one for one in case.places if one.role is Role.FEED]
    if not lists:
        return None
    filled = [one for one in lists if one.entries]
    return _answer(filled[-1]) if filled else Answer(Verdict.UNREADABLE, lists[-1].status)


def _sibling(case: Case, absent: PostingFinding) -> Answer | None:
    """Return how another known-good posting answered: one that did, if any did."""
    others = [one for one in case.findings if one.posting != absent.posting and was_good(case, one)]
    present = [one for one in others if one.verdict in PRESENT]
    return next(map(_answer, reversed(present or others)), None)


def _answer(one: PostingFinding | SiteFinding) -> Answer:
    return Answer(one.verdict, one.status)
