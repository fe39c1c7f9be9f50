"""The life of a practice newsroom: what it shows at any instant, and the truth about what happened to it.

A life is a value. What a site answers is a pure function of the life, an address and an instant, so tests and
benchmarks own the clock; `simulator.scenarios` writes lives from a seed.
"""

from bisect import bisect_right
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

from simulator import fault_responses, faults, responses, routing
from simulator.faults import Fault, Trouble
from simulator.responses import Answer, Request
from simulator.truth import Newsroom
from storage.models import Confidence, Source


class IncidentKind(StrEnum):
    """What happens in a newsroom's life; the comments say what a ledger should make of it."""

    PUBLISHED = "published"  # `published`
    EDITED = "edited"  # `edited`, with the fields of the incident
    REMOVED = "removed"  # 404 or 410: `removed`
    SOFT_REMOVED = "soft removed"  # another page with 200, or a redirect to one: `removed`
    EMPTIED = "emptied"  # 200 without a body: nothing, for it looks the same as trouble
    SENT_AWAY = "sent away"  # a redirect to another site: nothing, or `moved`
    BLIP = "blip"  # gone and back before the policy can confirm it: never `removed`
    RETURNED = "returned"  # after a removal or an unconfirmed one; `fields` were edited meanwhile
    RENAMED = "renamed"  # another slug on the same number
    MOVED = "moved"  # a redirect to the same story under another number
    UNLISTED = "unlisted"  # off lists and feeds while the address answers
    RELISTED = "relisted"
    SITE_CHANGED = "site changed"  # one piece of text, or format, on all pages: one event, no edits
    QUIET = "quiet"  # around the article: nothing at all
    STORM = "storm"  # trouble of the site: nothing
    REDESIGNED = "redesigned"  # one alarm
    SITE_MOVED = "site moved"  # one event


@dataclass(frozen=True, slots=True)
class Incident:
    """One thing that happened, as the newsroom itself knows it."""

    kind: IncidentKind
    site: str
    at: datetime
    number: str | None = None  # of the posting, where it is about one
    until: datetime | None = None  # of removals, unlistings and storms that end
    fields: tuple[str, ...] = ()  # of the ledger, that differ afterwards
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Frame:
    """The newsroom from an instant on."""

    at: datetime
    newsroom: Newsroom


@dataclass(frozen=True, slots=True)
class Storm:
    """Trouble that a site has for a while."""

    site: str
    at: datetime
    until: datetime
    fault: Fault


@dataclass(frozen=True, slots=True)
class HostRename:
    """From an instant on, a site lives on another host and the old one redirects there, path by path."""

    site: str
    at: datetime
    base_url: str


@dataclass(frozen=True, slots=True)
class Life:
    """All that ever happens to a newsroom; frames in the order of time, the first at `start`."""

    start: datetime
    until: datetime
    frames: tuple[Frame, ...]
    storms: tuple[Storm, ...] = ()
    renames: tuple[HostRename, ...] = ()
    truth: tuple[Incident, ...] = ()


def newsroom_at(life: Life, at: datetime) -> Newsroom:
    """Return the newsroom as it is at an instant; before the start it is as at the start."""
    place = bisect_right(life.frames, at, key=lambda frame: frame.at)
    return life.frames[max(place - 1, 0)].newsroom


def base_url(life: Life, site: str, at: datetime) -> str:
    """Return where a site lives at an instant."""
    later = [each.base_url for each in life.renames if each.site == site and each.at <= at]
    return later[-1] if later else first_url(site)


def first_url(site: str) -> str:
    """Return where a site lives unless it was renamed."""
    return f"https://www.{site}.mil"


def storm_at(life: Life, site: str, target: str, at: datetime) -> Storm | None:
    """Return the trouble that a request meets, or None."""
    for each in life.storms:
        if each.site == site and each.at <= at < each.until and faults.matches(each.fault, site, target):
            return each
    return None


def answer_at(life: Life, url: str, at: datetime, noise: int) -> Answer | None:
    """Return what an address answers at an instant; None where no answer comes.

    `noise` feeds all that changes from response to response. LookupError for a host that no site has.
    """
    parts = urlsplit(url)
    site = _site(life, f"{parts.scheme}://{parts.netloc}")
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    current = base_url(life, site, at)
    if not url.startswith(f"{current}/"):
        return responses.redirect(current + target, 301)
    room = newsroom_at(life, at)
    request = Request(site, target, at, noise)
    base_urls = {each.name: base_url(life, each.name, at) for each in room.sites}
    met = storm_at(life, site, target, at)
    if met is None:
        return responses.answer_request(room, request, base_urls)
    if met.fault.trouble is Trouble.HANG:
        return None
    rule = fault_responses.Rule(met.fault, newsroom_at(life, met.at), met.at)
    return fault_responses.apply_fault(rule, room, request, base_urls)


def make_source(life: Life, site: str) -> Source:
    """Return the source that watches a site's first section."""
    shell = life.frames[0].newsroom.site(site)
    section, url = shell.sections[0], first_url(site)
    return Source(
        id=f"practice-{site}",
        host=urlsplit(url).netloc,
        organization=shell.organization,
        branch="practice",
        platform="afpims",
        section=section.name,
        listing_url=url + section.path,
        feed_url=url + routing.feed_path(shell, section),
        confidence=Confidence.HIGH,
        enabled=True,
        origin="user",
    )


def select_incidents(life: Life, *kinds: IncidentKind) -> tuple[Incident, ...]:
    """Return the incidents of some kinds, in the order of time."""
    return tuple(each for each in life.truth if each.kind in kinds)


def without_storms(life: Life) -> Life:
    """Return the same life with its trouble left out."""
    calm = tuple(each for each in life.truth if each.kind is not IncidentKind.STORM)
    return replace(life, storms=(), truth=calm)


def _site(life: Life, base: str) -> str:
    homes = {first_url(each.name): each.name for each in life.frames[0].newsroom.sites}
    homes |= {each.base_url: each.site for each in life.renames}
    if base in homes:
        return homes[base]
    raise LookupError(f"no practice site lives at {base}")
