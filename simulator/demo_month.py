"""A month for the demo: few posts, few things happen to them, and each is worth looking at."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from simulator import life as lives
from simulator.life import IncidentKind, Life
from simulator.server import Served
from simulator.timeline import Place, Teller
from simulator.truth import Absence

SITE = "meridian"
START = datetime(2025, 3, 3, 14, tzinfo=UTC)
DAYS = 30
HISTORY = 9
LOOK_DAYS = (0.0, 2.0, 4.0, 6.0, 6.2, 6.6, 9.0, 12.0, 12.2, 12.6, 18.0, 22.0, 29.0)


@dataclass(frozen=True, slots=True)
class Chapter:
    """What the newsroom did, in one line, for a person to read; it never said so itself."""

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
    teller = Teller("month", (SITE,), START)
    places = _history(teller)
    teller.at = START
    teller.keep()
    chapters = []
    for days, words, what in _plot(teller, places):
        teller.at = START + timedelta(days=days)
        what()
        teller.keep()
        chapters.append(Chapter(teller.at, words))
    until = START + timedelta(days=DAYS)
    life = Life(START, until, tuple(teller.frames), truth=tuple(teller.truth))
    return Month(life, SITE, tuple(START + timedelta(days=each) for each in LOOK_DAYS), tuple(chapters))


def play(served: Served, life: Life, at: datetime) -> None:
    """Make a served newsroom show what a life shows at an instant."""
    for site in lives.newsroom(life, at).sites:
        served.put_site(site)


def _history(teller: Teller) -> list[Place]:
    places = []
    for i in range(HISTORY):
        teller.at = START - timedelta(days=2 * (HISTORY - i), hours=3)
        places.append(teller.post(SITE, teller.write(SITE)))
    return places[::-1]


def _plot(teller: Teller, places: list[Place]) -> list[tuple[float, str, Callable[[], object]]]:
    silent, gone, back, headline = places[1:5]
    return [
        (1.1, "publishes a story", lambda: _publish(teller)),
        (3.3, "changes a number in a story and says nothing", lambda: _edit(teller, silent, "number")),
        (5.0, "takes a story down", lambda: _remove(teller, gone)),
        (7.5, "changes a headline", lambda: _edit(teller, headline, "title")),
        (10.0, "takes another story down", lambda: _remove(teller, back)),
        (15.2, "publishes a story", lambda: _publish(teller)),
        (16.0, "puts that one back, with other words in a quotation", lambda: _return(teller, back)),
    ]


def _publish(teller: Teller) -> None:
    teller.note(IncidentKind.PUBLISHED, teller.post(SITE, teller.write(SITE)))


def _edit(teller: Teller, where: Place, sort: str) -> None:
    how, fields = teller.edit(where, sort)
    teller.note(IncidentKind.EDITED, where, fields=fields, detail=how)


def _remove(teller: Teller, where: Place) -> None:
    teller.put(where, absence=Absence.NOT_FOUND)
    teller.note(IncidentKind.REMOVED, where, detail=str(Absence.NOT_FOUND))


def _return(teller: Teller, where: Place) -> None:
    teller.put(where, absence=None)
    how, fields = teller.edit(where, "quote")
    teller.note(IncidentKind.RETURNED, where, fields=fields, detail=how)
