"""Writing lives: what may become of a posting and of a site, dealt out over weeks from a seed."""

import heapq
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count, cycle

from simulator import edits, truth
from simulator.faults import Fault, Trouble
from simulator.life import HostRename, Incident, IncidentKind, Life, Storm
from simulator.teller import ELSEWHERE, Place, Teller, kind_of
from simulator.truth import Absence, Banner, Template
from storage.records import Fields

START = datetime(2025, 3, 3, 9, tzinfo=UTC)
ARTICLES = "/article/"
STORMS = (
    Fault(Trouble.BLOCKED),
    Fault(Trouble.THROTTLED),
    Fault(Trouble.BROKEN),
    Fault(Trouble.UNAVAILABLE),
    Fault(Trouble.HANG),
    Fault(Trouble.BLOCKED, target=r"/article/\d*[02468]/"),
    Fault(Trouble.BROKEN, target=r"/article/\d*[13579]/"),
    Fault(Trouble.EMPTY, target=ARTICLES),
    Fault(Trouble.HOME, target=ARTICLES),
    Fault(Trouble.LISTING, target=ARTICLES),
    Fault(Trouble.NOT_FOUND, target=ARTICLES),
    Fault(Trouble.NOT_FOUND),
    Fault(Trouble.GARBAGE, target=ARTICLES),
    Fault(Trouble.NO_ITEMS),
    Fault(Trouble.FEW_ITEMS),
    Fault(Trouble.STALE_FEED, target="rss"),
    Fault(Trouble.ENDLESS),
)
REMOVALS = (
    Absence.NOT_FOUND,
    Absence.GONE,
    Absence.LISTING,
    Absence.HOME,
    Absence.ERROR_REDIRECT,
    Absence.REDIRECT_HOME,
)
NOTICES = (
    "Editor’s note: figures on this page are under review and may be corrected.",
    "Editor’s note: this page was moved from an older system.",
)

Step = Callable[[Teller, Place], None]
Fate = tuple[tuple[float, Step], ...]  # days after the fate begins, and what happens then


@dataclass(frozen=True, slots=True)
class Script:
    """What a life is to hold."""

    seed: int = 1
    sites: tuple[str, ...] = ("calder", "press")
    history: int = 34  # posts of each site from before the start
    fresh: int = 20  # posts of each site during the life
    days: int = 20
    fated: int = 30  # postings of each site to which something happens
    storms: int = 5  # of each site
    wide: int = 3  # changes of a whole site, on each
    redesign_day: float | None = None  # of the first site
    rename_day: float | None = None


def written(script: Script) -> Life:
    """Return the life of a script: the same value for the same script."""
    start, until = START, START + timedelta(days=script.days)
    teller = Teller(f"life/{script.seed}", script.sites, start)
    agenda = _Agenda(teller, start, until)
    for site in script.sites:
        _history(teller, site, script.history, start)
        agenda.fresh(site, script)
        agenda.fates(site, script)
        agenda.wide(site, script.wide)
    teller.at = start
    teller.keep()
    _turns(agenda, script)
    agenda.run()
    storms = _storms(script, start)
    told = [
        Incident(IncidentKind.STORM, each.site, each.at, until=each.until, detail=_named(each.fault))
        for each in storms
    ]
    ordered = sorted(
        [*teller.truth, *told], key=lambda each: (each.at, each.site, each.number or "", each.kind)
    )
    return Life(start, until, tuple(teller.frames), storms, _renames(script, start), tuple(ordered))


