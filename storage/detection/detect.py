"""What the looks of one run become: events, standings, a new measure, or a quarantine. Pure.

The order is the promise: first whether the run shows a redesign (then nothing of it is believed), then what
is the site's doing and no newsroom's, and only then what each posting's own answer tells.

`detail` of the events, JSON values, what is empty left out:

- suspected, removed: `looks`, `verdict`, `controls` (in words); removed also `still_live`, `copies`;
- cleared, returned: `last_seen_at`, `first_absent_at`, `looks`; returned also what edits have;
- edited: `edit_kinds` (ranked), `coarse`, `dates`, `contents`, `copies`, `edited_copies`, `all_copies`;
- moved, renamed: `from_url`, `to_url`; unlisted: `looks`, `answered_at`; relisted: nothing;
- site_changed: `postings`, `fields`, `sample` (addresses), `pieces` (how many parts);
- site_moved: `from_host`, `to_host`, `postings`, `sample`; quarantined: `reason`, `broken`, `answered`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Final
from urllib.parse import urlsplit

from storage.detection import (
    gradual_changes,
    host_moves,
    posting_state,
    redesign,
    run_health,
    site_wide,
    unlisting,
)
from storage.detection.controls import SiteHealth
from storage.detection.edit_details import edit_story
from storage.detection.inputs import Case, Judgement, Subject, Told
from storage.detection.posting_state import ABSENT, PRESENT, Draft, ListingSight, Sighting, Turn
from storage.detection.redesign import Quarantine
from storage.detection.site_wide import PostingEdit, Sifted, SiteChange
from storage.diff import changes
from storage.models import (
    Address,
    Change,
    Entry,
    EventKind,
    Fields,
    PostingFinding,
    PostingStatus,
    Role,
    Verdict,
)

__all__ = ["judge", "same_story"]

Standings = dict[int, PostingStatus]
READ: Final = PRESENT | {Verdict.UNREADABLE}


def judge(case: Case) -> Judgement:
    """Return what the looks of one run become."""
    tally = run_health.tallied(case)
    alarm = redesign.quarantine(tally)
    if case.is_quarantined and not run_health.is_recovered(tally):
        return Judgement(is_held=True)
    if alarm:
        return Judgement((_quarantined(case, alarm),), quarantine=alarm, is_held=True)
    return replace(_judged(case), is_recovered=case.is_quarantined)


def same_story(one: Fields, other: Fields) -> bool:
    """Tell whether two readings are of one story: an equal text, or an equal title over most of the text."""
    hashes = [changes.content_hash(each.title, each.paragraphs) for each in (one, other)]
    return hashes[0] == hashes[1] or (
        changes.titles_agree(one.title, other.title) and not redesign.gutted(one, other)
    )


def _judged(case: Case) -> Judgement:
    trouble = run_health.trouble(case)
    revised = [one for one in case.findings if _is_revised(case, one)]
    sifted = _sifted(case, _edits(case, revised))
    remaining = {int(edit.posting): edit.changes for edit in sifted.edits}
    moved = host_moves.moves(case)
    told = list(host_moves.told(case, moved))
    told += _site_changed(case, sifted.site_change)
    standings, unlisted = _listed(case, trouble)
    for one in case.findings:
        before = standings.get(one.posting, case.subjects[one.posting].standing)
        sight = _sighting(case, one, trouble, is_moved=any(one in led for led in moved.values()))
        now, drafts = posting_state.advance(before, sight, case.policy)
        standings[one.posting] = _rehosted(now, one)
        told += _told(case, one, drafts, remaining.get(one.posting, ()))
    return Judgement(
        told=(*told, *unlisted),
        standings={key: now for key, now in standings.items() if now != case.subjects[key].standing},
        readable={
            one.posting: one.verdict in PRESENT
            for one in case.findings
            if one.verdict in READ and not one.is_spoiled
        },
        revised=tuple(one.id for one in revised),
        pieces=tuple(filter(site_wide.lasts, sifted.site_change.pieces)) if sifted.site_change else (),
        edited={int(edit.posting): gradual_changes.pieces(edit) for edit in sifted.edits}
        if case.lately
        else {},
    )


def _sifted(case: Case, edits: list[PostingEdit]) -> Sifted:
    """Return the edits without what is the site's doing, as this run shows it or the last days do."""
    compared = sum(one.verdict in PRESENT for one in case.findings)
    sifted = site_wide.sift(edits, compared, case.known)
    slow = gradual_changes.spread(sifted.edits, case.lately) if case.lately else {}
    if not slow:
        return sifted
    rest = site_wide.sift(sifted.edits, compared, slow)
    told = sifted.site_change
    hit = sorted(
        {str(posting) for found in slow.values() for posting in found} | set(told.sample if told else ())
    )
    pieces = (*slow, *(told.pieces if told else ()))
    count = max(len(hit), told.postings if told else 0)
    return Sifted(SiteChange(pieces, count, tuple(hit[: site_wide.SAMPLE])), rest.edits)


