"""Lives steered by hand in which many releases are absent: purges, and sites that break.

Newsrooms of nine, thirty and three hundred releases, of which a tenth, half or all are taken down or cannot
be had; also where small visits look at a few releases each.
"""

from datetime import timedelta

from benchmarks.scoring import Demand
from benchmarks.steered_lives import EVERY, SITE, Posts, Step, describe, fault_at, steer, take_down
from simulator.faults import Trouble
from simulator.timeline import TimelineWriter
from simulator.truth import Absence
from storage.models import EventKind

RARELY = timedelta(hours=12)  # at large newsrooms, where a look takes long
LARGE = 300


def purge(postings: int, share: float, how: Absence, visit: int | None = None) -> list[Demand]:
    """Take a share of the releases down, off the lists too: reported after 72 hours if some are left."""
    count = max(round(postings * share), 1)
    is_all = count == postings
    gone = slice(0, count) if is_all else slice(1, 1 + count)
    steered = steer(postings, [Step(13, take_down(gone, how))], 7 if visit is None else 12)
    events = steered.events(RARELY if postings >= LARGE else EVERY, visit)
    removed = [event for event in events if event.kind is EventKind.REMOVED]
    name = f"purge of {count} of {postings}, {how}" + (f", {visit} a visit" if visit else "")
    measured = f"{describe(events)} (wanted {0 if is_all else count} removed)"
    if is_all:
        alarms = [one for one in events if one.kind in (EventKind.MASS_ABSENCE, EventKind.QUARANTINED)]
        return [Demand(name, measured, len(alarms) == 1 and not removed)]
    wanted = {post.number for post in steered.posts[gone]}
    is_whole = {steered.number(event) for event in removed} == wanted and len(removed) == count
    is_mass = count >= max(5, postings / 10)
    waited = timedelta(hours=72) if is_mass else timedelta(hours=6)
    is_patient = all(event.at - event.first_after_at >= waited for event in removed if event.first_after_at)
    above = [event for event in events if event.kind is EventKind.MASS_REMOVAL]
    false = [event for event in events if event.kind in (EventKind.EDITED, EventKind.QUARANTINED)]
    return [Demand(name, measured, is_whole and is_patient and len(above) == int(is_mass) and not false)]


def purge_all_and_go_on(postings: int, how: Absence) -> list[Demand]:
    """Take everything down, and publish again after two days: it is removed once others are there."""

    def publish(writer: TimelineWriter, _: Posts) -> None:
        writer.publish_post(SITE, writer.write_story(SITE))

    steps = [Step(13, take_down(slice(0, postings), how)), *(Step(60 + 8 * n, publish) for n in range(4))]
    steered = steer(postings, steps, 8)
    events = steered.events()
    removed = [steered.number(event) for event in events if event.kind is EventKind.REMOVED]
    is_whole = sorted(removed) == sorted(post.number for post in steered.posts)
    name = f"purge of all {postings} and new ones after two days, {how}"
    return [Demand(name, f"{describe(events)} (wanted {postings} removed)", is_whole)]


def botched_deploy(
    postings: int, trouble: Trouble, share: float = 0.5, visit: int | None = None, hours: float = 48
) -> list[Demand]:
    """Answer without the story at a share of the addresses for two days while the lists name them all."""
    count = round(postings * share)
    storms = fault_at(slice(0, count), trouble, 13, 13 + hours)
    events = steer(postings, [], 3 + hours / 24, storms).events(RARELY if postings >= LARGE else EVERY, visit)
    removed = [event for event in events if event.kind is EventKind.REMOVED]
    name = f"botched deploy at {count} of {postings} for {hours:.0f} hours, {trouble}"
    name += f", {visit} a visit" if visit else ""
    return [Demand(name, f"{describe(events)} (wanted 0 removed)", not removed)]


def all_not_found(postings: int = 30) -> list[Demand]:
    """Answer 404 at every address for ten days while the lists are as before: an alarm, and no removal."""
    storms = fault_at(slice(0, postings), Trouble.NOT_FOUND, 13, 253)
    events = steer(postings, [], 10, storms).events(RARELY)
    kinds = {event.kind for event in events}
    is_right = kinds == {EventKind.MASS_ABSENCE, EventKind.SUSPECTED}
    return [Demand(f"all {postings} at 404", f"{describe(events)} (wanted an alarm, 0 removed)", is_right)]


def run_purges() -> list[Demand]:
    """Return what is demanded where a tenth, half or all of a newsroom is taken down."""
    return [
        *purge(9, 0.1, Absence.GONE),
        *purge(9, 0.5, Absence.LISTING),
        *purge(9, 0.6, Absence.NOT_FOUND),
        *purge(9, 1, Absence.NOT_FOUND),
        *purge(30, 0.1, Absence.NOT_FOUND),
        *purge(30, 0.5, Absence.REDIRECT_HOME),
        *purge(30, 0.5, Absence.HOME),
        *purge(30, 1, Absence.NOT_FOUND),
        *purge(30, 1, Absence.HOME),
        *purge_all_and_go_on(9, Absence.NOT_FOUND),
        *purge_all_and_go_on(30, Absence.HOME),
    ]


def run_large_purges() -> list[Demand]:
    """Return the same for a newsroom of three hundred releases."""
    return [
        *purge(LARGE, 0.1, Absence.GONE),
        *purge(LARGE, 0.5, Absence.REDIRECT_HOME),
        *purge(LARGE, 1, Absence.NOT_FOUND),
    ]


def run_small_visits() -> list[Demand]:
    """Return what is demanded where each visit looks at a few releases only."""
    return [
        *purge(30, 0.5, Absence.NOT_FOUND, visit=5),
        *purge(30, 0.1, Absence.NOT_FOUND, visit=5),
        *botched_deploy(30, Trouble.NOT_FOUND, visit=5),
        *botched_deploy(9, Trouble.HOME, visit=3),
    ]


def run_botched_deploys() -> list[Demand]:
    """Return what is demanded where a newsroom breaks for some days while its lists name its releases."""
    troubles = (Trouble.NOT_FOUND, Trouble.HOME, Trouble.LISTING)
    halves = [demand for size in (9, 30) for trouble in troubles for demand in botched_deploy(size, trouble)]
    return [
        *halves,
        *botched_deploy(30, Trouble.NOT_FOUND, share=29 / 30),
        *botched_deploy(30, Trouble.GONE, hours=120),
        *all_not_found(9),
        *all_not_found(),
    ]
