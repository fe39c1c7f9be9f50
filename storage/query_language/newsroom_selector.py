"""How people name newsrooms, one or many, wherever newsrooms can be named. Pure.

    usfk-news  newsroom:usfk-news     one newsroom, by its id
    branch:Navy                       those of a branch
    group:NAME                        those of a group that a user named
    tag:speeches                      those with a tag: a section or a platform
    under:"Air Combat Command"        those of an organization and of what belongs to it

`=` means the same as `:`. Capitals do not matter. Several selectors mean all that any of them names.
"""

import difflib
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from storage.models.quoting import quote_value

LONGEST: Final = 200  # characters
SIGNS: Final = ":="


class SelectorError(ValueError):
    """A text that names no newsrooms; one line."""


class SelectorKind(StrEnum):
    """By what newsrooms are chosen."""

    NEWSROOM = "newsroom"
    BRANCH = "branch"
    GROUP = "group"
    TAG = "tag"
    UNDER = "under"


@dataclass(frozen=True, slots=True)
class NewsroomSelector:
    """Newsrooms that someone named."""

    kind: SelectorKind
    value: str

    def __str__(self) -> str:
        """Return it as one would type it."""
        return self.value if self.kind is SelectorKind.NEWSROOM else f"{self.kind}:{self.value}"


def parse_selector(text: str) -> NewsroomSelector:
    """Return the newsrooms that a text names; SelectorError, one line, for anything else."""
    sign = next((char for char in text if char in SIGNS), "")
    name, _, rest = text.partition(sign) if sign else (SelectorKind.NEWSROOM.value, "", text)
    key = name.strip().casefold()
    value = " ".join(rest.strip().strip('"').split())
    if key not in set(SelectorKind):
        near = difflib.get_close_matches(key[:LONGEST], list(SelectorKind), n=1)
        hint = f"did you mean {near[0]}?" if near else f"choose one of {', '.join(SelectorKind)}"
        raise SelectorError(f"{quote_value(text)}: newsrooms are not chosen by {quote_value(name)}; {hint}")
    if not value or len(value) > LONGEST:
        wanted = "wanted an id such as usfk-news, or for instance branch:Navy"
        raise SelectorError(f"{quote_value(text)} names no newsroom; {wanted}")
    return NewsroomSelector(SelectorKind(key), value)
