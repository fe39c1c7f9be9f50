"""Made-up releases for a large archive: what each posting says, where and when, from its number alone."""

import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import accumulate
from typing import Final

from simulator import vocabulary
from storage.models import Address, Confidence, Fields, Image, Look, Page, Role, Verdict

FIRST_DAY: Final = datetime(2009, 1, 5, 14, tzinfo=UTC)
LAST_DAY: Final = datetime(2026, 3, 2, 14, tzinfo=UTC)
APART: Final = timedelta(minutes=9)  # a million postings fill 17 years
SOURCE_COUNT: Final = 1000
SITES: Final = 750
SOURCES: Final = tuple(f"made-{number:04d}" for number in range(SOURCE_COUNT))
SHARES: Final = tuple(
    accumulate(1 / (rank + 10) ** 0.8 for rank in range(SOURCE_COUNT))
)  # 13,000 of a million
COPY_EVERY: Final = 25  # one posting of so many is a copy of the one before, at another site
EDIT_EVERY: Final = 5  # one of so many has a second revision: 1.2 a posting
PAGE_HEADERS: Final = (("content-type", "text/html; charset=utf-8"), ("server", "made"))
KOREAN_EVERY: Final = 200
WORDS: Final = 30_000
SENTENCES: Final = 40_000
CLOSED: Final = [
    "the",
    "of",
    "and",
    "to",
    "in",
    "a",
    "for",
    "on",
    "with",
    "at",
    "by",
    "from",
    "as",
    "is",
    "was",
    "that",
    "it",
    "this",
    "his",
    "her",
    "their",
    "our",
    "are",
    "be",
    "were",
    "has",
    "have",
    "had",
    "an",
    "or",
    "not",
    "who",
    "will",
    "said",
    "during",
    "after",
    "more",
    "than",
    "all",
    "new",
    "other",
    "its",
    "which",
    "when",
    "they",
    "we",
    "about",
    "up",
    "out",
    "one",
    "two",
]
COMMON: Final = [
    "air",
    "force",
    "base",
    "training",
    "exercise",
    "wing",
    "commander",
    "airmen",
    "sailors",
    "soldiers",
    "marines",
    "joint",
    "mission",
    "support",
    "unit",
    "team",
    "members",
    "operations",
    "military",
    "service",
    "aircraft",
    "flight",
    "fleet",
    "security",
    "medical",
    "squadron",
    "group",
    "defense",
    "department",
    "community",
    "readiness",
    "partner",
    "nations",
    "equipment",
    "maintenance",
    "engineers",
    "logistics",
    "history",
    "ceremony",
    "command",
    "helicopter",
    "rescue",
    "river",
    "bridge",
    "weather",
    "fuel",
    "hospital",
    "school",
    "families",
    "office",
    "district",
    "project",
    "contract",
    "award",
    "navy",
    "army",
    "guard",
    "reserve",
    "island",
    "harbor",
    "pacific",
    "north",
    "region",
    "week",
    "year",
    "day",
    "officials",
]
SYLLABLES: Final = [
    "ba",
    "con",
    "der",
    "el",
    "fi",
    "gra",
    "hol",
    "in",
    "jo",
    "ka",
    "lin",
    "mar",
    "no",
    "or",
    "pre",
    "qui",
    "ra",
    "ston",
    "ter",
    "ul",
    "ver",
    "wen",
    "xi",
    "yor",
    "zan",
]
HANGUL: Final = (
    "한미연합군사령부는 연합연습을 시작했다. 주한미군 장병들이 훈련에 참가하였다. "
    "공군은 새로운 항공기를 공개했다. "
    "해군 함정이 부산항에 입항하였다. 사령관은 동맹의 중요성을 강조했다. "
    "지역 주민들과 함께 봉사활동을 하였다."
)


@dataclass(frozen=True, slots=True)
class MadePosting:
    """A posting of the archive; ids are those that the store gives when postings are saved in order."""

    number: int
    source: str
    second_source: str | None
    address: Address
    at: datetime  # of its first look
    fields: Fields
    newest: Fields  # what it says in the end

    @property
    def id(self) -> int:
        """The id of the posting."""
        return self.number + 1

    @property
    def is_copy(self) -> bool:
        """Whether it carries the release of the posting before."""
        return is_copy(self.number)

    @property
    def release_id(self) -> int:
        """The id of its release."""
        return self.number - self.number // COPY_EVERY + (0 if self.is_copy else 1)

    @property
    def revision_id(self) -> int:
        """The id of its first revision, capture and event."""
        return self.number + 1 + (self.number + EDIT_EVERY - 1) // EDIT_EVERY


def is_copy(number: int) -> bool:
    """Return whether a posting carries the release of the one before."""
    return number % COPY_EVERY == COPY_EVERY - 1


