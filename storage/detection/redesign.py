"""Whether one run shows that a site was redesigned, so that our reading of it cannot be trusted. Pure."""

from collections import Counter
from dataclasses import dataclass

from storage.diff.tokens import words
from storage.models import Fields

# Fewer than five are no redesign but a few bad pages, and cannot become removals: their siblings fail the
# controls. Half, because no newsroom breaks, empties or rewrites half of what it shows between two looks,
# while a design is rolled out to all of it, or to all of one section.
FEWEST = 5
SHARE = 0.5


@dataclass(frozen=True, slots=True)
class RunTally:
    """What became in one run of postings that were live and readable at the look before.

    Suspected and removed postings do not count: looking at them again would always seem a disaster. Neither
    do looks that say nothing (blocked, throttled, broken, unreachable). A 404 is the server's own word and
    no sign of a redesign, but counts as an answer.
    """

    answered: int  # live, unchanged, gone, soft_gone, unreadable
    unreadable: int
    soft_gone: int
    gutted: int  # readable, but most of the text went (see `gutted`)


@dataclass(frozen=True, slots=True)
class Quarantine:
    """A source whose readings may not become edits or removals until its parser is mended."""

    broken: int
    answered: int
    reason: str  # one line


def quarantine(tally: RunTally) -> Quarantine | None:
    """Return the alarm to raise if at least five, and half, of the known-good postings broke in this run."""
    broken = tally.unreadable + tally.soft_gone + tally.gutted
    if broken < FEWEST or broken < SHARE * tally.answered:
        return None
    reason = (
        f"{broken} of {tally.answered} known-good postings broke in one run: {tally.unreadable} unreadable, "
        f"{tally.soft_gone} without the article, {tally.gutted} without most of their text"
    )
    return Quarantine(broken, tally.answered, reason)


def gutted(before: Fields, after: Fields) -> bool:
    """Return whether less than half of a text's words are still there, which an edit seldom does."""
    old = Counter(word.key for text in before.paragraphs for word in words(text))
    new = Counter(word.key for text in after.paragraphs for word in words(text))
    return (old & new).total() * 2 < old.total()
