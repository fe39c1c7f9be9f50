"""A removal is decided here: what one more look makes of a posting. Pure.

(status, look, policy) -> (new status, events). A removal needs several absent looks over a span of time and,
at the look that confirms it, proof that the rest of the site is working (controls.py). Looks that were
blocked, throttled, damaged or unanswered say nothing about a posting and change nothing. Whether listing and
feed show the posting is kept apart from its state: an unlisted posting still answers at its address.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from urllib.parse import unquote, urlsplit

from storage.detection.controls import SiteHealth, SiteHealthResult
from storage.diff.addresses import is_home_url
from storage.models import (
    Absence,
    Address,
    DetectedEvent,
    EventKind,
    PostingFinding,
    PostingState,
    PostingStatus,
    RemovalPolicy,
    Verdict,
)

Outcome = tuple[PostingStatus, tuple[DetectedEvent, ...]]  # the events do not name their posting yet


def advance_by_look(
    status: PostingStatus, look: PostingFinding, site: SiteHealthResult, policy: RemovalPolicy
) -> Outcome:
    """Return what a look at the posting's own address makes of it; the same status if it shows nothing.

    Looks that are not newer than the last one that counted are ignored, so a repeated look changes nothing.
    Every suspicion is reported, and so is its end, exactly once: `cleared`, `removed` or `moved`. An absent
    look at a site that is not well does not count. `returned` follows `removed` only.
    """
    if look.at <= status.last_look_at:
        return status, ()
    if _is_elsewhere(status, look):
        status, events = _record_move(status, look)
    elif look.verdict.is_present or (look.verdict is Verdict.REDIRECTED and look.found_address):
        status, events = _record_presence(status, look)
    elif look.verdict.is_gone and site.health is not SiteHealth.NOT_WELL:
        status, events = _record_absence(status, look, site, policy)
    else:
        return status, ()
    status, unlisted = _settle_unlisting(status, look.at, policy)
    return status, events + unlisted


def advance_by_lists(
    status: PostingStatus, at: datetime, policy: RemovalPolicy, *, is_named: bool
) -> Outcome:
    """Return what a look at listing and feed makes of a posting.

    `is_named` is False only if the lists cover the posting's place and do not have it (listed_entries.py).
    `unlisted` needs the policy's looks and span, and that the posting's own address answered after the lists
    first lacked it. A posting that was never listed cannot become unlisted.
    """
    if status.last_listed_at is None and not is_named:
        return status, ()
    last = status.unlisting.last_at if status.unlisting else status.last_listed_at
    if last is not None and at <= last:
        return status, ()
    if not is_named:
        missed = replace(status, unlisting=_extend_absence(status.unlisting, at))
        return _settle_unlisting(missed, at, policy)
    events: tuple[DetectedEvent, ...] = ()
    if status.unlisting_reported and status.unlisting:
        events = (DetectedEvent(EventKind.RELISTED, at, status.unlisting.last_at, at),)
    return replace(status, last_listed_at=at, unlisting=None, unlisting_reported=False), events


def _is_elsewhere(status: PostingStatus, look: PostingFinding) -> bool:
    """Return whether the look was redirected to the same story at another posting's address."""
    if look.verdict is not Verdict.REDIRECTED or look.found_address is None:
        return False
    found, own = look.found_address, status.address
    return (found.site, found.key) != (own.site, own.key)


def _record_move(status: PostingStatus, look: PostingFinding) -> Outcome:
    target = look.found_address.url if look.found_address else None
    moved = replace(status, last_look_at=look.at, absence=None, moved_to=target)
    if status.moved_to == target:
        return moved, ()
    first = status.absence.first_at if status.absence else look.at
    detail = {"from_url": status.moved_to or status.address.url, "to_url": target}
    event = DetectedEvent(EventKind.MOVED, look.at, status.last_seen_at, first, detail=detail)
    return replace(moved, state=PostingState.MOVED, since=look.at), (event,)


def _record_presence(status: PostingStatus, look: PostingFinding) -> Outcome:
    seen = replace(
        status,
        state=PostingState.LIVE,
        since=status.since if status.state is PostingState.LIVE else look.at,
        last_seen_at=look.at,
        last_look_at=look.at,
        absence=None,
        moved_to=None,
        unlisting=status.unlisting if _is_unlisting_valid(status) else None,
    )
    seen, renamed = _record_rename(seen, status, look)
    return seen, (*_report_presence(status, look), *renamed)


def _is_unlisting_valid(status: PostingStatus) -> bool:
    """Return whether lists that lacked a posting count: not while it was gone, unless already reported."""
    return status.state is PostingState.LIVE or status.unlisting_reported


