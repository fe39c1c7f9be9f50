"""What one more look makes of a posting: (standing, look, policy) -> (new standing, events). Pure.

A claim of removal needs several absent looks over a span and, at the look that confirms it, proof that the
site itself is well. Blocked, throttled, broken and unreachable looks say nothing about a posting and change
nothing. Whether a posting is listed is a second question beside its state: an unlisted posting still answers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from urllib.parse import unquote, urlsplit

from storage.detection.controls import SiteHealth
from storage.models import Absence, Address, PostingState, PostingStatus, RemovalPolicy, Verdict

PRESENT = frozenset({Verdict.LIVE, Verdict.UNCHANGED})
ABSENT = frozenset({Verdict.GONE, Verdict.SOFT_GONE})


class Turn(StrEnum):
    """An event in the life of a posting; the values are those of the ledger."""

    SUSPECTED = "suspected"
    CLEARED = "cleared"  # suspected, but it answers again
    REMOVED = "removed"
    RETURNED = "returned"
    MOVED = "moved"
    RENAMED = "renamed"
    UNLISTED = "unlisted"
    RELISTED = "relisted"


Detail = Mapping[str, str | int | None]  # JSON values


@dataclass(frozen=True, slots=True)
class Sighting:
    """One look at a posting's address."""

    at: datetime
    verdict: Verdict
    health: SiteHealth = SiteHealth.NOT_LOOKED
    controls: str = ""  # the control looks in words
    address: Address | None = None  # where the story was met if it answered: as the page names itself


@dataclass(frozen=True, slots=True)
class ListingSight:
    """One look at the newsroom's listing and feed, as far as it concerns one posting."""

    at: datetime
    named: bool  # by the listing or the feed; False only if both cover its place (`unlisting.names`)


@dataclass(frozen=True, slots=True)
class Draft:
    """An event to be written to the ledger."""

    kind: Turn
    at: datetime  # when it was noticed
    last_before_at: datetime | None  # the last look that showed the state before
    first_after_at: datetime  # the first look that showed the state after
    detail: Detail = field(default_factory=dict)


Outcome = tuple[PostingStatus, tuple[Draft, ...]]


def advance(standing: PostingStatus, look: Sighting, policy: RemovalPolicy) -> Outcome:
    """Return what a look at the posting's own address makes of it; the same standing if it tells nothing.

    Looks that are not newer than the last one that counted are ignored, so a repeated look changes nothing.
    Every suspicion is told, and so is its end, exactly once: `cleared`, `removed` or `moved`. An absent look
    while the controls say that the site is not well counts as no look. `returned` follows `removed` only.
    """
    if look.at <= standing.last_look_at:
        return standing, ()
    if _elsewhere(standing, look):
        standing, drafts = _move(standing, look)
    elif look.verdict in PRESENT or (look.verdict is Verdict.REDIRECTED and look.address):
        standing, drafts = _see(standing, look)
    elif look.verdict in ABSENT and look.health is not SiteHealth.NOT_WELL:
        standing, drafts = _miss(standing, look, policy)
    else:
        return standing, ()
    standing, unlisted = _settle_listing(standing, look.at, policy)
    return standing, drafts + unlisted


def advance_listing(standing: PostingStatus, look: ListingSight, policy: RemovalPolicy) -> Outcome:
    """Return what a look at listing and feed makes of a posting.

    `unlisted` needs the policy's looks and span, and that the posting's own address answered after it was
    first missed; a posting that was never listed cannot drop out.
    """
    if standing.last_listed_at is None and not look.named:
        return standing, ()
    last = standing.unlisting.last_at if standing.unlisting else standing.last_listed_at
    if last is not None and look.at <= last:
        return standing, ()
    if not look.named:
        missed = replace(standing, unlisting=_longer(standing.unlisting, look.at))
        return _settle_listing(missed, look.at, policy)
    drafts: tuple[Draft, ...] = ()
    if standing.is_unlisted and standing.unlisting:
        drafts = (Draft(Turn.RELISTED, look.at, standing.unlisting.last_at, look.at),)
    return replace(standing, last_listed_at=look.at, unlisting=None, is_unlisted=False), drafts


def _elsewhere(standing: PostingStatus, look: Sighting) -> bool:
    """Return whether the look was led to the same story at an address of another posting."""
    if look.verdict is not Verdict.REDIRECTED or look.address is None:
        return False
    return (look.address.site, look.address.key) != (standing.address.site, standing.address.key)


def _move(standing: PostingStatus, look: Sighting) -> Outcome:
    target = look.address.url if look.address else None
    moved = replace(standing, last_look_at=look.at, absence=None, moved_to=target)
    if standing.moved_to == target:
        return moved, ()
    first = standing.absence.first_at if standing.absence else look.at
    detail: Detail = {"from_url": standing.moved_to or standing.address.url, "to_url": target}
    return (
        replace(moved, state=PostingState.MOVED, since=look.at),
        (Draft(Turn.MOVED, look.at, standing.last_seen_at, first, detail),),
    )