@cache
def make_words() -> tuple[str, ...]:
    """Return a vocabulary, the most frequent word first."""
    rng = random.Random(1)
    topics = {
        word.strip(".,").lower() for topic in vocabulary.topics() for word in " ".join(topic.middle).split()
    }
    known = dict.fromkeys([*CLOSED, *COMMON, *sorted(word for word in topics if word.isalpha())])
    while len(known) < WORDS:
        known["".join(rng.choices(SYLLABLES, k=rng.randint(2, 4)))] = None
    return tuple(known)


@cache
def make_sentences() -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Return sentences whose words are as frequent as in English text (Zipf), and how long each is."""
    rng = random.Random(2)
    words = make_words()
    weights = tuple(accumulate(1 / (rank + 2.7) for rank in range(len(words))))
    made = []
    for _ in range(SENTENCES):
        chosen = rng.choices(words, cum_weights=weights, k=rng.randint(10, 26))
        made.append(" ".join(chosen).capitalize() + ".")
    return tuple(made), tuple(sentence.count(" ") + 1 for sentence in made)


@cache
def make_source(number: int) -> tuple[str, str]:
    """Return the site and the name of the unit of a newsroom."""
    words = make_words()
    return (
        f"www.{words[300 + number % SITES]}.example.mil",
        f"{number % SITES + 1}th {words[700 + number % SITES]} wing",
    )


def make_posting(number: int) -> MadePosting:
    """Return a posting by its number; a copy says what the posting before says."""
    rng = random.Random(number)
    source = rng.choices(range(SOURCE_COUNT), cum_weights=SHARES)[0]
    site, unit = make_source(source)
    told = number - 1 if is_copy(number) else number
    fields = write_fields(random.Random(-1 - told), told, unit)
    at = FIRST_DAY + APART * number
    fields = replace(fields, published_on=(FIRST_DAY + APART * told).date())
    slug = "-".join(fields.title.lower().split())[:79]
    url = f"https://{site}/News/Article/{1000 + number}/{slug}/"
    second = (source + SITES) % SOURCE_COUNT if source + SITES < SOURCE_COUNT and number % 3 == 0 else None
    newest = edit_fields(fields, rng) if number % EDIT_EVERY == 0 else fields
    return MadePosting(
        number,
        SOURCES[source],
        None if second is None else SOURCES[second],
        Address(site, str(1000 + number), url),
        at,
        fields,
        newest,
    )


def write_fields(rng: random.Random, number: int, unit: str) -> Fields:
    """Return a text of 300 to 600 words."""
    sentences, lengths = make_sentences()
    wanted, count, chosen = rng.randint(300, 600), 0, []
    while count < wanted:
        at = int(rng.random() * SENTENCES)
        chosen.append(sentences[at])
        count += lengths[at]
    name = f"{rng.choice(vocabulary.RANKS)} {rng.choice(vocabulary.FIRST)} {rng.choice(vocabulary.LAST)}"
    chosen[1] += f" It was job {number * 7919 % 99_991} of {name}."
    if number % KOREAN_EVERY == 0:
        chosen.append(HANGUL)
    paragraphs = [" ".join(chosen[start : start + 3]) for start in range(0, len(chosen), 3)]
    title = " ".join(sentences[int(rng.random() * SENTENCES)].rstrip(".").split()[: rng.randint(6, 11)])
    place = make_words()[300 + number % 500].upper()
    image = Image(
        f"https://media.example.mil/{number}.jpg", chosen[0], f"U.S. photo by {name}", f"260101-F-AB{number}"
    )
    return Fields(
        title=title,
        paragraphs=tuple(paragraphs),
        parser="afpims:1",
        confidence=Confidence.HIGH,
        design="g4",
        article_id=str(1000 + number),
        byline=f"By {name}",
        organization=unit,
        dateline=f"{place}, Ohio",
        section="News",
        tags=tuple(rng.sample(vocabulary.TAGS, k=rng.randint(0, 3))),
        images=(image,),
    )


def edit_fields(fields: Fields, rng: random.Random) -> Fields:
    """Return a text with one paragraph more."""
    sentences, _ = make_sentences()
    return replace(fields, paragraphs=(*fields.paragraphs, sentences[int(rng.random() * SENTENCES)]))


def make_looks(made: MadePosting) -> list[Look]:
    """Return the look that first read a posting, and the one that read its edit."""
    page = Page(made.address.url, 200, PAGE_HEADERS, b"<html>")
    first = Look(
        Role.ARTICLE,
        made.address,
        made.at,
        Verdict.LIVE,
        made.source,
        page=page,
        fields=made.fields,
        article_digest=f"sha256:{made.number:064x}",
        page_digest=f"sha256:{made.number + 3:064x}",
    )
    if made.newest is made.fields:
        return [first]
    digest = f"sha256:{made.number + 1:064x}"
    later = replace(first, at=made.at + timedelta(hours=30), fields=made.newest, article_digest=digest)
    return [first, later]