class _Agenda:
    """What is still to happen, in the order of time."""

    def __init__(self, teller: Teller, start: datetime, until: datetime) -> None:
        self.teller = teller
        self.start = start
        self.until = until
        self.rng = teller.rng
        self._turn = count()
        self._due: list[tuple[datetime, int, Callable[[], object]]] = []

    def add(self, at: datetime, what: Callable[[], object]) -> None:
        """Let something happen at an instant, unless the life is over then."""
        if at < self.until - timedelta(days=3):
            heapq.heappush(self._due, (at, next(self._turn), what))

    def run(self) -> None:
        """Let everything happen."""
        while self._due:
            at, _, what = heapq.heappop(self._due)
            self.teller.at = at
            what()
            self.teller.keep()

    def fresh(self, site: str, script: Script) -> None:
        """Plan the posts of a site during the life; some are back-dated, some stand on two sites."""
        step = (self.until - self.start - timedelta(days=3.5)) / max(script.fresh, 1)
        other = next((each for each in script.sites if each != site), None)
        for i in range(script.fresh):
            at = self.start + step * i + step * self.rng.uniform(0.1, 0.9)
            how = _backdated if i % 7 == 3 else _crossed(other) if i % 9 == 5 and other else _published
            self.add(at, partial(how, self.teller, site))

    def fates(self, site: str, script: Script) -> None:
        """Plan what becomes of a site's older postings."""
        posts = [post.number for post in self.teller.newsroom.site(site).sections[0].posts]
        listed, others = posts[1:9][: script.fated], posts[9:]
        self.rng.shuffle(others)
        self._begin(site, listed, _listed_fates(), spread=4.0)
        dealt = list(_dealt(self.rng))
        where = cycle(dealt[(script.seed * 7) % len(dealt) :] + dealt[: (script.seed * 7) % len(dealt)])
        self._begin(site, others[: max(script.fated - len(listed), 0)], where, spread=float(script.days - 12))

    def wide(self, site: str, number: int) -> None:
        """Plan the changes of a whole site."""
        plans = (_quiet, _noticed, _noticed_otherwise, _bylined)
        for i, plan in enumerate(plans[: number + 1] if number else ()):
            at = self.start + (self.until - self.start - timedelta(days=4)) * ((i + 1) / (number + 2))
            self.add(at, partial(plan, self.teller, site))

    def _begin(self, site: str, numbers: list[str], fates: Iterator[Fate], spread: float) -> None:
        for number, fate in zip(numbers, fates, strict=False):
            begin = self.start + timedelta(days=self.rng.uniform(1.0, spread))
            for days, step in fate:
                self.add(begin + timedelta(days=days), partial(step, self.teller, Place(site, number)))


def edited(sort: str) -> Step:
    """Edit a posting."""

    def step(teller: Teller, where: Place) -> None:
        how, fields = teller.edit(where, sort)
        teller.note(IncidentKind.EDITED, where, fields=fields, detail=how)

    return step


def reverted(sort: str) -> Step:
    """Take the last edit back."""

    def step(teller: Teller, where: Place) -> None:
        teller.revert(where)
        last = next(each for each in reversed(teller.truth) if each.number == where.number and each.fields)
        teller.note(IncidentKind.EDITED, where, fields=last.fields, detail=f"{last.detail}, taken back")

    return step


def removed(how: Absence, days: float | None = None) -> Step:
    """Take a posting down, for some days or for good."""

    def step(teller: Teller, where: Place) -> None:
        teller.put(where, absence=how)
        until = teller.at + timedelta(days=days) if days else None
        short = days is not None and days < 1
        teller.note(IncidentKind.BLIP if short else kind_of(how), where, until=until, detail=str(how))

    return step


def returned(sort: str | None = None) -> Step:
    """Put a posting back, edited meanwhile or not."""

    def step(teller: Teller, where: Place) -> None:
        teller.put(where, absence=None)
        how, fields = teller.edit(where, sort) if sort else ("", ())
        teller.note(IncidentKind.RETURNED, where, fields=fields, detail=how)

    return step


def back(teller: Teller, where: Place) -> None:
    """Put a posting back that was hardly gone."""
    teller.put(where, absence=None)


def renamed(*, strict: bool) -> Step:
    """Give a posting another slug; a strict one redirects from the old to the new."""

    def step(teller: Teller, where: Place) -> None:
        teller.put(where, slug=f"updated-{teller.there(where).slug}"[:79], strict=strict)
        teller.note(IncidentKind.RENAMED, where, detail="old address redirects" if strict else "both answer")

    return step


