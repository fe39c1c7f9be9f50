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
from simulator.timeline import PostKey, TimelineWriter
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
WIDE = (steps.add_notice, steps.swap_notice, steps.add_office_to_bylines)

Storyline = tuple[tuple[float, Step], ...]  # days after the storyline begins, and what happens then


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a life is to hold."""

    seed: int = 1
    sites: tuple[str, ...] = ("calder", "press")
    history: int = 34  # posts of each site from before the start
    fresh: int = 20  # posts of each site during the life
    days: int = 20
    eventful: int = 30  # postings of each site to which something happens
    storms: int = 5  # of each site
    wide: int = 3  # changes of all texts, on each site
    quiet: int = 1  # changes around the articles, on each site
    redesign_day: float | None = None  # of the first site
    rename_day: float | None = None


def build_life(script: Scenario) -> Life:
    """Return the life of a script: the same value for the same script."""
    start, until = START, START + timedelta(days=script.days)
    writer = TimelineWriter(f"life/{script.seed}", script.sites, start)
    schedule = _Schedule(writer, start, until)
    for site in script.sites:
        _publish_history(writer, site, script.history, start)
        schedule.fresh(site, script)
        schedule.storylines(site, script)
        schedule.wide(site, script)
    writer.at = start
    writer.add_frame()
    _plan_turning_points(schedule, script)
    schedule.run()
    storms = _plan_storms(script, start)
    trouble = [
        Incident(IncidentKind.STORM, each.site, each.at, until=each.until, detail=_describe_fault(each.fault))
        for each in storms
    ]
    ordered = sorted(
        [*writer.truth, *trouble], key=lambda each: (each.at, each.site, each.number or "", each.kind)
    )
    return Life(start, until, tuple(writer.frames), storms, _plan_renames(script, start), tuple(ordered))


class _Schedule:
    """What is still to happen, in the order of time."""

    def __init__(self, writer: TimelineWriter, start: datetime, until: datetime) -> None:
        self.writer = writer
        self.start = start
        self.until = until
        self.rng = writer.rng
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
            self.writer.at = at
            what()
            self.writer.add_frame()

    def fresh(self, site: str, script: Scenario) -> None:
        """Plan the posts of a site during the life; some are back-dated, some stand on two sites."""
        step = (self.until - self.start - timedelta(days=3.5)) / max(script.fresh, 1)
        other = next((each for each in script.sites if each != site), None)
        for i in range(script.fresh):
            at = self.start + step * i + step * self.rng.uniform(0.1, 0.9)
            how = (
                steps.publish_backdated
                if i % 7 == 3
                else steps.publish_on_two_sites(other)
                if i % 9 == 5 and other
                else steps.publish_story
            )
            self.add(at, partial(how, self.writer, site))

    def storylines(self, site: str, script: Scenario) -> None:
        """Plan what becomes of a site's older postings."""
        posts = [post.number for post in self.writer.newsroom.site(site).sections[0].posts]
        listed, others = posts[1:9][: script.eventful], posts[9:]
        self.rng.shuffle(others)
        self._begin(site, listed, _storylines_of_listed(), spread=4.0)
        dealt = list(_shuffled_storylines(self.rng))
        where = cycle(dealt[(script.seed * 7) % len(dealt) :] + dealt[: (script.seed * 7) % len(dealt)])
        self._begin(
            site, others[: max(script.eventful - len(listed), 0)], where, spread=float(script.days - 12)
        )

    def wide(self, site: str, script: Scenario) -> None:
        """Plan the changes of a whole site."""
        plans = [*WIDE[: script.wide], *[steps.change_furniture] * script.quiet]
        every = (self.until - self.start - timedelta(days=4)) / (len(plans) + 1)
        for i, plan in enumerate(plans):
            self.add(self.start + every * (i + 1), partial(plan, self.writer, site))

    def _begin(self, site: str, numbers: list[str], storylines: Iterator[Storyline], spread: float) -> None:
        for number, storyline in zip(numbers, storylines, strict=False):
            begin = self.start + timedelta(days=self.rng.uniform(1.0, spread))
            for days, step in storyline:
                self.add(begin + timedelta(days=days), partial(step, self.writer, PostKey(site, number)))