def _see(standing: PostingStatus, look: Sighting) -> Outcome:
    seen = replace(
        standing,
        state=PostingState.LIVE,
        since=standing.since if standing.state is PostingState.LIVE else look.at,
        last_seen_at=look.at,
        last_look_at=look.at,
        absence=None,
        moved_to=None,
        unlisting=standing.unlisting if _was_in_place(standing) else None,
    )
    seen, renamed = _rename(seen, standing, look)
    return seen, (*_back(standing, look), *renamed)


def _was_in_place(standing: PostingStatus) -> bool:
    """Return whether lists that missed a posting count: not while it was gone, unless that was told."""
    return standing.state is PostingState.LIVE or standing.is_unlisted


def _back(standing: PostingStatus, look: Sighting) -> tuple[Draft, ...]:
    """Return the event of a posting that answers again."""
    if standing.state is PostingState.MOVED:
        detail: Detail = {"from_url": standing.moved_to, "to_url": standing.address.url}
        return (Draft(Turn.MOVED, look.at, standing.last_look_at, look.at, detail),)
    if standing.absence is None:
        return ()
    told: Detail = {
        "last_seen_at": standing.last_seen_at.isoformat(),
        "first_absent_at": standing.absence.first_at.isoformat(),
        "looks": standing.absence.looks,
    }
    if standing.state is PostingState.SUSPECT:
        return (Draft(Turn.CLEARED, look.at, standing.absence.last_at, look.at, told),)
    return (Draft(Turn.RETURNED, look.at, standing.absence.last_at, look.at, told),)


def _rename(seen: PostingStatus, standing: PostingStatus, look: Sighting) -> Outcome:
    """Return the standing under its new address, and the event if the slug is really another one.

    Slugs are cut at 79 characters, may be missing, and one number answers under several paths: only two
    different words after the same number are a new name.
    """
    if look.address is None or look.address.key != standing.address.key:
        return seen, ()
    old, new = _slug(standing.address), _slug(look.address)
    if not new or old.startswith(new):
        return seen, ()
    renamed = replace(seen, address=look.address)
    if new.startswith(old):
        return renamed, ()
    detail: Detail = {"from_url": standing.address.url, "to_url": look.address.url}
    return renamed, (Draft(Turn.RENAMED, look.at, standing.last_seen_at, look.at, detail),)


def _slug(address: Address) -> str:
    """Return the words after the article number, in lower case; empty where there are none."""
    _, found, rest = unquote(urlsplit(address.url).path).partition(f"/{address.number}/")
    return rest.strip("/").lower().removesuffix(".aspx") if found else ""


def _miss(standing: PostingStatus, look: Sighting, policy: RemovalPolicy) -> Outcome:
    missed = replace(standing, last_look_at=look.at)
    if standing.state is PostingState.MOVED:
        return missed, ()  # its story lives elsewhere, under a standing of its own
    absence = _longer(standing.absence, look.at)
    missed = replace(missed, absence=absence)
    drafts: list[Draft] = []
    controls = look.controls or None
    detail: Detail = {"looks": absence.looks, "verdict": look.verdict.value, "controls": controls}
    if standing.state is PostingState.LIVE:
        missed = replace(missed, state=PostingState.SUSPECT, since=look.at)
        drafts.append(Draft(Turn.SUSPECTED, look.at, standing.last_seen_at, absence.first_at, detail))
    if missed.state is PostingState.SUSPECT and look.health is SiteHealth.WELL and _enough(absence, policy):
        missed = replace(missed, state=PostingState.REMOVED, since=look.at)
        drafts.append(Draft(Turn.REMOVED, look.at, standing.last_seen_at, absence.first_at, detail))
    return missed, tuple(drafts)


def _settle_listing(standing: PostingStatus, at: datetime, policy: RemovalPolicy) -> Outcome:
    dropped = standing.unlisting
    if dropped is None or standing.is_unlisted or standing.state is not PostingState.LIVE:
        return standing, ()
    if not _enough(dropped, policy) or standing.last_seen_at < dropped.first_at:
        return standing, ()
    detail: Detail = {"looks": dropped.looks, "answered_at": standing.last_seen_at.isoformat()}
    draft = Draft(Turn.UNLISTED, at, standing.last_listed_at, dropped.first_at, detail)
    return replace(standing, is_unlisted=True), (draft,)


def _longer(absence: Absence | None, at: datetime) -> Absence:
    return Absence(absence.first_at, at, absence.looks + 1) if absence else Absence(at, at, 1)


def _enough(absence: Absence, policy: RemovalPolicy) -> bool:
    return absence.looks >= policy.looks and absence.last_at - absence.first_at >= policy.span
