"""Finds which items of two sequences correspond, in order, for a bounded amount of work.

The work is counted in elementary steps, not seconds, so that the same two texts give the same answer on every
machine. Items that are unique on both sides are matched first and cut the problem into small ones (patience
diff, Bram Cohen, https://bramcohen.livejournal.com/73318.html); what has no unique item goes to the greedy
shortest edit script (Eugene W. Myers, "An O(ND) Difference Algorithm and Its Variations", 1986).
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Sequence
from math import isqrt

Pair = tuple[int, int]  # index before, index after
_Span = tuple[int, int, int, int]  # before from, before to, after from, after to


class WorkBudget:
    """A budget of steps that the parts of one comparison share; a step costs about 0.2 microseconds."""

    def __init__(self, steps: int) -> None:
        self.left = steps
        self.ran_out = False  # a part was refused: the answer is coarser than it could be

    def spend_steps(self, steps: int) -> bool:
        """Take this many steps and return True, or take none, remember it and return False."""
        if steps > self.left:
            self.ran_out = True
            return False
        self.left -= steps
        return True


def align_sequences(before: Sequence[Hashable], after: Sequence[Hashable], work: WorkBudget) -> list[Pair]:
    """Return pairs of equal items, both indexes rising; what the budget cannot pay for stays unpaired."""
    numbers: dict[Hashable, int] = {}
    a = [numbers.setdefault(item, len(numbers)) for item in before]
    b = [numbers.setdefault(item, len(numbers)) for item in after]
    pairs: list[Pair] = []
    spans: list[_Span] = [(0, len(a), 0, len(b))]
    while spans:
        span = _trim_ends(a, b, spans.pop(), pairs)
        if (
            span[0] == span[1]
            or span[2] == span[3]
            or not work.spend_steps(span[1] - span[0] + span[3] - span[2])
        ):
            continue
        if anchors := _find_anchors(a, b, span):
            pairs += anchors
            spans += _list_spans_between(anchors, span)
        else:
            pairs += _find_shortest_script(a, b, span, work)
    return sorted(pairs)


def _trim_ends(a: list[int], b: list[int], span: _Span, pairs: list[Pair]) -> _Span:
    a0, a1, b0, b1 = span
    while a0 < a1 and b0 < b1 and a[a0] == b[b0]:
        pairs.append((a0, b0))
        a0, b0 = a0 + 1, b0 + 1
    while a0 < a1 and b0 < b1 and a[a1 - 1] == b[b1 - 1]:
        a1, b1 = a1 - 1, b1 - 1
        pairs.append((a1, b1))
    return a0, a1, b0, b1


def _find_anchors(a: list[int], b: list[int], span: _Span) -> list[Pair]:
    """Return the longest rising chain of items that occur once on either side of the span."""
    a0, a1, b0, b1 = span
    count_a, count_b = Counter(a[a0:a1]), Counter(b[b0:b1])
    indexes = {b[j]: j for j in range(b0, b1) if count_b[b[j]] == 1}
    shared = [(i, indexes[a[i]]) for i in range(a0, a1) if count_a[a[i]] == 1 and a[i] in indexes]
    return _find_rising_chain(shared)


def _find_rising_chain(pairs: list[Pair]) -> list[Pair]:
    """Return the longest subsequence whose second members rise (patience sorting)."""
    tops: list[int] = []
    ends: list[int] = []  # the pair on top of each pile
    previous: list[int] = []
    for index, (_, j) in enumerate(pairs):
        pile = bisect_left(tops, j)
        tops[pile : pile + 1] = [j]
        ends[pile : pile + 1] = [index]
        previous.append(ends[pile - 1] if pile else -1)
    chain: list[Pair] = []
    index = ends[-1] if ends else -1
    while index >= 0:
        chain.append(pairs[index])
        index = previous[index]
    return chain[::-1]


def _list_spans_between(anchors: list[Pair], span: _Span) -> list[_Span]:
    starts = [(span[0], span[2]), *((i + 1, j + 1) for i, j in anchors)]
    ends = [*anchors, (span[1], span[3])]
    return [(i, m, j, n) for (i, j), (m, n) in zip(starts, ends, strict=True) if i < m and j < n]


def _find_shortest_script(a: list[int], b: list[int], span: _Span, work: WorkBudget) -> list[Pair]:
    """Return the pairs of a shortest edit script, or none when the budget ends before it is found."""
    # Items of one side only can never pair: leaving them out keeps the script, and with it the cost, short.
    in_a, in_b = set(a[span[0] : span[1]]), set(b[span[2] : span[3]])
    rows = [i for i in range(span[0], span[1]) if a[i] in in_b]
    columns = [j for j in range(span[2], span[3]) if b[j] in in_a]
    trail = _explore_diagonals([a[i] for i in rows], [b[j] for j in columns], work)
    return [(rows[x], columns[y]) for x, y in _walk_back(trail, len(rows), len(columns))]


def _explore_diagonals(a: list[int], b: list[int], work: WorkBudget) -> list[list[int]]:
    """Return the furthest row on diagonals -d-1 to d+1 before each d-th edit; empty when the budget ends."""
    n, m = len(a), len(b)
    middle = min(n + m, isqrt(2 * work.left) + 1) + 1  # more edits than this cannot be paid for
    furthest = [0] * (2 * middle + 1)
    trail: list[list[int]] = []
    for edits in range(n + m + 1):
        if not work.spend_steps(edits + 1):
            return []
        trail.append(furthest[middle - edits - 1 : middle + edits + 2])
        walked = 0
        for k in range(-edits, edits + 1, 2):
            above, left = furthest[middle + k + 1], furthest[middle + k - 1]
            x = start = above if k == -edits or (k != edits and left < above) else left + 1
            while x < n and x - k < m and a[x] == b[x - k]:
                x += 1
            furthest[middle + k] = x
            walked += x - start
            if x >= n and x - k >= m:
                return trail
        if not work.spend_steps(walked):
            return []
    return trail


def _walk_back(trail: list[list[int]], x: int, y: int) -> list[Pair]:
    """Return the diagonal moves of the script that ends at (x, y), last one first."""
    pairs: list[Pair] = []
    for edits in range(len(trail) - 1, -1, -1):
        furthest, k = trail[edits], x - y
        above, left = furthest[k + edits + 2], furthest[k + edits]
        down = k == -edits or (k != edits and left < above)
        from_x = above if down else left
        from_y = from_x - (k + 1 if down else k - 1)
        while (x > from_x and y > from_y) if edits else x > 0:
            x, y = x - 1, y - 1
            pairs.append((x, y))
        x, y = from_x, from_y
    return pairs
