"""Says what a changed number counts, where the words beside it show it. Pure."""

import re
from typing import Final, NamedTuple

from storage.diff.kinds import OPENER, SPELLED

LONGEST_NUMBER: Final = 20  # characters
PLAIN_NUMBER: Final = re.compile(rf"\d+(?:[.,]\d+)*|{'|'.join(SPELLED)}", re.IGNORECASE | re.ASCII)
YEAR: Final = re.compile(r"(?:19|20)\d\d", re.ASCII)
CURRENCY: Final = re.compile(r"[$€£¥₩]$")
SCALE: Final = re.compile(r"\s?(?:%|(?:percent|thousand|million|billion|trillion)\b)")
# "30 to 40 troops", "12 of 40 ships": the number does not count them alone.
RANGE: Final = re.compile(r"\d[\d,.]*\s*(?:to|and|or|of|out of|by|x|[-–—/:])\s*$")
LAST_WORD: Final = re.compile(r"(?:^|[\s(])([^\s(]+)\s+$")
COUNTED: Final = re.compile(
    r"\s((?:(?P<adjective>[A-Z][a-z]+|U\.S\.|[a-z]+)\s)?(?P<noun>[A-Za-z]+))(?![\w’'\-])"
)
ADJECTIVES: Final = frozenset(
    {"active", "additional", "civilian", "injured", "military", "more", "new", "other", "wounded"}
)
PLURAL: Final = re.compile(r"(?!.*(?:ss|us|is)$)[a-z]{2,}s")
IRREGULAR: Final = frozenset(
    {
        "aircraft",
        "airmen",
        "children",
        "crewmen",
        "fishermen",
        "guardsmen",
        "men",
        "people",
        "personnel",
        "police",
        "servicemembers",
        "servicemen",
        "spacecraft",
        "troops",
        "women",
    }
)
NAMED: Final = frozenset(
    {
        "Airmen",
        "Americans",
        "Guardians",
        "Guardsmen",
        "Japanese",
        "Koreans",
        "Marines",
        "Reservists",
        "Sailors",
        "Soldiers",
    }
)
NO_NOUNS: Final = frozenset(
    {
        "across",
        "always",
        "as",
        "besides",
        "does",
        "dozens",
        "goes",
        "has",
        "hundreds",
        "lets",
        "makes",
        "means",
        "millions",
        "minus",
        "perhaps",
        "plus",
        "remains",
        "says",
        "sometimes",
        "tens",
        "thousands",
        "times",
        "towards",
        "unless",
        "versus",
        "was",
        "yes",
        "billions",
    }
)
# "article 15 hearings": the number is part of a name.
NUMBERED: Final = frozenset(
    {
        "age",
        "aged",
        "ages",
        "article",
        "bay",
        "block",
        "building",
        "category",
        "chapter",
        "class",
        "exit",
        "flight",
        "gate",
        "grade",
        "group",
        "hangar",
        "increment",
        "level",
        "line",
        "lot",
        "number",
        "page",
        "part",
        "phase",
        "pier",
        "range",
        "room",
        "route",
        "section",
        "step",
        "tier",
        "title",
        "top",
        "type",
        "under",
        "unit",
        "version",
    }
)
# Words that may begin a sentence before a number; another capitalised word names something ("Route 40").
STARTS: Final = frozenset(
    {
        "About",
        "All",
        "Almost",
        "Another",
        "Approximately",
        "Around",
        "Exactly",
        "More",
        "Nearly",
        "Only",
        "Over",
        "Roughly",
        "Some",
        "Than",
    }
)


class NumberChange(NamedTuple):
    """A number that took the place of another."""

    subject: str  # "the number of troops", or "a number"
    old: str
    new: str


def describe_number(removed: str, added: str, before: str, after: str) -> NumberChange | None:
    """Return what a changed number counts; None where something else than one plain number changed.

    `before` and `after` are the unchanged words on both sides. Where they do not show it, it is "a number".
    """
    old, new = removed.strip(), added.strip()
    if max(len(old), len(new)) > LONGEST_NUMBER or not (
        PLAIN_NUMBER.fullmatch(old) and PLAIN_NUMBER.fullmatch(new)
    ):
        return None
    scale = SCALE.match(after)
    unit = scale[0] if scale else ""
    if sign := CURRENCY.search(before):
        return NumberChange("an amount", f"{sign[0]}{old}{unit}", f"{sign[0]}{new}{unit}")
    if unit:
        return NumberChange(
            "a share" if "%" in unit or "percent" in unit else "a number", old + unit, new + unit
        )
    counted = None if YEAR.fullmatch(old) or YEAR.fullmatch(new) else _find_counted(before, after)
    return NumberChange(f"the number of {counted}" if counted else "a number", old, new)


def _find_counted(before: str, after: str) -> str | None:
    """Return the plural noun that a number between two texts counts; None if we cannot be sure."""
    if (before and not before[-1:].isspace()) or RANGE.search(before):
        return None
    last = LAST_WORD.search(before[-80:])
    if last and (last[1] in NUMBERED or _is_name(last[1])):
        return None
    found = COUNTED.match(after)
    if found is None:
        return None
    adjective, noun = found["adjective"], found["noun"]
    if adjective and _is_counted(adjective):
        return adjective
    if adjective and not (adjective in ADJECTIVES or adjective[0].isupper()):
        return None
    return found[1] if _is_counted(noun) else None


def _is_name(word: str) -> bool:
    return word[:1].isupper() and word not in STARTS and not OPENER.fullmatch(word)


def _is_counted(word: str) -> bool:
    if word in NO_NOUNS or OPENER.fullmatch(word):
        return False
    return word in IRREGULAR or word in NAMED or PLURAL.fullmatch(word) is not None
