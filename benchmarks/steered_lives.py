"""Lives steered by hand: what tempts a monitor to a false claim, and what it must not overlook.

Here: a refused address among others that answer, a wall that grows, a few broken pages. Purges and botched
deploys are in absence_lives.py, broken and mended sites in quarantine_lives.py.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from benchmarks import run_life
from benchmarks.scoring import Demand
from simulator.faults import Fault, Trouble
from simulator.life import Life, Storm
from simulator.scenarios import START
from simulator.timeline import PostKey, TimelineWriter
from simulator.truth import Absence
from storage.archive.writer import get_archive_folder
from storage.integrity.verify import verify_database
from storage.models import Event, EventKind
from storage.queries.events import list_events

SITE = "calder"
NEW = frozenset({EventKind.FOUND, EventKind.PUBLISHED})
EVERY = timedelta(hours=6)
Posts = tuple[PostKey, ...]  # the newest first


@dataclass(frozen=True, slots=True)
class Step:
    """What happens some hours after the start."""

    hours: float
    act: Callable[[TimelineWriter, Posts], None]


@dataclass(frozen=True, slots=True)
class SteeredLife:
    """A newsroom of so many releases, what happens to it, and what was in its way."""

    posts: Posts
    life: Life

    def events(self, every: timedelta = EVERY, visit: int | None = None) -> list[Event]:
        """Return what the ledger holds after looks every six hours, first meetings left out.

        A look is at all releases, or at so many. Raises AssertionError where the database does not verify.
        """
        with run_life.open_crawler(self.life) as crawler:
            run_life.watch_life(crawler, every, visit=visit)
            store = crawler.store
            events = list(list_events(store))
            report = verify_database(store.db, get_archive_folder(store.path))
            assert report.problem is None, report.problem
        return [event for event in events if event.kind not in NEW]

    def number(self, event: Event) -> str:
        """Return the article number of an event's posting; empty for an event of the whole newsroom."""
        return next((post.number for post in self.posts if post.number in (event.posting or "")), "")


def steer(
    postings: int,
    steps: Sequence[Step],
    days: float,
    storms: Callable[[Posts], Sequence[Storm]] = lambda _: (),
) -> SteeredLife:
    """Return a life of `postings` releases from before the start and of these steps."""
    writer = TimelineWriter(f"steered/{postings}", (SITE,), START)
    posts = []
    for i in range(postings):
        writer.at = START - timedelta(days=1.3 * (postings - i) + 0.5)
        posts.append(writer.publish_post(SITE, writer.write_story(SITE)))
    newest_first = tuple(reversed(posts))
    writer.at = START
    writer.add_frame()
    for step in steps:
        writer.at = START + timedelta(hours=step.hours)
        step.act(writer, newest_first)
        writer.add_frame()
    until = START + timedelta(days=days)
    life = Life(START, until, tuple(writer.frames), tuple(storms(newest_first)), (), tuple(writer.truth))
    return SteeredLife(newest_first, life)


def take_down(which: slice, how: Absence) -> Callable[[TimelineWriter, Posts], None]:
    """Return the step that takes releases down, off the lists too."""

    def act(writer: TimelineWriter, posts: Posts) -> None:
        for post in posts[which]:
            writer.update_post(post, absence=how)

    return act


def fault_at(
    which: slice, trouble: Trouble, hours: float, until_hours: float
) -> Callable[[Posts], list[Storm]]:
    """Return the trouble that some releases' addresses have for a while; lists and feed stay as they are."""

    def storms(posts: Posts) -> list[Storm]:
        begin, end = START + timedelta(hours=hours), START + timedelta(hours=until_hours)
        return [
            Storm(SITE, begin, end, Fault(trouble, target=f"/Article/{post.number}/"))
            for post in posts[which]
        ]

    return storms


def one_refused_address(postings: int = 12) -> list[Demand]:
    """Take one release down while another answers 403: the removal is found, the other is not observed."""
    steered = steer(
        postings,
        [Step(13, take_down(slice(3, 4), Absence.NOT_FOUND))],
        4,
        fault_at(slice(6, 7), Trouble.BLOCKED, 7, 90),
    )
    events = steered.events()
    removed = [event for event in events if event.kind is EventKind.REMOVED]
    right = [steered.number(event) for event in removed] == [steered.posts[3].number]
    others = [event for event in events if steered.number(event) == steered.posts[6].number]
    suspected = [event.first_after_at for event in events if event.kind is EventKind.SUSPECTED]
    in_time = bool(removed) and [removed[0].first_after_at] == suspected
    measured = f"{describe(events)} (wanted 1 removed, 1 suspected)"
    is_shown = all("gave the same answer" in str(event.detail["controls"]) for event in removed)
    return [Demand("one refused address", measured, right and in_time and is_shown and not others)]


def growing_wall(postings: int = 30) -> list[Demand]:
    """Refuse more and more addresses, and answer 404 at some: nothing is removed while the wall stands."""

    def storms(posts: Posts) -> list[Storm]:
        end = START + timedelta(days=6)
        wall = [
            Storm(
                SITE,
                START + timedelta(hours=7 + 12 * i),
                end,
                Fault(Trouble.BLOCKED, target=f"/Article/{post.number}/"),
            )
            for i, post in enumerate(posts[5:13])
        ]
        gone = [
            Storm(
                SITE,
                START + timedelta(hours=31),
                end,
                Fault(Trouble.NOT_FOUND, target=f"/Article/{post.number}/"),
            )
            for post in posts[20:22]
        ]
        return [*wall, *gone]

    events = steer(postings, [], 6, storms).events()
    removed = [event for event in events if event.kind is EventKind.REMOVED]
    return [Demand("a wall that grows", f"{describe(events)} (wanted no removal)", not removed)]


def few_broken_pages(postings: int = 30) -> list[Demand]:
    """Take one release down while two others answer 503: the removal is found."""
    steered = steer(
        postings,
        [Step(13, take_down(slice(3, 4), Absence.NOT_FOUND))],
        3,
        fault_at(slice(6, 8), Trouble.UNAVAILABLE, 7, 70),
    )
    events = steered.events()
    removed = [steered.number(event) for event in events if event.kind is EventKind.REMOVED]
    return [
        Demand(
            "two releases at 503",
            f"{describe(events)} (wanted 1 removed)",
            removed == [steered.posts[3].number],
        )
    ]


def describe(events: Sequence[Event]) -> str:
    """Return how many events of each kind there are."""
    counted = Counter(str(event.kind) for event in events)
    return ", ".join(f"{number} {kind}" for kind, number in sorted(counted.items())) or "none"


def run_walls() -> list[Demand]:
    """Return what is demanded of newsrooms that refuse us or fail at some addresses."""
    return [
        *one_refused_address(),
        *one_refused_address(9),
        *growing_wall(),
        *few_broken_pages(),
    ]
