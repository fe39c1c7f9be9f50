"""Says in one plain sentence what an edit changed. Pure; docs/ledger.md shows how it reads.

"The number of troops was changed from 40 to 47; the date of the release was not." Rules make it from the
typed difference, so nothing stands in it that the difference does not hold.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from storage.diff.clauses import Clause, describe_whole_change, list_text_clauses
from storage.diff.dates import DateChange
from storage.diff.excerpts import QUOTED, clean_words, cut_words, quote_words
from storage.diff.fields import FieldDiff
from storage.diff.kinds import RANK, EditKind

LONGEST_SENTENCE: Final = 400  # characters
MOST_CLAUSES: Final = 3
NO_DIFFERENCE: Final = "Nothing that a reader would notice was changed."
HEADLINES: Final = {"title": "headline", "subtitle": "subheading"}
WHOLE: Final = {"byline": "byline", "organization": "organization", "dateline": "dateline"}
ITEMS: Final = {
    "images": ("picture", "pictures"),
    "embeds": ("video or frame", "videos or frames"),
    "attachments": ("attachment", "attachments"),
    "links": ("link", "links"),
    "tags": ("tag", "tags"),
}
FIELD_RANK: Final = {
    "published": RANK[EditKind.DATE],
    **dict.fromkeys(WHOLE, RANK[EditKind.REWRITTEN]),
    **dict.fromkeys(ITEMS, RANK[EditKind.PARAGRAPH_MOVED]),
}
UNCHANGED: Final = {
    DateChange.TEXT_ONLY: "the date of the release was not",
    DateChange.DATE_ONLY: "the text was not",
}


def summarize_edit(fields: Iterable[FieldDiff], dates: DateChange | None = None) -> str:
    """Return what changed in one sentence of at most LONGEST_SENTENCE characters, with its full stop.

    `dates` is how the printed date changed beside the text (`compare_dates`): None leaves it out.
    """
    clauses = sorted(_merge_equal(_list_clauses(fields)), key=lambda clause: clause.rank)
    if not clauses:
        return NO_DIFFERENCE
    return _join_clauses(clauses, UNCHANGED.get(dates) if dates else None)


def _list_clauses(fields: Iterable[FieldDiff]) -> Iterator[Clause]:
    for found in fields:
        if found.field == "published":
            yield _describe_day(found)
        elif found.field in ITEMS:
            yield _describe_items(found)
        elif found.field == "body":
            yield from _list_body_clauses(found)
        elif found.field in HEADLINES:
            yield from _list_headline_clauses(found)
        else:
            noun = f"the {WHOLE.get(found.field) or cut_words(found.field.replace('_', ' '), 30) or 'page'}"
            yield _describe_whole(found, noun, FIELD_RANK.get(found.field, RANK[EditKind.REWRITTEN]))


def _describe_whole(found: FieldDiff, noun: str, rank: int) -> Clause:
    text, is_change = describe_whole_change(noun, " ".join(found.before), " ".join(found.after))
    return Clause(rank, text, is_change=is_change)


def _list_headline_clauses(found: FieldDiff) -> Iterator[Clause]:
    """Yield a short headline's change whole, a long one's word by word."""
    noun = HEADLINES[found.field]
    old, new = (clean_words(" ".join(side)[: 2 * QUOTED]) for side in (found.before, found.after))
    clauses = list(list_text_clauses(found))
    if not old or not new or max(len(old), len(new)) <= QUOTED:
        rank = min((clause.rank for clause in clauses), default=RANK[EditKind.PUNCTUATION])
        article = "the" if (old and new) or found.field == "title" else "a"
        yield _describe_whole(found, f"{article} {noun}", rank)
        return
    for clause in clauses:
        yield clause._replace(text=f"in the {noun}, {clause.text}")


def _list_body_clauses(found: FieldDiff) -> Iterator[Clause]:
    if found.before and found.after:
        yield from list_text_clauses(found)
        return
    sides = [
        (found.after, "added", EditKind.PARAGRAPH_ADDED),
        (found.before, "removed", EditKind.PARAGRAPH_REMOVED),
    ]
    for side, verb, kind in sides:
        if side:
            count = f"{len(side)} paragraph{'' if len(side) == 1 else 's'}"
            yield Clause(RANK[kind], f"the whole text was {verb} ({count})", len(side))


def _describe_day(found: FieldDiff) -> Clause:
    noun, rank = "the date of the release", FIELD_RANK["published"]
    old, new = (cut_words(" ".join(side)) for side in (found.removed, found.added))
    if old and new:
        return Clause(rank, f"{noun} was changed from {old} to {new}", is_change=True)
    if old or new:
        return Clause(rank, f"{noun} was {'removed' if old else 'added'}: {old or new}")
    return Clause(rank, f"{noun} was changed", is_change=True)


def _describe_items(found: FieldDiff) -> Clause:
    one, many = ITEMS[found.field]
    gone, come, rank = len(found.removed), len(found.added), FIELD_RANK[found.field]
    if not gone and not come:
        return Clause(rank, f"the {many} were changed", is_change=True)
    if gone and come:
        more = "another was" if gone == come == 1 else f"{come} {'was' if come == 1 else 'were'}"
        lead = f"{_count_items(gone, one, many)} {'was' if gone == 1 else 'were'} removed"
        return Clause(rank, f"{lead} and {more} added", gone + come)
    items, verb = (found.removed, "removed") if gone else (found.added, "added")
    if len(items) > 1:
        return Clause(rank, f"{len(items)} {many} were {verb}", len(items))
    name = quote_words(items[0]) if found.field == "tags" else ""
    article = "the" if name else _choose_article(one)
    return Clause(rank, " ".join(filter(None, [article, one, name, f"was {verb}"])))


def _count_items(count: int, one: str, many: str) -> str:
    return f"{_choose_article(one)} {one}" if count == 1 else f"{count} {many}"


def _choose_article(noun: str) -> str:
    return "an" if noun[0] in "aeiou" else "a"


def _merge_equal(clauses: Iterable[Clause]) -> Iterator[Clause]:
    """Yield clauses that say the same as one, with the number of places."""
    found: dict[str, list[Clause]] = {}
    for clause in clauses:
        found.setdefault(clause.text, []).append(clause)
    for text, same in found.items():
        changes = sum(clause.changes for clause in same)
        shown = text if len(same) == 1 else f"{text} ({len(same)} times)"
        is_change = same[0].is_change and len(same) == 1
        yield Clause(min(clause.rank for clause in same), shown, changes, is_change)


def _join_clauses(clauses: Sequence[Clause], unchanged: str | None) -> str:
    """Return the first clauses that fit, how many changes are left out, and what did not change."""
    room = LONGEST_SENTENCE - len(unchanged or "") - len("; 1234567 other changes were made;  changed.")
    shown: list[Clause] = []
    for clause in clauses[:MOST_CLAUSES]:
        if shown and sum(len(one.text) + 2 for one in (*shown, clause)) > room:
            break
        shown.append(clause)
    rest = sum(clause.changes for clause in clauses[len(shown) :])
    parts = [clause.text for clause in shown]
    if rest:
        parts.append("1 other change was made" if rest == 1 else f"{rest} other changes were made")
    if unchanged:
        is_short = shown[-1].is_change and not rest  # "was changed ...; the date was not"
        parts.append(unchanged if is_short else f"{unchanged} changed")
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}."
