"""What editors do to a release after it is out: one function a kind of edit, each from a text to another.

A maker returns None where a release has nothing to do it to. Edits never touch a passage that carries a link,
so that what the page says stays what the truth says.
"""

import random
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from simulator import stories, vocabulary
from simulator.stories import WritingStyle
from simulator.truth import Template
from storage.models import Fields, Link

DOCUMENTS = "https://media.defense.gov/2025/Mar/03/2003{:06}/-1/-1/1/{}.PDF"
OFFICES = ("Northreach Public Affairs", "Office of Supply Communications", "12th Wing Public Affairs")
PLACES = ("Camp Alder", "Fort Tamarack", "Linden Field", "Port Selwyn", "Ridley Range", "Calder Air Base")
SUBTITLES = ("What it means for families", "A first look at the plan", "Neighbors were asked before")
TITLE_TAILS = (", staff says", " after long wait", " in two stages", ", with a delay", " for good")
TWO_WORDS = re.compile(r"\b[a-z]{4,} [a-z]{4,}\b")
LONG_WORD = re.compile(r"\b[a-z]{6,}\b")
NUMBER = re.compile(r"\b\d{1,3}\b")
QUOTED_WORD = re.compile(r"“[^”]*?\b(?P<word>[a-z]{3,})\b[^”]*”")
DAY = re.compile(rf"(?P<month>{'|'.join(map(re.escape, stories.AP_MONTHS))}) (?P<day>\d{{1,2}})\b")
VERB = re.compile(r"\b(?:is|was|are|were|will|can)\b")


@dataclass(frozen=True, slots=True)
class EditDesk:
    """Who edits: a style and the template that decides what can be seen of an edit."""

    style: WritingStyle
    template: Template


@dataclass(frozen=True, slots=True)
class EditSort:
    """A kind of edit: the fields of the ledger that differ afterwards, and how it is done."""

    name: str
    fields: tuple[str, ...]
    make: Callable[[random.Random, Fields, EditDesk], Fields | None]


def edit_title(rng: random.Random, fields: Fields, desk: EditDesk) -> Fields | None:
    """Give the headline another end."""
    return replace(fields, title=fields.title + rng.choice(TITLE_TAILS))


def edit_subtitle(rng: random.Random, fields: Fields, desk: EditDesk) -> Fields | None:
    """Add a second headline, or write another."""
    if desk.template is Template.G1:
        return None
    return replace(fields, subtitle=_pick_other(rng, SUBTITLES, fields.subtitle))


def edit_date(rng: random.Random, fields: Fields, desk: EditDesk) -> Fields | None:
    """Move the printed day and leave the text alone."""
    if fields.published_on is None:
        return None
    return replace(fields, published_on=fields.published_on + timedelta(days=rng.choice((-3, -2, -1, 1, 2))))


def edit_byline(rng: random.Random, fields: Fields, desk: EditDesk) -> Fields | None:
    """Name another author."""
    if not fields.byline:
        return None
    rank, first, last = fields.byline.split(" ")[0], rng.choice(vocabulary.FIRST), rng.choice(vocabulary.LAST)
    made = f"{rank} {first} {last}" if rank.endswith(".") else f"Maj. {first} {last}"
    return replace(fields, byline=made) if made != fields.byline else None


def edit_organization(rng: random.Random, fields: Fields, desk: EditDesk) -> Fields | None:
    """Name another office."""
    if not fields.organization or desk.template is Template.G3:
        return None
    return replace(fields, organization=_pick_other(rng, OFFICES, fields.organization))


def edit_dateline(rng: random.Random, fields: Fields, desk: EditDesk) -> Fields | None:
    """Put another place at the head of the body."""
    if not fields.dateline:
        return None
    place, comma, rest = fields.dateline.partition(",")
    other = _pick_other(rng, PLACES, place.title())
    return replace(fields, dateline=(other.upper() if place.isupper() else other) + comma + rest)


def edit_punctuation(rng: random.Random, fields: Fields, desk: EditDesk) -> Fields | None:
    """Take a comma out."""
    return _change_paragraph(rng, fields, lambda row: row.replace(", ", " ", 1) if ", " in row else None)


def edit_typo(rng: random.Random, fields: Fields, desk: EditDesk) -> Fields | None:
    """Swap two letters in the middle of a long word."""
    return _change_paragraph(rng, fields, lambda row: _at(row, rng, LONG_WORD, _swap_letters))


