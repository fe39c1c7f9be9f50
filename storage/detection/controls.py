"""Whether a site itself is working, judged from the control looks made beside an absent posting. Pure.

Without this, a site that is down or being rebuilt would look like a site that removes its releases.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from storage.models import Verdict


class SiteHealth(StrEnum):
    """What the control looks show about a site."""

    WELL = "well"
    NOT_WELL = "not_well"
    UNKNOWN = "unknown"  # a control look is missing: an absence counts, but does not confirm a removal


@dataclass(frozen=True, slots=True)
class ControlAnswer:
    """What came back from an address, the absent posting's own or a control's."""

    verdict: Verdict
    status: int | None = None  # HTTP; None where no answer came
    digest: str | None = None  # of the words of an answer without the article; None where none was made


@dataclass(frozen=True, slots=True)
class ControlAnswers:
    """The control looks of one run; None where one was not made."""

    front_page: ControlAnswer | None = None  # the listing, or the feed where there is no listing
    sibling: ControlAnswer | None = None  # a posting of the same site that could be read the last time
    never_existing: ControlAnswer | None = None  # an address of the same form that never existed


@dataclass(frozen=True, slots=True)
class SiteHealthResult:
    """Whether the site is working, and what shows it."""

    health: SiteHealth
    evidence: str = ""  # one line


def assess_site_health(absent: ControlAnswer, controls: ControlAnswers) -> SiteHealthResult:
    """Return whether an absence may be believed.

    The site is well if its front page and a sibling answer, and an address that never existed gets no
    article. A newsroom without a second readable posting cannot confirm an absence.
    """
    front_page, sibling, never_existing = controls.front_page, controls.sibling, controls.never_existing
    if front_page is None or sibling is None or never_existing is None:
        missing = [name for name, answer in _list_named(controls) if answer is None]
        evidence = f"too little of the site was checked: no look at {', '.join(missing)}"
        return SiteHealthResult(SiteHealth.UNKNOWN, evidence)
    if problems := tuple(_list_problems(front_page, sibling, never_existing)):
        return SiteHealthResult(SiteHealth.NOT_WELL, "; ".join(problems))
    compared = _compare_answers(absent, never_existing)
    evidence = (
        "the rest of the site was working: its list of releases and another release answered, "
        f"an address that never existed {compared}"
    )
    return SiteHealthResult(SiteHealth.WELL, evidence)


def _list_named(controls: ControlAnswers) -> tuple[tuple[str, ControlAnswer | None], ...]:
    return (
        ("its list of releases", controls.front_page),
        ("another release", controls.sibling),
        ("an address that never existed", controls.never_existing),
    )


def _list_problems(
    front_page: ControlAnswer, sibling: ControlAnswer, never_existing: ControlAnswer
) -> Iterator[str]:
    if not front_page.verdict.is_present:
        yield f"its list of releases: {front_page.verdict}"
    if not sibling.verdict.is_present:
        yield f"another release: {sibling.verdict}"
    if not never_existing.verdict.is_absent:
        yield f"an address that never existed: {never_existing.verdict}"


def _compare_answers(absent: ControlAnswer, never_existing: ControlAnswer) -> str:
    """Return how the absent posting's answer compares with that of an address that never existed."""
    status = never_existing.status or never_existing.verdict
    if (absent.verdict, absent.status) != (never_existing.verdict, never_existing.status):
        return f"gave another answer ({status})"
    if absent.digest and never_existing.digest and absent.digest != never_existing.digest:
        return f"gave another page with the same status ({status})"
    return "gave the same answer"
