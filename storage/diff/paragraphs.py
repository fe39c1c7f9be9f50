"""Finds which paragraphs of two texts correspond: kept, changed, reflowed, moved, removed or added."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from storage.diff.alignment import Pair, WorkBudget, align_sequences
from storage.diff.tokens import Word, split_words

BREAK = "\n"  # between paragraphs where several make one text

WORD_STEPS = (
    12  # cost of splitting, folding and comparing one word, without aligning it (unit: see `WorkBudget`)
)
PARAGRAPH_STEPS = 40  # cost of one paragraph, without its words
CELL_STEPS = 8  # cost of comparing one paragraph with another once their word pairs are known

ALIKE = 0.25  # from this share of common word pairs on, one paragraph is the other one, changed
MOVED_ALIKE = 0.6  # the same for a paragraph that left its place as well
START_LETTERS = 24  # characters that paragraphs are compared by where comparing all would cost too much

Range = tuple[int, int]  # paragraphs from, to


class PassageKind(StrEnum):
    """What happened to one or more neighbouring paragraphs."""

    KEPT = "kept"
    CHANGED = "changed"
    REFLOWED = "reflowed"  # the same words, cut into other paragraphs
    MOVED = "moved"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class ParagraphMatch:
    """Paragraphs that belong together; `before` is empty for added ones, `after` for removed ones."""

    kind: PassageKind
    before: Range
    after: Range


def split_affordable_words(text: str, work: WorkBudget) -> list[Word] | None:
    """Return the words of a text; None where the budget cannot pay for them, which it remembers."""
    most = work.left // WORD_STEPS
    if len(text) // 12 > most:  # no prose has words that long: do not begin
        work.ran_out = True
        return None
    found = split_words(text, most + 1)
    return found if work.spend_steps(WORD_STEPS * len(found)) else None


def match_paragraphs(before: Sequence[str], after: Sequence[str], work: WorkBudget) -> list[ParagraphMatch]:
    """Return what happened to every paragraph, in the order after; removed ones where they stood.

    Every paragraph is in exactly one match. A match that is neither kept nor reflowed holds at most one
    paragraph of a side, unless the budget cannot even pay for counting them.
    """
    if not work.spend_steps(PARAGRAPH_STEPS * (len(before) + len(after))):
        return _match_between_ends(before, after)
    likeness = _Likeness(before, after, work)
    exact = align_sequences(before, after, work)
    matches = list(_list_kept_runs(exact))
    for gap in _list_gaps(exact, len(before), len(after)):
        matches += _match_within_gap(gap, likeness)
    matches.sort(key=lambda match: match.before)
    left_before = _list_uncovered([match.before for match in matches], len(before))
    left_after = _list_uncovered([match.after for match in matches], len(after))
    return list(
        _fill_matches(matches, _find_moves(left_before, left_after, likeness), (len(before), len(after)))
    )


def _match_between_ends(before: Sequence[str], after: Sequence[str]) -> list[ParagraphMatch]:
    """Return all paragraphs as one change between those that the texts share at their ends."""
    shorter = min(len(before), len(after))
    head = next((i for i in range(shorter) if before[i] != after[i]), shorter)
    rest = shorter - head
    tail = next((i for i in range(rest) if before[-1 - i] != after[-1 - i]), rest)
    end, new_end = len(before) - tail, len(after) - tail
    matches = [
        ParagraphMatch(PassageKind.KEPT, (0, head), (0, head)),
        ParagraphMatch(_choose_middle_kind(end - head, new_end - head), (head, end), (head, new_end)),
        ParagraphMatch(PassageKind.KEPT, (end, len(before)), (new_end, len(after))),
    ]
    return [
        match for match in matches if match.before[0] < match.before[1] or match.after[0] < match.after[1]
    ]


def _choose_middle_kind(gone: int, come: int) -> PassageKind:
    if gone and come:
        return PassageKind.CHANGED
    return PassageKind.REMOVED if gone else PassageKind.ADDED


class _Likeness:
    """How much two paragraphs have in common; remembers what it read, and spends the budget."""

    def __init__(self, before: Sequence[str], after: Sequence[str], work: WorkBudget) -> None:
        self.before, self.after, self.work = before, after, work
        self._pairs: dict[str, frozenset[tuple[str, str]]] = {}

    def compute_share(self, i: int, j: int) -> float:
        """Return the share of neighbouring words that two paragraphs have in common, 0 to 1 (Dice 1945).

        Neighbours, because single words ("the", a Japanese particle) are common to any two texts.
        """
        one, other = self._list_word_pairs(self.before[i]), self._list_word_pairs(self.after[j])
        if not one or not other or not self.work.spend_steps(CELL_STEPS + min(len(one), len(other)) // 8):
            return 0.0
        return 2 * len(one & other) / (len(one) + len(other))

    def is_affordable(self, cells: int) -> bool:
        """Return whether so many comparisons leave half of the budget for the words; remember if not."""
        if cells * CELL_STEPS * 2 > self.work.left:
            self.work.ran_out = True
            return False
        return True

    def _list_word_pairs(self, text: str) -> frozenset[tuple[str, str]]:
        if text not in self._pairs:
            found = split_affordable_words(text, self.work)
            self._pairs[text] = (
                frozenset(pairwise(["", *(word.key for word in found), ""])) if found else frozenset()
            )
        return self._pairs[text]


def _list_kept_runs(exact: list[Pair]) -> Iterator[ParagraphMatch]:
    """Yield the runs of neighbouring pairs."""
    start = 0
    for end in range(1, len(exact) + 1):
        if end == len(exact) or exact[end] != (exact[end - 1][0] + 1, exact[end - 1][1] + 1):
            (i, j), (last_i, last_j) = exact[start], exact[end - 1]
            yield ParagraphMatch(PassageKind.KEPT, (i, last_i + 1), (j, last_j + 1))
            start = end


def _list_gaps(exact: list[Pair], many: int, others: int) -> Iterator[tuple[Range, Range]]:
    """Yield the stretches between pairs that have paragraphs on both sides."""
    for (i, j), (next_i, next_j) in pairwise([(-1, -1), *exact, (many, others)]):
        if i + 1 < next_i and j + 1 < next_j:
            yield (i + 1, next_i), (j + 1, next_j)


def _match_within_gap(gap: tuple[Range, Range], likeness: _Likeness) -> list[ParagraphMatch]:
    """Return the matches within a stretch where no paragraph is kept."""
    old, new = gap
    before, after = likeness.before[slice(*old)], likeness.after[slice(*new)]
    if len(before) == len(likeness.before) == len(after) == len(likeness.after) == 1:
        return [
            ParagraphMatch(PassageKind.CHANGED, old, new)
        ]  # one line became another: nothing else can have
    if (
        len(before) + len(after) > 2
        and "".join(before).split()
        and _join_letters(before) == _join_letters(after)
    ):
        return [ParagraphMatch(PassageKind.REFLOWED, old, new)]
    if likeness.is_affordable(len(before) * len(after)):
        pairs = _pair_most_alike(old, new, likeness)
    else:
        pairs = align_sequences(
            [text[:START_LETTERS] for text in before], [text[:START_LETTERS] for text in after], likeness.work
        )
        pairs = [(old[0] + i, new[0] + j) for i, j in pairs]
    return [ParagraphMatch(PassageKind.CHANGED, (i, i + 1), (j, j + 1)) for i, j in pairs]


def _join_letters(paragraphs: Sequence[str]) -> str:
    return "".join("".join(paragraphs).split())


def _pair_most_alike(old: Range, new: Range, likeness: _Likeness) -> list[Pair]:
    """Return the pairs, in order, with the greatest likeness in all (Needleman and Wunsch 1970)."""
    rows, columns = new[1] - new[0], old[1] - old[0]
    shares = [[likeness.compute_share(i, j) for j in range(*new)] for i in range(*old)]
    best = [[0.0] * (rows + 1) for _ in range(columns + 1)]
    for i in range(columns - 1, -1, -1):
        for j in range(rows - 1, -1, -1):
            paired = best[i + 1][j + 1] + shares[i][j] if shares[i][j] >= ALIKE else 0.0
            best[i][j] = max(best[i + 1][j], best[i][j + 1], paired)
    pairs, i, j = [], 0, 0
    while i < columns and j < rows:
        if best[i][j] == best[i + 1][j]:
            i += 1
        elif best[i][j] == best[i][j + 1]:
            j += 1
        else:
            pairs.append((old[0] + i, new[0] + j))
            i, j = i + 1, j + 1
    return pairs


def _list_uncovered(ranges: list[Range], many: int) -> list[int]:
    covered = {place for one in ranges for place in range(*one)}
    return [place for place in range(many) if place not in covered]


def _find_moves(gone: list[int], come: list[int], likeness: _Likeness) -> dict[int, int]:
    """Return from where a paragraph came, by its place after; equal ones first, then the likest."""
    indexes: dict[str, list[int]] = {}
    for i in reversed(gone):
        indexes.setdefault(likeness.before[i], []).append(i)
    moved = {j: indexes[text].pop() for j in come if indexes.get(text := likeness.after[j])}
    taken = set(moved.values())
    gone = [i for i in gone if i not in taken]
    come = [j for j in come if j not in moved]
    if gone and come and likeness.is_affordable(len(gone) * len(come)):
        for share, j, i in sorted((-likeness.compute_share(i, j), j, i) for i in gone for j in come):
            if -share >= MOVED_ALIKE and j not in moved and i not in taken:
                moved[j] = i
                taken.add(i)
    return moved


def _fill_matches(
    matches: list[ParagraphMatch], moved: dict[int, int], sizes: Pair
) -> Iterator[ParagraphMatch]:
    """Yield the matches with the removed, moved and added paragraphs between them."""
    left = set(moved.values())
    i = j = 0
    for match in [*matches, ParagraphMatch(PassageKind.KEPT, (sizes[0], sizes[0]), (sizes[1], sizes[1]))]:
        for place in range(i, match.before[0]):
            if place not in left:
                yield ParagraphMatch(PassageKind.REMOVED, (place, place + 1), (j, j))
        for place in range(j, match.after[0]):
            if place in moved:
                yield ParagraphMatch(PassageKind.MOVED, (moved[place], moved[place] + 1), (place, place + 1))
            else:
                yield ParagraphMatch(
                    PassageKind.ADDED, (match.before[0], match.before[0]), (place, place + 1)
                )
        i, j = match.before[1], match.after[1]
        if match.after[0] < match.after[1]:
            yield match