def _report_presence(status: PostingStatus, look: PostingFinding) -> tuple[DetectedEvent, ...]:
    """Return the event of a posting that answers again."""
    if status.state is PostingState.MOVED:
        detail: Mapping[str, object] = {"from_url": status.moved_to, "to_url": status.address.url}
        return (DetectedEvent(EventKind.MOVED, look.at, status.last_look_at, look.at, detail=detail),)
    if status.absence is None:
        return ()
    kind = EventKind.CLEARED if status.state is PostingState.SUSPECT else EventKind.RETURNED
    detail = {
        "last_seen_at": status.last_seen_at.isoformat(),
        "first_absent_at": status.absence.first_at.isoformat(),
        "looks": status.absence.looks,
    }
    return (DetectedEvent(kind, look.at, status.absence.last_at, look.at, detail=detail),)


def _record_rename(seen: PostingStatus, before: PostingStatus, look: PostingFinding) -> Outcome:
    """Return the status under its new address, and the event if the slug is really another one.

    Slugs are cut at 79 characters, may be missing, and one number answers under several paths: only two
    different slugs after the same number are a new name. Without a number the address is all there is.
    """
    found, own = look.found_address, before.address
    if found is None or (found.key != own.key and not _is_new_path(found, own)):
        return seen, ()
    old, new = _read_slug(own), _read_slug(found)
    if own.number is not None and (not new or old.startswith(new)):
        return seen, ()
    renamed = replace(seen, address=found)
    if own.number is None and found.key == own.key:
        return seen, ()
    if own.number is not None and new.startswith(old):
        return renamed, ()
    detail = {"from_url": own.url, "to_url": found.url}
    event = DetectedEvent(EventKind.RENAMED, look.at, before.last_seen_at, look.at, detail=detail)
    return renamed, (event,)


def _is_new_path(found: Address, own: Address) -> bool:
    """Return whether a posting without a number answers under another path of its site."""
    is_numberless = found.number is None and own.number is None and found.site == own.site
    return is_numberless and urlsplit(found.url).path != urlsplit(own.url).path


def _read_slug(address: Address) -> str:
    """Return the words after the article number, in lower case; empty where there are none."""
    _, found, rest = unquote(urlsplit(address.url).path).partition(f"/{address.number}/")
    return rest.strip("/").lower().removesuffix(".aspx") if found else ""


def _record_absence(
    status: PostingStatus, look: PostingFinding, site: SiteHealthResult, policy: RemovalPolicy
) -> Outcome:
    missed = replace(status, last_look_at=look.at)
    if status.state is PostingState.MOVED:
        return missed, ()  # its story is live elsewhere, with a status of its own
    absence = _extend_absence(status.absence, look.at)
    missed = replace(missed, absence=absence)
    detail: dict[str, object] = {"looks": absence.looks, "verdict": look.verdict.value}
    detail |= {"controls": site.evidence or None, **classify_absent_answer(look, status.address.url)}
    kinds = []
    if status.state is PostingState.LIVE:
        missed = replace(missed, state=PostingState.SUSPECT, since=look.at)
        kinds.append(EventKind.SUSPECTED)
    is_suspect = missed.state is PostingState.SUSPECT
    if is_suspect and site.health is SiteHealth.WELL and _is_long_enough(absence, policy):
        missed = replace(missed, state=PostingState.REMOVED, since=look.at)
        kinds.append(EventKind.REMOVED)
    between = status.last_seen_at, absence.first_at
    return missed, tuple(DetectedEvent(kind, look.at, *between, detail=detail) for kind in kinds)


def classify_absent_answer(look: PostingFinding, url: str) -> dict[str, object]:
    """Return the detail of an event about what the site answered in place of a release.

    `answer` is `not_found` (404), `gone` (410), `without_article` (a page without it), `home` (a redirect to
    the home page) or `elsewhere` (to another page, `led_to`).
    """
    if look.verdict is Verdict.GONE:
        return {"answer": "gone" if look.status == HTTPStatus.GONE else "not_found"}
    where = urlsplit(look.led_to or "").path
    if look.led_to is None or where.rstrip("/").lower() == urlsplit(url).path.rstrip("/").lower():
        return {"answer": "without_article"}
    return {"answer": "home" if is_home_url(look.led_to) else "elsewhere", "led_to": look.led_to}


def _settle_unlisting(status: PostingStatus, at: datetime, policy: RemovalPolicy) -> Outcome:
    """Report a posting as unlisted once its lists lacked it long enough while its address answered."""
    unlisting = status.unlisting
    if unlisting is None or status.unlisting_reported or status.state is not PostingState.LIVE:
        return status, ()
    if not _is_long_enough(unlisting, policy) or status.last_seen_at < unlisting.first_at:
        return status, ()
    event = DetectedEvent(
        EventKind.UNLISTED,
        at,
        last_before_at=status.last_listed_at,
        first_after_at=unlisting.first_at,
        detail={"looks": unlisting.looks, "answered_at": status.last_seen_at.isoformat()},
    )
    return replace(status, unlisting_reported=True), (event,)


def _extend_absence(absence: Absence | None, at: datetime) -> Absence:
    return Absence(absence.first_at, at, absence.looks + 1) if absence else Absence(at, at, 1)


def _is_long_enough(absence: Absence, policy: RemovalPolicy) -> bool:
    return absence.looks >= policy.looks and absence.last_at - absence.first_at >= policy.span
