"""Made-up stories: what a post says, from a seed and a style, the same every time."""

import random
import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from simulator import vocabulary
from simulator.truth import Kind, Post, Section, Site, Template
from storage.models import Confidence, Fields, Image

PARSER = "afpims:3"
DESIGNS = {
    Template.G1: "g1",
    Template.G2: "g2",
    Template.G3: "g3",
    Template.COMMAND: "g4",
    Template.UNIT: "g4",
}
AP_MONTHS = ("Jan.", "Feb.", "March", "April", "May", "June", "July", "Aug.", "Sept.", "Oct.", "Nov.", "Dec.")
SLUG_LENGTH = 79  # the real ones are cut there, in mid-word
SUMMARY_LENGTH = 300


@dataclass(frozen=True, slots=True)
class WritingStyle:
    """Who speaks on a site: its units, places, office and the letter of its photo numbers."""

    units: tuple[str, ...]
    places: tuple[str, ...]
    office: str | None
    dateline: str | None = "{place}"  # the head of a body; {upper} is the place in capitals
    service: str = "F"


def write_story(rng: random.Random, style: WritingStyle, on: date) -> Fields:
    """Return a news story without what the page's template decides (see `printed`)."""
    topic = rng.choice(vocabulary.topics())
    facts = _facts(rng, style, on)
    middle = rng.sample(topic.middle, k=rng.randint(3, len(topic.middle)))
    quotes = rng.sample(topic.quotes, k=rng.randint(1, 2))
    rows = [topic.lead, *_interleave(middle, quotes), topic.close]
    captions = [topic.photo.format(**facts)] * rng.choice((0, 1, 1, 2))
    return replace(
        plain_story(topic.title.format(**facts), [row.format(**facts) for row in rows]),
        published_on=on,
        byline=_person(rng) if style.office and rng.random() < 0.8 else None,
        organization=style.office,
        dateline=_dateline(style, facts["place"]),
        tags=tuple(rng.sample(vocabulary.TAGS, k=rng.randint(0, 4))),
        images=tuple(photo(rng, style, on, caption) for caption in captions),
    )


def plain_story(title: str, paragraphs: list[str]) -> Fields:
    """Return a story that is title and text alone."""
    return Fields(
        title=_sentence(title),
        paragraphs=tuple(_sentence(row) for row in paragraphs),
        parser=PARSER,
        confidence=Confidence.HIGH,
        design="",
    )


def photo(rng: random.Random, style: WritingStyle, on: date, caption: str) -> Image:
    """Return a picture in the address style of the media host."""
    who = f"{rng.choice('ABDGHK')}{rng.choice('NPQT')}{rng.randint(100, 999)}"
    virin = f"{on:%y%m%d}-{style.service}-{who}-{rng.randint(1001, 1099)}"
    asset = rng.randint(2001000000, 2003999999)
    url = f"https://media.defense.gov/{on:%Y}/{on:%b}/{on:%d}/{asset}/-1/-1/0/{virin}.JPG"
    return Image(url, f"{caption}, {ap_date(on)}.", _person(rng), virin)


def as_printed(fields: Fields, site: Site, section: Section, number: str) -> Fields:
    """Return a truth as one site prints it: the date's form, the content type it names, its number."""
    on = fields.published_on
    raw = None if on is None else long_date(on) if site.template is Template.G1 else ap_date(on)
    named = {
        Template.COMMAND: str(section.kind).upper(),
        Template.G2: "News Release",
        Template.G3: str(section.kind),
    }
    return replace(
        fields,
        design=DESIGNS[site.template],
        article_id=number,
        published_raw=raw,
        images=tuple(_shown(image, site) for image in fields.images),
        section=named.get(site.template, fields.section),
    )


def make_post(site: Site, section: Section, number: str, fields: Fields, posted_at: datetime) -> Post:
    """Return a story as a post of a section, a release of its own."""
    known = as_printed(fields, site, section, number)
    slug = "" if section.kind is Kind.CONTRACTS else slugify(known.title)
    author = known.byline or known.organization
    return Post(number, slug, posted_at, known, summarize(known), f"{site.name}/{number}", author)


def slugify(title: str) -> str:
    """Return the address part of a title, cut as the real ones are."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:SLUG_LENGTH]


def summarize(fields: Fields) -> str:
    """Return the head of the body, sentences glued where markup was taken out, cut in mid-sentence."""
    return "".join(fields.paragraphs).replace("\n", " ")[:SUMMARY_LENGTH].strip()


def ap_date(on: date) -> str:
    """Return a day as the AP prints it."""
    return f"{AP_MONTHS[on.month - 1]} {on.day}, {on.year}"


def long_date(on: date) -> str:
    """Return a day with the month written out and a two-digit day."""
    return f"{on:%B} {on.day:02d}, {on.year}"


def afternoon(on: date, minutes: int) -> datetime:
    """Return an instant of a day's Eastern morning or afternoon, as UTC."""
    return datetime.combine(on, time(13), UTC) + timedelta(minutes=minutes % 480)


def _facts(rng: random.Random, style: WritingStyle, on: date) -> dict[str, str]:
    return {
        "unit": rng.choice(style.units),
        "place": rng.choice(style.places),
        "exercise": rng.choice(vocabulary.EXERCISES),
        "name": _person(rng),
        "n": str(rng.randint(20, 980)),
        "m": str(rng.randint(3, 60)),
        "k": str(rng.randint(11, 90)),
        "day": ap_date(on).split(",")[0],
    }


def _shown(image: Image, site: Site) -> Image:
    """Return a picture as a site shows it: the old templates have one line for caption and credit."""
    if site.template is not Template.G1:
        return image
    small = replace(image, url=image.url.replace("/-1/-1/0/", "/670/394/0/"))
    if not image.caption or not image.credit:
        return small
    credit = f"Northreach photo/{image.credit}"
    return replace(small, caption=f"{image.caption} ({credit})", credit=credit)


def _dateline(style: WritingStyle, place: str) -> str | None:
    return style.dateline.format(place=place, upper=place.upper()) if style.dateline else None


def _interleave(middle: list[str], quotes: list[str]) -> list[str]:
    rows = list(middle)
    for i, quote in enumerate(quotes):
        rows.insert(2 * i + 1, quote)
    return rows


def _person(rng: random.Random) -> str:
    return f"{rng.choice(vocabulary.RANKS)} {rng.choice(vocabulary.FIRST)} {rng.choice(vocabulary.LAST)}"


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]