def unlisted(days: float | None) -> Step:
    """Drop a posting from list and feed."""

    def step(teller: Teller, where: Place) -> None:
        teller.put(where, absence=Absence.UNLISTED)
        teller.note(IncidentKind.UNLISTED, where, until=teller.at + timedelta(days=days) if days else None)

    return step


def relisted(teller: Teller, where: Place) -> None:
    """Put a posting back on list and feed."""
    teller.put(where, absence=None)
    teller.note(IncidentKind.RELISTED, where)


def moved(teller: Teller, where: Place) -> None:
    """Publish a posting under another number and redirect to it."""
    new = teller.copy(where)
    section, post = truth.found(teller.newsroom.site(new.site), new.number)
    teller.put(where, absence=Absence.REDIRECT, target=truth.path(section, post))
    teller.note(IncidentKind.MOVED, where, detail=new.number)
    teller.note(IncidentKind.PUBLISHED, new, detail="the new home of another posting")


def sent_away(teller: Teller, where: Place) -> None:
    """Redirect a posting to another site."""
    teller.put(where, absence=Absence.REDIRECT, target=ELSEWHERE.format(where.number))
    teller.note(IncidentKind.SENT_AWAY, where, detail="redirect to another site")


def sent_to_sibling(teller: Teller, where: Place) -> None:
    """Redirect a posting to another story of the site."""
    section = teller.newsroom.site(where.site).sections[0]
    others = [post for post in section.posts if post.absence is None and post.number != where.number]
    target = truth.path(section, others[-1])
    teller.put(where, absence=Absence.REDIRECT, target=target)
    teller.note(IncidentKind.SOFT_REMOVED, where, detail="redirect to another article")


def _listed_fates() -> Iterator[Fate]:
    """Yield what can only happen to what stands on the first page of the list."""
    yield ((0.0, unlisted(None)),)
    yield ((0.0, renamed(strict=False)),)
    yield ((0.0, unlisted(4.0)), (4.0, relisted))
    yield ((0.0, renamed(strict=True)),)
    yield ((0.0, edited("title")), (2.0, removed(Absence.NOT_FOUND)))
    yield ((0.0, removed(Absence.GONE, 4.0)), (4.0, returned("number")))


def _dealt(rng: random.Random) -> Iterator[Fate]:
    """Yield every other fate once, in an order of its own."""
    fates: list[Fate] = [((0.0, edited(sort)),) for sort in edits.SORTS]
    fates += [((0.0, removed(how)),) for how in (*REMOVALS, Absence.EMPTY)]
    fates += [((0.0, removed(how, 4.0)), (4.0, returned())) for how in REMOVALS]
    fates += [
        ((0.0, removed(how, 4.0)), (4.0, returned(sort)))
        for how, sort in zip(REMOVALS, edits.SORTS, strict=False)
    ]
    fates += [((0.0, removed(how, 0.6)), (0.6, back)) for how in REMOVALS[:3]]
    fates += [
        ((0.0, edited(sort)), (3.0, reverted(sort)))
        for sort in ("number", "title", "name", "paragraph_removed")
    ]
    fates += [((0.0, edited(sort)), (0.04, reverted(sort))) for sort in ("number",)]
    fates += [
        ((0.0, edited("number")), (0.0, edited("byline"))),
        ((0.0, edited("quote")), (2.0, edited("date moved, text alone"))),
    ]
    fates += [((0.0, moved),), ((0.0, sent_away),), ((0.0, sent_to_sibling),)]
    rng.shuffle(fates)
    yield from fates


def _history(teller: Teller, site: str, number: int, start: datetime) -> None:
    for i in range(number):
        teller.at = start - timedelta(days=1.3 * (number - i) + 0.5, minutes=teller.rng.randint(0, 400))
        teller.post(site, teller.write(site))


