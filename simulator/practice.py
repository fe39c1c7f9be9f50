"""The practice newsroom as a value: planned become posts, numbered in the order of their time."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

from simulator import stories
from simulator.planned_posts import PlannedPost, plan_post
from simulator.sites import FIRST_DAYS, SHARES, SITES, WRITING_STYLES
from simulator.special_posts import list_special_posts
from simulator.truth import Newsroom, Post, Section, Site, list_posts

# Real article numbers rise by about a thousand a day over all sites: 637137 on the first of these days.
NUMBER_DAY = date(2015, 12, 17)
NUMBER_THEN = 637_137
NUMBERS_A_DAY = 1027


def practice_newsroom(seed: int = 1, posts: int = 60) -> Newsroom:
    """Return the practice newsroom: the same value for the same seed and number of posts.

    `posts` counts those of all sites; some forty are special, whatever the number asked for.
    """
    fixed = list_special_posts(random.Random(f"{seed}/specials"))
    planned = [*fixed, *_ordinary_posts(seed, max(0, posts - len(fixed)))]
    planned.sort(key=lambda each: (each.at, each.site, each.section, each.fields.title))
    numbers = _assign_numbers(planned, random.Random(f"{seed}/numbers"))
    return Newsroom(tuple(_fill_site(site, list(zip(planned, numbers, strict=True))) for site in SITES))


def another_post(newsroom: Newsroom, site: str, at: datetime | None = None, seed: int = 1) -> Post:
    """Return a new story for a site's first section, later than all it has unless a time is given."""
    there = newsroom.site(site)
    everything = [post for each in newsroom.sites for _, post in list_posts(each)]
    when = at or max(post.posted_at for _, post in list_posts(there)) + timedelta(hours=20)
    number = max(max(int(post.number) for post in everything) + 1, _next_number(when.date()))
    fields = stories.write_story(random.Random(f"{seed}/{number}"), WRITING_STYLES[site], when.date())
    return stories.make_post(there, there.sections[0], str(number), fields, when)


def _ordinary_posts(seed: int, count: int) -> Iterator[PlannedPost]:
    total = sum(share for _, share in SHARES)
    done = 0
    for i, (name, share) in enumerate(SHARES):
        last = i == len(SHARES) - 1
        wanted = count - done if last else count * share // total
        done += wanted
        yield from _make_stories(random.Random(f"{seed}/{name}"), name, wanted)


def _make_stories(rng: random.Random, name: str, count: int) -> Iterator[PlannedPost]:
    section = next(site for site in SITES if site.name == name).sections[0].name
    on = date.fromisoformat(FIRST_DAYS[name])
    for i in range(count):
        on += timedelta(days=rng.choice((0, 1, 1, 2)) if count < 100 else i % 2)
        yield plan_post(name, section, on, stories.write_story(rng, WRITING_STYLES[name], on), 7 * i)


def _assign_numbers(planned: Iterable[PlannedPost], rng: random.Random) -> list[str]:
    shared: dict[str, int] = {}
    rows, last = [], 0
    for each in planned:
        number = shared.get(each.shares_number or "")
        if number is None:
            number = last = max(last + rng.randint(2, 40), _next_number(each.at.date()))
        if each.shares_number:
            shared[each.shares_number] = number
        rows.append(str(number))
    return rows


def _next_number(on: date) -> int:
    return NUMBER_THEN + NUMBERS_A_DAY * (on - NUMBER_DAY).days


def _fill_site(site: Site, planned: list[tuple[PlannedPost, str]]) -> Site:
    def rows(section: Section) -> tuple[Post, ...]:
        mine = [each for each in planned if (each[0].site, each[0].section) == (site.name, section.name)]
        return tuple(_make_post(site, section, *each) for each in reversed(mine))

    return replace(site, sections=tuple(replace(section, posts=rows(section)) for section in site.sections))


def _make_post(site: Site, section: Section, each: PlannedPost, number: str) -> Post:
    made = stories.make_post(site, section, number, each.fields, each.at)
    return replace(made, story=each.story or made.story, label=each.label)
