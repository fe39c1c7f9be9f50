"""A month for the demo: few posts, few things happen to them, and each is worth looking at."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from simulator import life as lives
from simulator.life import IncidentKind, Life
from simulator.server import Served
from simulator.timeline import PostKey, TimelineWriter
from simulator.truth import Absence

SITE = "meridian"
START = datetime(2025, 3, 3, 14, tzinfo=UTC)
DAYS = 30
HISTORY = 9
LOOK_DAYS = (0.0, 2.0, 4.0, 6.0, 6.2, 6.6, 9.0, 12.0, 12.2, 12.6, 18.0, 22.0, 29.0)


@dataclass(frozen=True, slots=True)
class Chapter:
    """What the newsroom did, in one line for the reader of the demo; the newsroom itself never said so."""

    at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class Month:
    """A life with the instants at which to look, each a few looks apart from what happens."""

    life: Life
    site: str
    looks: tuple[datetime, ...]  # the first is a first crawl; the others look again as well
    chapters: tuple[Chapter, ...]


def demo_month() -> Month:
    """Return the demo's month: always the same.

    A silent edit, a takedown, a return with edits meanwhile, a headline that was changed, two new posts.
    """
    writer = TimelineWriter("month", (SITE,), START)
    keys = _history(writer)
    writer.at = START
    writer.add_frame()
    chapters = []
    for days, words, what in _plot(writer, keys):
        writer.at = START + timedelta(days=days)
        what()
        writer.add_frame()
        chapters.append(Chapter(writer.at, words))
    until = START + timedelta(days=DAYS)
    life = Life(START, until, tuple(writer.frames), truth=tuple(writer.truth))
    return Month(life, SITE, tuple(START + timedelta(days=each) for each in LOOK_DAYS), tuple(chapters))


def show_at(served: Served, life: Life, at: datetime) -> None:
    """Make a served newsroom show what a life shows at an instant."""
    for site in lives.newsroom_at(life, at).sites:
        served.put_site(site)


def _history(writer: TimelineWriter) -> list[PostKey]:
    keys = []
    for i in range(HISTORY):
        writer.at = START - timedelta(days=2 * (HISTORY - i), hours=3)
        keys.append(writer.publish_post(SITE, writer.write_story(SITE)))
    return keys[::-1]


def _plot(writer: TimelineWriter, keys: list[PostKey]) -> list[tuple[float, str, Callable[[], object]]]:
    silent, gone, back, headline = keys[1:5]
    return [
        (1.1, "publishes a story", lambda: _publish(writer)),
        (3.3, "changes a number in a story without saying so", lambda: _edit(writer, silent, "number")),
        (5.0, "takes a story down", lambda: _remove(writer, gone)),
        (7.5, "changes a headline", lambda: _edit(writer, headline, "title")),
        (10.0, "takes a second story down", lambda: _remove(writer, back)),
        (15.2, "publishes a story", lambda: _publish(writer)),
        (16.0, "puts the second story back, with a quotation reworded", lambda: _return(writer, back)),
    ]


def _publish(writer: TimelineWriter) -> None:
    writer.add_incident(IncidentKind.PUBLISHED, writer.publish_post(SITE, writer.write_story(SITE)))


def _edit(writer: TimelineWriter, where: PostKey, sort: str) -> None:
    how, fields = writer.edit_post(where, sort)
    writer.add_incident(IncidentKind.EDITED, where, fields=fields, detail=how)


def _remove(writer: TimelineWriter, where: PostKey) -> None:
    writer.update_post(where, absence=Absence.NOT_FOUND)
    writer.add_incident(IncidentKind.REMOVED, where, detail=str(Absence.NOT_FOUND))


def _return(writer: TimelineWriter, where: PostKey) -> None:
    writer.update_post(where, absence=None)
    how, fields = writer.edit_post(where, "quote")
    writer.add_incident(IncidentKind.RETURNED, where, fields=fields, detail=how)
