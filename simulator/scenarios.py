"""Writing lives: what may become of a posting and of a site, dealt out over weeks from a seed."""

import heapq
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count, cycle

from simulator import edits, steps
from simulator.faults import Fault, Trouble
from simulator.life import HostRename, Incident, IncidentKind, Life, Storm
from simulator.steps import Step
from simulator.timeline import Place, Teller
from simulator.truth import Absence, Template

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
WIDE = (steps.noticed, steps.noticed_otherwise, steps.bylined)

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
    wide: int = 3  # changes of all texts, on each site
    quiet: int = 1  # changes around the articles, on each site
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
        agenda.wide(site, script)
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
            how = (
                steps.backdated
                if i % 7 == 3
                else steps.crossed(other)
                if i % 9 == 5 and other
                else steps.published
            )
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

    def wide(self, site: str, script: Script) -> None:
        """Plan the changes of a whole site."""
        plans = [*WIDE[: script.wide], *[steps.quiet] * script.quiet]
        every = (self.until - self.start - timedelta(days=4)) / (len(plans) + 1)
        for i, plan in enumerate(plans):
            self.add(self.start + every * (i + 1), partial(plan, self.teller, site))

    def _begin(self, site: str, numbers: list[str], fates: Iterator[Fate], spread: float) -> None:
        for number, fate in zip(numbers, fates, strict=False):
            begin = self.start + timedelta(days=self.rng.uniform(1.0, spread))
            for days, step in fate:
                self.add(begin + timedelta(days=days), partial(step, self.teller, Place(site, number)))


def _listed_fates() -> Iterator[Fate]:
    """Yield what can only happen to what stands on the first page of the list."""
    yield ((0.0, steps.unlisted(None)),)
    yield ((0.0, steps.renamed(strict=False)),)
    yield ((0.0, steps.unlisted(4.0)), (4.0, steps.relisted))
    yield ((0.0, steps.renamed(strict=True)),)
    yield ((0.0, steps.edited("title")), (2.0, steps.removed(Absence.NOT_FOUND)))
    yield ((0.0, steps.removed(Absence.GONE, 4.0)), (4.0, steps.returned("number")))


def _dealt(rng: random.Random) -> Iterator[Fate]:
    """Yield every other fate once, in an order of its own."""
    fates: list[Fate] = [((0.0, steps.edited(sort)),) for sort in edits.SORTS]
    fates += [((0.0, steps.removed(how)),) for how in (*REMOVALS, Absence.EMPTY)]
    fates += [((0.0, steps.removed(how, 4.0)), (4.0, steps.returned())) for how in REMOVALS]
    fates += [
        ((0.0, steps.removed(how, 4.0)), (4.0, steps.returned(sort)))
        for how, sort in zip(REMOVALS, edits.SORTS, strict=False)
    ]
    fates += [((0.0, steps.removed(how, 0.6)), (0.6, steps.back)) for how in REMOVALS[:3]]
    fates += [
        ((0.0, steps.edited(sort)), (3.0, steps.reverted(sort)))
        for sort in ("number", "title", "name", "paragraph_removed")
    ]
    fates += [((0.0, steps.edited(sort)), (0.04, steps.reverted(sort))) for sort in ("number",)]
    fates += [
        ((0.0, steps.edited("number")), (0.0, steps.edited("byline"))),
        ((0.0, steps.edited("quote")), (2.0, steps.edited("date moved, text alone"))),
    ]
    fates += [((0.0, steps.moved),), ((0.0, steps.sent_away),), ((0.0, steps.sent_to_sibling),)]
    rng.shuffle(fates)
    yield from fates


def _history(teller: Teller, site: str, number: int, start: datetime) -> None:
    for i in range(number):
        teller.at = start - timedelta(days=1.3 * (number - i) + 0.5, minutes=teller.rng.randint(0, 400))
        teller.post(site, teller.write(site))


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