def _storylines_of_listed() -> Iterator[Storyline]:
    """Yield what can only happen to what stands on the first page of the list."""
    yield ((0.0, steps.unlist_posting(None)),)
    yield ((0.0, steps.rename_posting(strict=False)),)
    yield ((0.0, steps.unlist_posting(4.0)), (4.0, steps.relist_posting))
    yield ((0.0, steps.rename_posting(strict=True)),)
    yield ((0.0, steps.edit_posting("title")), (2.0, steps.remove_posting(Absence.NOT_FOUND)))
    yield ((0.0, steps.remove_posting(Absence.GONE, 4.0)), (4.0, steps.return_posting("number")))


def _shuffled_storylines(rng: random.Random) -> Iterator[Storyline]:
    """Yield every other storyline once, in an order of its own."""
    storylines: list[Storyline] = [((0.0, steps.edit_posting(sort)),) for sort in edits.SORTS]
    storylines += [((0.0, steps.remove_posting(how)),) for how in (*REMOVALS, Absence.EMPTY)]
    storylines += [((0.0, steps.remove_posting(how, 4.0)), (4.0, steps.return_posting())) for how in REMOVALS]
    storylines += [
        ((0.0, steps.remove_posting(how, 4.0)), (4.0, steps.return_posting(sort)))
        for how, sort in zip(REMOVALS, edits.SORTS, strict=False)
    ]
    storylines += [((0.0, steps.remove_posting(how, 0.6)), (0.6, steps.end_blip)) for how in REMOVALS[:3]]
    storylines += [
        ((0.0, steps.edit_posting(sort)), (3.0, steps.revert_posting(sort)))
        for sort in ("number", "title", "name", "paragraph_removed")
    ]
    storylines += [
        ((0.0, steps.edit_posting(sort)), (0.04, steps.revert_posting(sort))) for sort in ("number",)
    ]
    storylines += [
        ((0.0, steps.edit_posting("number")), (0.0, steps.edit_posting("byline"))),
        ((0.0, steps.edit_posting("quote")), (2.0, steps.edit_posting("date moved, text alone"))),
    ]
    storylines += [((0.0, steps.move_posting),), ((0.0, steps.sent_away),), ((0.0, steps.sent_to_sibling),)]
    rng.shuffle(storylines)
    yield from storylines


def _publish_history(writer: TimelineWriter, site: str, number: int, start: datetime) -> None:
    for i in range(number):
        writer.at = start - timedelta(days=1.3 * (number - i) + 0.5, minutes=writer.rng.randint(0, 400))
        writer.publish_post(site, writer.write_story(site))


def _plan_turning_points(schedule: _Schedule, script: Scenario) -> None:
    """Plan the two things that happen to a site as a whole and hardly ever."""
    site, writer = script.sites[0], schedule.writer

    def redesigned() -> None:
        writer.put_site(site, template=Template.NEXT)
        writer.add_incident(IncidentKind.REDESIGNED, site)

    if script.redesign_day is not None:
        schedule.add(schedule.start + timedelta(days=script.redesign_day), redesigned)
    for each in _plan_renames(script, schedule.start):
        schedule.add(each.at, lambda: writer.add_incident(IncidentKind.SITE_MOVED, site))


def _plan_renames(script: Scenario, start: datetime) -> tuple[HostRename, ...]:
    if script.rename_day is None:
        return ()
    site = script.sites[0]
    return (HostRename(site, start + timedelta(days=script.rename_day), f"https://www.{site}-new.mil"),)


def _plan_storms(script: Scenario, start: datetime) -> tuple[Storm, ...]:
    rng = random.Random(f"storms/{script.seed}")
    found = []
    for i, site in enumerate(script.sites):
        days = (script.days - 4) / max(script.storms, 1)
        for j in range(script.storms):
            at = start + timedelta(days=2 + days * j + rng.uniform(0.0, max(days - 1.3, 0.1)))
            fault = STORMS[(script.seed * 3 + i * script.storms + j * 5) % len(STORMS)]
            found.append(Storm(site, at, at + timedelta(hours=rng.uniform(10, 28)), fault))
    return tuple(found)


def _describe_fault(fault: Fault) -> str:
    return f"{fault.trouble} {fault.target}".strip()
