"""The practice newsroom itself: which sites there are, and what stands on them."""

import random
from dataclasses import replace
from datetime import date, timedelta

from simulator import stories
from simulator.stories import Voice
from simulator.truth import Banner, Kind, Newsroom, Post, Section, Site, Template

FIRST_NUMBER = 4_050_000

MERIDIAN = Site(
    "meridian",
    "U.S. Forces Meridian",
    "U.S. Forces Meridian",
    Template.COMMAND,
    2101,
    (
        Section(
            "News Stories",
            Kind.NEWS,
            "/Media/Newsroom/News/",
            "/Media/Newsroom/News/Article/{number}/{slug}/",
            1,
            5001,
            blurb="Announcements, releases and stories of the command, with a desk for questions from the press.",
        ),
    ),
    topics=("Harbor Resolve", "travel advice", "More News/Articles", "alliance", "quarantine", "archive"),
)
CALDER = Site(
    "calder",
    "Calder Air Base",
    "77th Wing",
    Template.UNIT,
    2102,
    (Section("News", Kind.NEWS, "/News/", "/News/Article-Display/Article/{number}/{slug}/", 1, 5101),),
    banner=Banner(invites=False),
    notice="Content on this site is under review; some pages may be missing for a while. MORE DETAILS HERE.",
    topics=("flight line", "families", "history"),
)
VOICES = {
    "meridian": Voice(
        ("Theater Sustainment Group", "7th Harbor Brigade", "Joint Medical Detachment"),
        ("Camp Alder", "Port Selwyn", "Fort Tamarack"),
        "U.S. Forces Meridian Public Affairs",
        "{place}, Republic of Meridian",
        "A",
    ),
    "calder": Voice(
        ("77th Maintenance Squadron", "77th Wing", "477th Civil Engineer Flight"),
        ("Calder Air Base", "Ridley Range", "North Ramp"),
        "77th Wing Public Affairs",
        "{place}, Mont. (AFNS)",
    ),
}
SHARES = {"meridian": 0.5, "calder": 0.5}


def practice_newsroom(seed: int = 1, posts: int = 60) -> Newsroom:
    """Return the practice newsroom: the same value for the same seed and number of posts."""
    sites = []
    for i, site in enumerate((MERIDIAN, CALDER)):
        rng = random.Random(f"{seed}/{site.name}")
        section = site.sections[0]
        rows = _posts(rng, site, section, round(posts * SHARES[site.name]), FIRST_NUMBER + 500_000 * i)
        sites.append(replace(site, sections=(replace(section, posts=rows), *site.sections[1:])))
    return Newsroom(tuple(sites))


def _posts(rng: random.Random, site: Site, section: Section, count: int, first: int) -> tuple[Post, ...]:
    """Return so many posts, newest first, with numbers that rise with time."""
    rows: list[Post] = []
    on, number = date(2025, 2, 3), first
    for _ in range(count):
        on += timedelta(days=rng.randint(0, 3))
        number += rng.randint(3, 900)
        fields = stories.write(rng, VOICES[site.name], on)
        rows.append(stories.post(site, section, str(number), fields, stories.noon(on, len(rows))))
    return tuple(reversed(rows))
