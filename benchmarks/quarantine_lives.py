"""Lives steered by hand in which most of a site cannot be read for a while, and then can again.

What is edited meanwhile is found in its own time, nothing else is claimed, and the database verifies.
"""

from datetime import timedelta

from benchmarks.scoring import Demand
from benchmarks.steered_lives import Posts, Step, describe, fault_at, steer, take_down
from simulator.faults import Trouble
from simulator.scenarios import START
from simulator.timeline import TimelineWriter
from simulator.truth import Absence
from storage.models import EventKind

BROKEN = slice(0, 17)
EDITED, GONE = 20, 22
BEGIN, END = 13, 37  # hours after the start


def edit_one(writer: TimelineWriter, posts: Posts) -> None:
    """Change a fact of one release."""
    writer.edit_post(posts[EDITED], "number")


def broken_and_mended(trouble: Trouble, postings: int = 30) -> list[Demand]:
    """Break 17 of 30 releases for a day and edit another meanwhile: one edit, found at the next look."""
    steps = [Step(BEGIN + 1, edit_one)]
    steered = steer(postings, steps, 4, fault_at(BROKEN, trouble, BEGIN, END))
    events = steered.events()
    edits = [event for event in events if event.kind is EventKind.EDITED]
    right = [steered.number(event) for event in edits] == [steered.posts[EDITED].number]
    soon = START + timedelta(hours=BEGIN + 1 + 6)
    in_time = all(event.first_after_at is not None and event.first_after_at <= soon for event in edits)
    allowed = {EventKind.EDITED, EventKind.QUARANTINED, EventKind.MASS_ABSENCE}
    allowed |= {EventKind.SUSPECTED, EventKind.CLEARED}
    false = [event for event in events if event.kind not in allowed]
    name = f"17 of {postings} broken for a day, {trouble}"
    return [Demand(name, f"{describe(events)} (wanted 1 edited, in time)", right and in_time and not false)]


def all_broken_and_mended(postings: int = 30) -> list[Demand]:
    """Answer with the home page everywhere for a day and edit one release: a quarantine, one edit."""
    storms = fault_at(slice(0, postings), Trouble.HOME, BEGIN, END)
    steered = steer(postings, [Step(BEGIN + 1, edit_one)], 4, storms)
    events = steered.events()
    right = [event.kind for event in events] == [EventKind.QUARANTINED, EventKind.EDITED]
    right = right and steered.number(events[-1]) == steered.posts[EDITED].number
    name = f"all {postings} broken for a day, {Trouble.HOME}"
    return [Demand(name, f"{describe(events)} (wanted 1 quarantined, 1 edited)", right)]


def removed_meanwhile(postings: int = 30) -> list[Demand]:
    """Take a release down while 17 others cannot be read: it is removed once the site is well."""
    steps = [Step(BEGIN + 1, take_down(slice(GONE, GONE + 1), Absence.NOT_FOUND))]
    steered = steer(postings, steps, 5, fault_at(BROKEN, Trouble.GARBAGE, BEGIN, END))
    events = steered.events()
    removed = [event for event in events if event.kind is EventKind.REMOVED]
    right = [steered.number(event) for event in removed] == [steered.posts[GONE].number]
    patient = all(event.at >= START + timedelta(hours=END) for event in removed)
    name = "a removal while most of the site is broken"
    return [Demand(name, f"{describe(events)} (wanted 1 removed, after the end)", right and patient)]


def run_quarantines() -> list[Demand]:
    """Return what is demanded where most of a newsroom cannot be read for a while."""
    return [
        *broken_and_mended(Trouble.GARBAGE),
        *broken_and_mended(Trouble.HOME),
        *all_broken_and_mended(),
        *removed_meanwhile(),
    ]