def _is_revised(case: Case, finding: PostingFinding) -> bool:
    before = case.subjects[finding.posting].text
    if finding.verdict is not Verdict.LIVE or finding.text is None or before is None:
        return False
    return bool(changes.changed(before, finding.text))


def _edits(case: Case, revised: Iterable[PostingFinding]) -> list[PostingEdit]:
    """Return the changes of texts that one parser read both times; another parser's are no edits."""
    found = []
    for one in revised:
        before = case.subjects[one.posting].text
        if before and one.text and before.parser == one.text.parser:
            found.append(PostingEdit(str(one.posting), changes.changed(before, one.text)))
    return found


def _listed(case: Case, trouble: str) -> tuple[Standings, list[Told]]:
    """Return what listing and feed make of the postings, those they do not name included."""
    standings: Standings = {}
    told: list[Told] = []
    lists = [_List(role, case) for role in (Role.LISTING, Role.FEED)]
    at = max((one.at for each in lists for one in each.places), default=None)
    for posting, subject in case.subjects.items():
        address = subject.standing.address
        named = unlisting.agreed(each.names(address, subject) for each in lists)
        if at is None or named is None or (not named and (trouble or case.is_of_feed)):
            continue
        standings[posting], drafts = posting_state.advance_listing(
            subject.standing, ListingSight(at, named), case.policy
        )
        told += [_drafted(draft, posting, None) for draft in drafts]
    return standings, told


class _List:
    """The pages of a listing, or the feed, as one list of entries."""

    def __init__(self, role: Role, case: Case) -> None:
        self.places = [one for one in case.places if one.role is role and one.entries]
        days = {
            (one.standing.address.site, one.standing.address.key): one.published_on
            for one in case.subjects.values()
        }
        entries = [_dated(entry, days) for one in self.places for entry in one.entries]
        self._named = {(entry.address.site, entry.address.key): entry for entry in entries}
        self._reach = _reach(entries)

    def names(self, address: Address, subject: Subject) -> bool | None:
        """Return whether the list names a posting; None where it says nothing about it."""
        entry = self._named.get((address.site, address.key))
        entries = (entry,) if entry else self._reach
        return unlisting.names(entries, address, subject.published_on)


def _dated(entry: Entry, days: Mapping[tuple[str, str], date | None]) -> Entry:
    """Return an entry with the day its page prints, where the list has none: numbers do not follow days."""
    day = entry.published_on or days.get((entry.address.site, entry.address.key))
    return replace(entry, published_on=day)


def _reach(entries: list[Entry]) -> tuple[Entry, ...]:
    """Return the few entries that tell what a list covers: the newest, and its end."""
    dated = [entry for entry in entries if entry.published_on]
    numbered = [entry for entry in entries if entry.address.number and entry.address.number.isdecimal()]
    last = {id(one): one for one in (*dated[-2:], *numbered[-2:])}
    ends = sorted(last.values(), key=entries.index)
    newest = sorted(dated, key=lambda entry: str(entry.published_on))[-1:]
    highest = sorted(numbered, key=lambda entry: int(entry.address.number or 0))[-1:]
    return (*newest, *highest, *ends)


