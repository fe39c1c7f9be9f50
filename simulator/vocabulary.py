"""The raw material of made-up stories; names, places and units are invented, nothing is quoted."""

from dataclasses import dataclass
from functools import cache
from importlib import resources

RANKS = ("Capt.", "Maj.", "Lt. Col.", "Col.", "Master Sgt.", "Chief Petty Officer", "1st Lt.", "Staff Sgt.")
FIRST = (
    "Imani",
    "Theo",
    "Marisol",
    "Graham",
    "Yuna",
    "Declan",
    "Priya",
    "Anders",
    "Leila",
    "Owen",
    "Tamsin",
    "Rafael",
)
LAST = (
    "Okafor",
    "Brandvold",
    "Quiroga",
    "Tennant",
    "Sato",
    "Mulcahy",
    "Raman",
    "Lindqvist",
    "Haddad",
    "Pruett",
)
TAGS = (
    "logistics",
    "readiness",
    "training",
    "medical",
    "engineers",
    "partnership",
    "Harbor Resolve",
    "weather",
    "safety",
)


@dataclass(frozen=True, slots=True)
class Topic:
    """Sentences for one sort of story; slots in braces are filled by the story's own facts."""

    title: str
    lead: str
    middle: tuple[str, ...]
    quotes: tuple[str, ...]
    close: str
    photo: str


EXERCISES = (
    "Harbor Resolve",
    "Granite Lantern",
    "Copper Heron",
    "Winter Anvil",
    "Open Causeway",
    "Silver Ferry",
)
COMPANIES = (
    "Tolliver Marine Works LLC, Port Eldon, Maine",
    "Brightfork Systems Inc., Caldwell Heights, Utah",
    "Ironwood & Daughters Corp., Mason Ferry, Ohio",
    "Quill Aerostructures Co., Deep Creek, Virginia",
    "Sandpiper Fuels LP, Baytree, Texas",
    "Norvell Optics Inc.,* Juniper Falls, Oregon",
)
GOODS = (
    "hull coatings",
    "radar spares",
    "bridge timbers",
    "cold-weather tents",
    "bulk diesel fuel",
    "survey lenses",
)
DEPARTMENTS = ("ARMY", "NAVY", "AIR FORCE", "DEFENSE LOGISTICS AGENCY")


@cache
def topics() -> tuple[Topic, ...]:
    """Return the sorts of story there are, from the file beside this one."""
    text = resources.files("simulator").joinpath("topics.txt").read_text(encoding="utf-8")
    blocks = [block.strip().splitlines() for block in text.split("\n\n")[1:]]
    return tuple(_topic([line.split(": ", 1) for line in block]) for block in blocks)


def _topic(rows: list[list[str]]) -> Topic:
    def named(name: str) -> tuple[str, ...]:
        return tuple(text for key, text in rows if key == name)

    (title,), (lead,), (close,), (photo,) = (named(key) for key in ("title", "lead", "close", "photo"))
    return Topic(title, lead, named("middle"), named("quote"), close, photo)
