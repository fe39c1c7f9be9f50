"""The posts that are there for a reason: each has a shape that ordinary stories lack."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from simulator import stories, vocabulary
from simulator.planned_posts import PlannedPost, plan_post
from simulator.sites import WRITING_STYLES
from simulator.stories import plain_story
from storage.models import Image, Link

MAY = date(2025, 5, 5)
SPEECHES = "Component Speeches"  # printed above the event, which stands where others have their author
EVENTS = ("Surveyors and Mappers Spring Conference", "Runway Builders Dinner")
MIN_WORDS = 100  # below this equal texts of different days stay apart


def list_special_posts(rng: random.Random) -> list[PlannedPost]:
    """Return every special post of all sites."""
    makers = (
        cross_posts,
        number_clash,
        reprint,
        week_in_photos,
        bilingual,
        contracts,
        messages,
        linked_posts,
        odd_posts,
    )
    rows = [each for make in makers for each in make(rng)]
    return [*rows, *biographies(rng), *fact_sheets(), *speeches(), *old_imports(rng)]


def cross_posts(rng: random.Random) -> Iterator[PlannedPost]:
    """Yield three stories that stand on two sites under one number, word for word."""
    for i in range(3):
        on = MAY + timedelta(days=2 * i)
        fields = stories.write_story(rng, WRITING_STYLES["calder"], on)
        fields = replace(fields, organization="77th Wing Public Affairs", byline=None)
        for site, section, minutes in (("calder", "News", 0), ("meridian", "News Stories", 45)):
            key = f"cross-post {i}"
            yield replace(plan_post(site, section, on, fields, minutes), story=key, shares_number=key)


def number_clash(rng: random.Random) -> Iterator[PlannedPost]:
    """Yield two stories that have a number in common and nothing else."""
    for site, section in (("calder", "News"), ("press", "Releases")):
        fields = stories.write_story(rng, WRITING_STYLES[site], MAY + timedelta(days=9))
        yield replace(plan_post(site, section, MAY + timedelta(days=9), fields), shares_number="clash")


def reprint(rng: random.Random) -> Iterator[PlannedPost]:
    """Yield a long story and its reprint elsewhere: other number, other day, other dateline, same text."""
    style = WRITING_STYLES["meridian"]
    fields = stories.write_story(rng, style, MAY)
    while sum(len(row.split()) for row in fields.paragraphs) < MIN_WORDS:
        fields = stories.write_story(rng, style, MAY)
    yield replace(plan_post("meridian", "News Stories", MAY, fields, 200), story="reprint")
    later = MAY + timedelta(days=4)
    again = replace(
        fields, published_on=later, dateline="Calder Air Base, Mont. (AFNS)", byline=None, tags=(), images=()
    )
    again = replace(again, organization="Courtesy Story")
    yield replace(plan_post("calder", "News", later, again, 200), story="reprint")


def week_in_photos(rng: random.Random) -> Iterator[PlannedPost]:
    """Yield a short text that comes back every Friday and is another release each time."""
    for week in range(3):
        on = MAY + timedelta(days=4 + 7 * week)
        fields = plain_story(
            "Week in Pictures", ["The best photographs of the week, chosen by the people who took them."]
        )
        shots = (
            "A crew chief salutes at Ridley Range",
            "Rain on the North Ramp",
            "A mechanic paints a wheel hub",
        )
        images = tuple(stories.photo(rng, WRITING_STYLES["calder"], on, shot) for shot in shots)
        yield plan_post("calder", "News", on, replace(fields, published_on=on, images=images), 300)


def bilingual(rng: random.Random) -> Iterator[PlannedPost]:
    """Yield releases whose text stands in two languages on one page."""
    japanese = plain_story(
        "Camp Alder opens its gates for the spring fair / キャンプ・オルダー春祭り",
        [
            "Camp Alder will open its gates to neighbors on Saturday for food, music and a fire engine.",
            "キャンプ・オルダーは土曜日に春祭りを開催し、近隣の皆さまを基地内にお迎えします。",
            "入場は無料です。駐車場に限りがあるため、シャトルバスをご利用ください。",
            "Visitors need a photo identification card; dogs stay at home.",
        ],
    )
    korean = plain_story(
        "포트 셀윈 항만 구조 훈련 실시 / Harbor rescue drill at Port Selwyn",
        [
            "제7항만여단은 화요일 포트 셀윈에서 인근 소방서와 함께 구조 훈련을 실시했다.",
            "훈련에는 잠수사 열두 명과 구조정 네 척이 참가했으며, 주민 안내 방송은 두 언어로 진행되었다.",
            "The 7th Harbor Brigade pulled two dummies and a volunteer ashore in nine minutes.",
        ],
    )
    for i, fields in enumerate((japanese, korean)):
        on = MAY + timedelta(days=15 + i)
        known = replace(fields, published_on=on, organization="U.S. Forces Meridian Public Affairs")
        yield plan_post("meridian", "News Stories", on, known)


def contracts(rng: random.Random) -> Iterator[PlannedPost]:
    """Yield contract announcements: the day stands in the headline alone, the slug is empty."""
    for i in range(4):
        on = MAY + timedelta(days=7 * i)
        rows = [row for name in rng.sample(vocabulary.DEPARTMENTS, k=2) for row in (name, *_awards(rng, on))]
        fields = plain_story(f"Contracts For {stories.ap_date(on)}", [*rows, "*Small business"])
        yield plan_post("press", "Contracts", on, replace(fields, published_on=on), 480 - 1)


def messages(rng: random.Random) -> Iterator[PlannedPost]:
    """Yield service-wide messages, whose list is a table with a number and a day."""
    subjects = (
        "UPDATE TO LEAVE CARRYOVER",
        "FISCAL YEAR BOARD SCHEDULE",
        "RANGE SAFETY STAND-DOWN",
        "UNIFORM CHANGE ONE",
    )
    for i, subject in enumerate(subjects):
        on = MAY + timedelta(days=6 * i)
        rows = [
            f"R {on:%d}1400Z MAY 25",
            f"MERADMIN {41 + i:03}/25",
            f"SUBJ/{subject}//",
            f"1. Purpose. This message announces {subject.lower()} for all units of the theater.",
            f"2. Action. Commanders report by the {rng.randint(11, 28)}th; late reports count as none.",
            "3. This message is in force until superseded.",
        ]
        fields = replace(plain_story(subject, rows), published_on=on)
        yield replace(plan_post("meridian", "Messages", on, fields, 60), label=f"{41 + i:03}/25")


def linked_posts(rng: random.Random) -> Iterator[PlannedPost]:
    """Yield a release with a subtitle, a sub-heading, links and an attached document."""
    on = MAY + timedelta(days=11)
    rows = [
        "The Office of Supply published its survey of spare parts & tools on Friday, with <fewer> surprises.",
        "What the survey found",
        "Nine depots of ten can now say within an hour where a part is; two years ago it was one of three.",
        "The full survey has 84 pages, and a short guide explains the terms.",
    ]
    links = (
        Link(
            "https://media.defense.gov/2025/May/16/2003712345/-1/-1/1/PARTS-SURVEY-2025.PDF",
            "full survey",
            True,
        ),
        Link("/About/Terms/", "short guide"),
    )
    fields = replace(plain_story("Survey: Depots > Guesswork, ‘At Last’", rows), published_on=on, links=links)
    yield plan_post(
        "press", "Releases", on, replace(fields, subtitle="Nine depots of ten find any part within an hour")
    )
    again = replace(fields, title="Depots find parts faster, survey says", subtitle="An hour is enough")
    yield plan_post(
        "calder", "News", on + timedelta(days=1), replace(again, published_on=on + timedelta(days=1))
    )


def odd_posts(rng: random.Random) -> Iterator[PlannedPost]:
    """Yield feature stories, and one whose text looks like furniture and is none."""
    for i in range(3):
        on = MAY + timedelta(days=3 * i)
        fields = stories.write_story(rng, WRITING_STYLES["press"], on)
        yield plan_post("press", "Feature Stories", on, replace(fields, dateline=None), 30)
    on = MAY + timedelta(days=13)
    rows = [
        "Clerks at Fort Tamarack have turned eleven rooms of paper into an archive that all can search.",
        "“Search first, then ask me,” said Maj. Leila Pruett, who kept the keys until then.",
        "The archive prints, shares and mails copies on request, and the first hundred pages are free.",
    ]
    fields = plain_story("Archive opens its search room to the public", rows)
    yield plan_post(
        "meridian",
        "News Stories",
        on,
        replace(fields, published_on=on, organization="Theater Sustainment Group"),
    )


def biographies(rng: random.Random) -> Iterator[PlannedPost]:
    """Yield biographies, which have no date."""
    people = ("BRIGADIER GENERAL IMANI OKAFOR", "COLONEL GRAHAM TENNANT")
    for i, name in enumerate(people):
        last = name.split()[-1].title()
        rows = [
            f"{name.title()} directs plans and training at Northreach Air Component.",
            f"{last} was commissioned in 19{88 + i} and has led a survey squadron, a depot and a school.",
            "EDUCATION",
            f"19{88 + i} Bachelor of Science in geodesy, State College at Elmira",
            "(Current as of January 2016)",
        ]
        on = date(2016, 1, 4 + i)
        image = stories.photo(rng, WRITING_STYLES["northreach"], on, last)
        yield plan_post(
            "northreach",
            "Biographies",
            on,
            replace(plain_story(name, rows), images=(Image(image.url, virin=image.virin),)),
        )


def fact_sheets() -> Iterator[PlannedPost]:
    """Yield fact sheets, which have a day and no author."""
    for i, name in enumerate(("Survey Drone SD-4", "Cold Lake Chamber")):
        on = date(2015, 11, 10 + i)
        rows = [
            f"Mission\nThe {name} measures what maps leave out, from frost heave to hangar doors.",
            f"Background\nThe first {name} was bought in 200{i + 3} after two runways had moved.",
        ]
        yield plan_post("northreach", "Fact Sheets", on, replace(plain_story(name, rows), published_on=on))


def speeches() -> Iterator[PlannedPost]:
    """Yield two speeches whose pages say the same four words and link to different documents."""
    for i, name in enumerate(("The Long Runway", "Maps and Manners")):
        link = Link(f"/Portals/1/documents/speeches/{stories.slugify(name)}.pdf", "here", True)
        said = plain_story(name, ["Read the speech here."])
        fields = replace(said, links=(link,), section=SPEECHES, subtitle=EVENTS[i])
        yield plan_post("northreach", "Speeches", date(2015, 12, 3 + i), fields)


def old_imports(rng: random.Random) -> Iterator[PlannedPost]:
    """Yield commentaries in the style of stories imported from an older system."""
    for i, title in enumerate(("In praise of the checklist", "What the weather owes us")):
        on = date(2015, 12, 7 + 7 * i)
        fields = stories.write_story(rng, WRITING_STYLES["northreach"], on)
        yield plan_post("northreach", "Commentaries", on, replace(fields, title=title, images=()))


def _awards(rng: random.Random, on: date) -> Iterator[str]:
    for company in rng.sample(vocabulary.COMPANIES, k=2):
        yield (
            f"{company}, was awarded a ${rng.randint(7, 90)},{rng.randint(100, 999)},{rng.randint(100, 999)} "
            f"firm-fixed-price contract for {rng.choice(vocabulary.GOODS)}. Work should be complete by "
            f"{stories.AP_MONTHS[on.month]} {on.day}, {on.year + rng.randint(1, 5)}. The contracting "
            f"activity is the Office of Supply (RD{rng.randint(10, 99)}-25-C-{rng.randint(1000, 9999)})."
        )