def edit_number(rng: random.Random, fields: Fields, desk: EditDesk) -> Fields | None:
    """Give another figure; days of a month are left to `day`."""
    return _change_paragraph(
        rng, fields, lambda row: None if DAY.search(row) else _at(row, rng, NUMBER, lambda n: str(int(n) + 7))
    )


def edit_name(rng: random.Random, fields: Fields, desk: EditDesk) -> Fields | None:
    """Call somebody by another last name."""

    def renamed(row: str) -> str | None:
        there = [last for last in vocabulary.LAST if last in row]
        return row.replace(there[0], _pick_other(rng, vocabulary.LAST, there[0])) if there else None

    return _change_paragraph(rng, fields, renamed)


def edit_quote(rng: random.Random, fields: Fields, desk: EditDesk) -> Fields | None:
    """Put a word into somebody's mouth."""

    def said(row: str) -> str | None:
        found = QUOTED_WORD.search(row)
        return None if found is None else f"{row[: found.start('word')]}really {row[found.start('word') :]}"

    return _change_paragraph(rng, fields, said)


def edit_day(rng: random.Random, fields: Fields, desk: EditDesk) -> Fields | None:
    """Give another day in the text."""

    def moved(found: re.Match[str]) -> str:
        return f"{found['month']} {int(found['day']) % 27 + 1}"

    return _change_paragraph(
        rng, fields, lambda row: DAY.sub(moved, row, count=1) if DAY.search(row) else None
    )


def edit_negation(rng: random.Random, fields: Fields, desk: EditDesk) -> Fields | None:
    """Say the opposite."""
    return _change_paragraph(
        rng, fields, lambda row: None if " not " in row else _at(row, rng, VERB, lambda verb: f"{verb} not")
    )


def paragraph_added(rng: random.Random, fields: Fields, desk: EditDesk) -> Fields | None:
    """Put a paragraph in, not at the top."""
    rows = list(fields.paragraphs)
    rows.insert(rng.randint(1, len(rows)), _pick_new_sentence(rng, fields))
    return replace(fields, paragraphs=tuple(rows))


def paragraph_removed(rng: random.Random, fields: Fields, desk: EditDesk) -> Fields | None:
    """Take a paragraph out, not the first."""
    free = [i for i in _unlinked_paragraphs(fields) if i]
    if len(fields.paragraphs) < 4 or not free:
        return None
    gone = rng.choice(free)
    return replace(fields, paragraphs=tuple(row for i, row in enumerate(fields.paragraphs) if i != gone))


def paragraph_moved(rng: random.Random, fields: Fields, desk: EditDesk) -> Fields | None:
    """Put the second paragraph at the end."""
    rows = fields.paragraphs
    if len(rows) < 4 or len(fields.links) > 1:
        return None
    return replace(fields, paragraphs=(rows[0], *rows[2:], rows[1]))


