"""Whether a site itself is well, judged from control looks made beside an absent posting. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from storage.models import Verdict

ANSWERED = frozenset({Verdict.LIVE, Verdict.UNCHANGED})
NO_ARTICLE = frozenset({Verdict.GONE, Verdict.SOFT_GONE, Verdict.REDIRECTED})


class SiteHealth(StrEnum):
    """What the control looks tell about a site."""

    WELL = "well"
    NOT_WELL = "not_well"
    NOT_LOOKED = "not_looked"  # a control is missing: an absence counts, but nothing is confirmed by it


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back from an address, the absent posting's own or a control's."""

    verdict: Verdict
    status: int | None = None  # HTTP; None where no answer came
    digest: str | None = None  # of what the page shows (the article node, else the text); None if unknown


@dataclass(frozen=True, slots=True)
class Controls:
    """The control looks of one moment; None where one was not made."""

    front: Answer | None = None  # the home page or the listing
    sibling: Answer | None = None  # a posting of the same site that answered when it was last looked at
    never: Answer | None = None  # an address of the same shape at which nothing can ever have been


@dataclass(frozen=True, slots=True)
class ControlResult:
    """Whether the site is well, and why one may say so."""

    health: SiteHealth
    words: str  # one line, for the evidence


def judge(absent: Answer, controls: Controls) -> ControlResult:
    """Return whether an absence may be believed.

    The site is well if its front page and a known-good sibling answer, and an address that never existed gets
    no article. It is not well if one of them fails, or if the sibling shows the very page that the absent
    posting or the front shows: a site that gives everything the same answer tells nothing about one posting.
    A newsroom without a second known-good posting cannot confirm an absence.
    """
    front, sibling, never = controls.front, controls.sibling, controls.never
    if front is None or sibling is None or never is None:
        missing = [name for name, one in _named(controls) if one is None]
        return ControlResult(SiteHealth.NOT_LOOKED, f"controls not looked at: {', '.join(missing)}")
    troubles = tuple(_troubles(absent, front, sibling, never))
    if troubles:
        return ControlResult(SiteHealth.NOT_WELL, "; ".join(troubles))
    told = f"front page answered, sibling answered, never-existing address {_compared(absent, never)}"
    return ControlResult(SiteHealth.WELL, told)


def _named(controls: Controls) -> tuple[tuple[str, Answer | None], ...]:
    return (
        ("front page", controls.front),
        ("sibling", controls.sibling),
        ("never-existing address", controls.never),
    )


def _troubles(absent: Answer, front: Answer, sibling: Answer, never: Answer) -> Iterator[str]:
    if front.verdict not in ANSWERED:
        yield f"front page: {front.verdict}"
    if sibling.verdict not in ANSWERED:
        yield f"sibling: {sibling.verdict}"
    if never.verdict not in NO_ARTICLE:
        yield f"never-existing address: {never.verdict}"
    if _same(sibling, absent) or _same(sibling, front) or _same(sibling, never):
        yield "different addresses give the same page"


def _same(one: Answer, other: Answer) -> bool:
    return one.digest is not None and one.digest == other.digest


def _compared(absent: Answer, never: Answer) -> str:
    """Return how the absent posting's answer compares with that of an address that never existed."""
    if _same(absent, never) or (absent.verdict is never.verdict and absent.status == never.status):
        return "gave the same answer"
    return f"gave another answer ({never.status or never.verdict})"