def _sighting(case: Case, finding: PostingFinding, trouble: str, *, is_moved: bool) -> Sighting:
    """Return the look as the life of a posting sees it; what tells nothing is called unreachable."""
    subject = case.subjects[finding.posting]
    nothing = Sighting(finding.at, Verdict.UNREACHABLE)
    if finding.verdict in PRESENT:
        return Sighting(finding.at, finding.verdict, address=finding.found)
    if finding.verdict is Verdict.REDIRECTED:
        if is_moved or finding.found is None or finding.text is None:
            return nothing
        if subject.text and same_story(subject.text, finding.text):
            return Sighting(finding.at, Verdict.REDIRECTED, address=finding.found)
        if finding.found.site != subject.standing.address.site:
            return nothing
        return _absent(case, replace(finding, verdict=Verdict.SOFT_GONE), trouble)
    return _absent(case, finding, trouble) if finding.verdict in ABSENT else nothing


def _rehosted(standing: PostingStatus, finding: PostingFinding) -> PostingStatus:
    """Return the standing at the host where it was met: another name of the same site is no new address."""
    found = finding.found
    is_met = finding.verdict in PRESENT and found is not None and found.key == standing.address.key
    is_other = is_met and found and urlsplit(found.url).netloc != urlsplit(standing.address.url).netloc
    return replace(standing, address=found) if found and is_other else standing


def _absent(case: Case, finding: PostingFinding, trouble: str) -> Sighting:
    if trouble:
        return Sighting(finding.at, finding.verdict, SiteHealth.NOT_WELL, trouble)
    if reposted := case.subjects[finding.posting].reposted:
        return Sighting(finding.at, Verdict.REDIRECTED, address=reposted)
    result = run_health.site_health(case, finding)
    return Sighting(finding.at, finding.verdict, result.health, result.words)


def _told(
    case: Case, finding: PostingFinding, drafts: Iterable[Draft], changed: tuple[Change, ...]
) -> Iterator[Told]:
    """Yield the events of a posting; what changed while it was absent is told with its return."""
    subject = case.subjects[finding.posting]
    story = (
        edit_story(changed, subject.text, finding.text) if changed and subject.text and finding.text else {}
    )
    is_open = bool(changed)
    for draft in drafts:
        one = _drafted(draft, finding.posting, finding.id)
        if draft.kind is Turn.RETURNED:
            one = replace(one, changes=changed, detail={**one.detail, **story})
            is_open = False
        yield one
    if is_open:
        seen = subject.standing.last_seen_at
        edited = Told(EventKind.EDITED, finding.at, finding.posting, finding.id, seen, finding.at)
        yield replace(edited, changes=changed, detail=story)


def _drafted(draft: Draft, posting: int, finding: int | None) -> Told:
    detail = {name: value for name, value in draft.detail.items() if value is not None}
    kind = EventKind(draft.kind.value)
    return Told(kind, draft.at, posting, finding, draft.last_before_at, draft.first_after_at, detail=detail)


def _site_changed(case: Case, change: SiteChange | None) -> list[Told]:
    if change is None:
        return []
    looks = [one for one in case.findings if _is_revised(case, one)]
    urls = {str(key): subject.standing.address.url for key, subject in case.subjects.items()}
    detail = {
        "postings": change.postings,
        "fields": sorted({piece.field for piece in change.pieces}),
        "pieces": len(change.pieces),
        "sample": [urls[posting] for posting in change.sample if posting in urls],
    }
    seen = max(case.subjects[one.posting].standing.last_seen_at for one in looks)
    return [
        Told(
            EventKind.SITE_CHANGED,
            looks[-1].at,
            None,
            None,
            min(seen, looks[0].at),
            looks[0].at,
            detail=detail,
        )
    ]


def _quarantined(case: Case, alarm: Quarantine) -> Told:
    first, last = case.findings[0].at, case.findings[-1].at
    seen = max(case.subjects[one.posting].standing.last_seen_at for one in case.findings)
    detail = {"reason": alarm.reason, "broken": alarm.broken, "answered": alarm.answered}
    return Told(EventKind.QUARANTINED, last, None, None, min(seen, first), first, detail=detail)
