"""Whether one run shows that a site was redesigned, so that our reading of it cannot be trusted. Pure."""

from collections import Counter
from dataclasses import dataclass
from typing import Final

from storage.diff.tokens import split_words
from storage.models import Fields

# Fewer than five are no redesign but a few bad pages, and cannot become removals: their siblings fail the
# controls. Half, because no newsroom breaks, empties or rewrites half of what it shows between two looks,
# while a design is rolled out to all of it, or to all of one section.
FEWEST: Final = 5
SHARE: Final = 0.5


@dataclass(frozen=True, slots=True)
class RunTally:
    """What became in one run of postings that were live and readable at the look before.

    Suspected and removed postings do not count: looking at them again would always seem a disaster. Neither
    do looks that say nothing (blocked, throttled, damaged, unreachable). A 404 is a clear answer and no sign
    of a redesign, but counts as answered.
    """

    answered: int  # live, unchanged, gone, soft_gone, unreadable
    unreadable: int
    soft_gone: int
    gutted: int  # readable, but most of the text is missing
    intact: int = 0  # readable as before

    @property
    def misread(self) -> int:
        """How many our parser does not read, or not as before."""
        return self.unreadable + self.gutted

    @property
    def broken(self) -> int:
        """How many may show a redesign: a page without the article may be one that we do not recognise."""
        return self.misread + self.soft_gone


@dataclass(frozen=True, slots=True)
class Quarantine:
    """A source that may bring no edits and no removals until it can be read again."""

    broken: int
    answered: int
    reason: str  # one line


def detect_redesign(tally: RunTally) -> Quarantine | None:
    """Return the quarantine to begin if at least five, and half, of the good postings broke in this run.

    Pages without their article show a redesign only where not one reads as before: beside some that do, they
    are a mass absence (mass_absence.py).
    """
    broken = tally.misread if tally.intact else tally.broken
    if broken < FEWEST or broken < SHARE * tally.answered:
        return None
    reason = (
        f"{tally.broken} of {tally.answered} known-good postings broke in one run: "
        f"{tally.unreadable} unreadable, {tally.soft_gone} without the article, "
        f"{tally.gutted} without most of their text"
    )
    return Quarantine(tally.broken, tally.answered, reason)


def has_lost_most_text(before: Fields, after: Fields) -> bool:
    """Return whether less than half of a text's words are still there, which an edit seldom does."""
    old = Counter(word.key for text in before.paragraphs for word in split_words(text))
    new = Counter(word.key for text in after.paragraphs for word in split_words(text))
    return (old & new).total() * 2 < old.total()