def _published(teller: Teller, site: str) -> None:
    where = teller.post(site, teller.write(site))
    teller.note(IncidentKind.PUBLISHED, where)


def _backdated(teller: Teller, site: str) -> None:
    days = teller.rng.randint(2, 5)
    where = teller.post(site, teller.write(site, days), days_back=days)
    teller.note(IncidentKind.PUBLISHED, where, detail="back-dated")


def _crossed(other: str) -> Callable[[Teller, str], None]:
    def both(teller: Teller, site: str) -> None:
        where = teller.post(site, teller.write(site))
        teller.note(IncidentKind.PUBLISHED, where, detail="on two sites")
        teller.note(IncidentKind.PUBLISHED, teller.cross(where, other), detail="on two sites")

    return both


def _quiet(teller: Teller, site: str) -> None:
    owner = "an official organization of the United States Department of Readiness."
    teller.put_site(
        site, banner=Banner(owner=owner), notice="All offices close early on Friday.", topics=("weather",)
    )
    teller.note(IncidentKind.QUIET, site, detail="banner, notice and topics")


def _noticed(teller: Teller, site: str) -> None:
    teller.widen(site, first_notice)
    teller.note(IncidentKind.SITE_CHANGED, site, fields=("body",), detail="a notice in every body")


def _noticed_otherwise(teller: Teller, site: str) -> None:
    teller.widen(site, second_notice, instead_of=first_notice)
    teller.note(IncidentKind.SITE_CHANGED, site, fields=("body",), detail="another notice in every body")


def _bylined(teller: Teller, site: str) -> None:
    posts = teller.newsroom.site(site).sections[0].posts
    if 2 * sum(1 for post in posts if post.fields.byline) <= len(posts):
        return
    teller.widen(site, with_office)
    teller.note(IncidentKind.SITE_CHANGED, site, fields=("byline",), detail="bylines name the office")


def first_notice(fields: Fields) -> Fields:
    """Return a release with a notice below its text."""
    return replace(fields, paragraphs=(*fields.paragraphs, NOTICES[0]))


def second_notice(fields: Fields) -> Fields:
    """Return a release with another notice below its text."""
    return replace(fields, paragraphs=(*fields.paragraphs, NOTICES[1]))


def with_office(fields: Fields) -> Fields:
    """Return a release whose author is named with an office."""
    return replace(fields, byline=f"{fields.byline}, Public Affairs") if fields.byline else fields


def _turns(agenda: _Agenda, script: Script) -> None:
    """Plan the two things that happen to a site as a whole and hardly ever."""
    site, teller = script.sites[0], agenda.teller

    def redesigned() -> None:
        teller.put_site(site, template=Template.NEXT)
        teller.note(IncidentKind.REDESIGNED, site)

    if script.redesign_day is not None:
        agenda.add(agenda.start + timedelta(days=script.redesign_day), redesigned)
    for each in _renames(script, agenda.start):
        agenda.add(each.at, lambda: teller.note(IncidentKind.SITE_MOVED, site))


def _renames(script: Script, start: datetime) -> tuple[HostRename, ...]:
    if script.rename_day is None:
        return ()
    site = script.sites[0]
    return (HostRename(site, start + timedelta(days=script.rename_day), f"https://www.{site}-new.mil"),)


def _storms(script: Script, start: datetime) -> tuple[Storm, ...]:
    rng = random.Random(f"storms/{script.seed}")
    found = []
    for i, site in enumerate(script.sites):
        days = (script.days - 4) / max(script.storms, 1)
        for j in range(script.storms):
            at = start + timedelta(days=2 + days * j + rng.uniform(0.0, max(days - 1.3, 0.1)))
            fault = STORMS[(script.seed * 3 + i * script.storms + j * 5) % len(STORMS)]
            found.append(Storm(site, at, at + timedelta(hours=rng.uniform(10, 28)), fault))
    return tuple(found)


def _named(fault: Fault) -> str:
    return f"{fault.trouble} {fault.target}".strip()