def rewrite_paragraph(rng: random.Random, fields: Fields, desk: EditDesk) -> Fields | None:
    """Say the second half of a paragraph in other words."""
    other = _pick_new_sentence(rng, fields).split()

    def again(row: str) -> str | None:
        kept = row.split()
        return " ".join([*kept[: len(kept) // 2], *other[len(other) // 2 :]]) if len(kept) > 11 else None

    return _change_paragraph(rng, fields, again)


def edit_tags(rng: random.Random, fields: Fields, desk: EditDesk) -> Fields | None:
    """Take a tag off, or put one on."""
    if fields.tags and rng.random() < 0.5:
        return replace(fields, tags=fields.tags[1:])
    return replace(
        fields, tags=(*fields.tags, rng.choice([tag for tag in vocabulary.TAGS if tag not in fields.tags]))
    )


def edit_images(rng: random.Random, fields: Fields, desk: EditDesk) -> Fields | None:
    """Take the first picture out, or put another in."""
    if fields.images and rng.random() < 0.5:
        return replace(fields, images=fields.images[1:])
    if fields.published_on is None:
        return None
    shot = stories.photo(rng, desk.style, fields.published_on, "A crew waits beside the gate")
    return replace(fields, images=(*fields.images, shot))


def edit_attachments(rng: random.Random, fields: Fields, desk: EditDesk) -> Fields | None:
    """Attach a document, or take it away."""
    kept = tuple(link for link in fields.links if not link.attachment)
    if len(kept) < len(fields.links):
        return replace(fields, links=kept)
    url = DOCUMENTS.format(rng.randint(100_000, 999_999), f"NOTE-{rng.randint(10, 99)}")
    return _add_link(rng, fields, url, attachment=True)


def edit_links(rng: random.Random, fields: Fields, desk: EditDesk) -> Fields | None:
    """Add a link to a page elsewhere, or take it away."""
    kept = tuple(link for link in fields.links if link.attachment)
    if len(kept) < len(fields.links):
        return replace(fields, links=kept)
    return _add_link(
        rng, fields, f"https://www.northreach.mil/About/{rng.randint(10, 99)}/", attachment=False
    )


SORTS: Mapping[str, EditSort] = {
    sort.name: sort
    for sort in (
        EditSort("title", ("title",), edit_title),
        EditSort("subtitle", ("subtitle",), edit_subtitle),
        EditSort("date moved, text alone", ("published",), edit_date),
        EditSort("byline", ("byline",), edit_byline),
        EditSort("organization", ("organization",), edit_organization),
        EditSort("dateline", ("dateline",), edit_dateline),
        EditSort("punctuation", ("body",), edit_punctuation),
        EditSort("typo", ("body",), edit_typo),
        EditSort("number", ("body",), edit_number),
        EditSort("name", ("body",), edit_name),
        EditSort("quote", ("body",), edit_quote),
        EditSort("date", ("body",), edit_day),
        EditSort("negation", ("body",), edit_negation),
        EditSort("paragraph_added", ("body",), paragraph_added),
        EditSort("paragraph_removed", ("body",), paragraph_removed),
        EditSort("paragraph_moved", ("body",), paragraph_moved),
        EditSort("rewritten", ("body",), rewrite_paragraph),
        EditSort("tags", ("tags",), edit_tags),
        EditSort("images", ("images",), edit_images),
        EditSort("attachments", ("attachments",), edit_attachments),
        EditSort("links", ("links",), edit_links),
    )
}


def _pick_other(rng: random.Random, choices: tuple[str, ...], than: str | None) -> str:
    return rng.choice([each for each in choices if each != than])


def _unlinked_paragraphs(fields: Fields) -> Iterator[int]:
    """Yield the positions of paragraphs that carry no link."""
    for i, row in enumerate(fields.paragraphs):
        if not any(link.text in row for link in fields.links):
            yield i


def _change_paragraph(
    rng: random.Random, fields: Fields, change: Callable[[str], str | None]
) -> Fields | None:
    """Return the text with one paragraph changed, the first of a random order that can be."""
    positions = list(_unlinked_paragraphs(fields))
    rng.shuffle(positions)
    for i in positions:
        made = change(fields.paragraphs[i])
        if made is not None and made != fields.paragraphs[i]:
            rows = (*fields.paragraphs[:i], made, *fields.paragraphs[i + 1 :])
            return replace(fields, paragraphs=rows)
    return None


def _at(
    row: str, rng: random.Random, pattern: re.Pattern[str], change: Callable[[str], str | None]
) -> str | None:
    found = list(pattern.finditer(row))
    if not found:
        return None
    where = rng.choice(found)
    made = change(where[0])
    return None if made is None else row[: where.start()] + made + row[where.end() :]


def _swap_letters(word: str) -> str | None:
    positions = [i for i in range(1, len(word) - 2) if word[i] != word[i + 1]]
    if not positions:
        return None
    i = positions[0]
    return word[:i] + word[i + 1] + word[i] + word[i + 2 :]


def _pick_new_sentence(rng: random.Random, fields: Fields) -> str:
    """Return a sentence that the text does not have."""
    facts = {"m": rng.randint(3, 60), "k": rng.randint(11, 90), "n": rng.randint(20, 980)}
    every = [
        row.format(
            **facts, unit="unit", place="the base", exercise="the exercise", day="Monday", name="Staff"
        )
        for topic in vocabulary.topics()
        for row in topic.middle
    ]
    return rng.choice([row for row in every if row not in fields.paragraphs])


def _add_link(rng: random.Random, fields: Fields, url: str, *, attachment: bool) -> Fields | None:
    """Return the text with two words of it made a link; None where no two words stand but once."""
    whole = "\n".join(fields.paragraphs)
    free = [found for i in _unlinked_paragraphs(fields) for found in TWO_WORDS.findall(fields.paragraphs[i])]
    once = [text for text in free if whole.count(text) == 1]
    if not once:
        return None
    made = (*fields.links, Link(url, rng.choice(once), attachment))
    return replace(fields, links=tuple(sorted(made, key=lambda link: whole.index(link.text))))
