"""The steps of a life: what an editor, or a webmaster, does at an instant, and what the truth notes of it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from simulator import truth
from simulator.life import IncidentKind
from simulator.timeline import ELSEWHERE, Place, Teller, kind_of
from simulator.truth import Absence, Banner
from storage.models import Fields

NOTICES = (
    "Editor’s note: figures on this page are under review and may be corrected.",
    "Editor’s note: this page was moved from an older system.",
)
OFFICE = ", Public Affairs"
BANNERS = (
    Banner(owner="an official organization of the United States Department of Readiness."),
    Banner(".gov", "an official government organization in the United States.", True, "Government"),
    Banner(owner="an official U.S. Department of War organization in the United States.", invites=False),
)
HEADLINES = ("All offices close early on Friday.", "", "The site will be slow on Saturday night.")

Step = Callable[[Teller, Place], None]


def edited(sort: str) -> Step:
    """Edit a posting."""

    def step(teller: Teller, where: Place) -> None:
        how, fields = teller.edit(where, sort)
        teller.note(IncidentKind.EDITED, where, fields=fields, detail=how)

    return step


def reverted(sort: str) -> Step:
    """Take the last edit back."""

    def step(teller: Teller, where: Place) -> None:
        teller.revert(where)
        last = next(each for each in reversed(teller.truth) if each.number == where.number and each.fields)
        teller.note(IncidentKind.EDITED, where, fields=last.fields, detail=f"{last.detail}, taken back")

    return step


def removed(how: Absence, days: float | None = None) -> Step:
    """Take a posting down, for some days or for good."""

    def step(teller: Teller, where: Place) -> None:
        teller.put(where, absence=how)
        until = teller.at + timedelta(days=days) if days else None
        short = days is not None and days < 1
        teller.note(IncidentKind.BLIP if short else kind_of(how), where, until=until, detail=str(how))

    return step


def returned(sort: str | None = None) -> Step:
    """Put a posting back, edited meanwhile or not."""

    def step(teller: Teller, where: Place) -> None:
        teller.put(where, absence=None)
        how, fields = teller.edit(where, sort) if sort else ("", ())
        teller.note(IncidentKind.RETURNED, where, fields=fields, detail=how)

    return step


def back(teller: Teller, where: Place) -> None:
    """Put a posting back that was hardly gone."""
    teller.put(where, absence=None)


def renamed(*, strict: bool) -> Step:
    """Give a posting another slug; a strict one redirects from the old to the new."""

    def step(teller: Teller, where: Place) -> None:
        teller.put(where, slug=f"updated-{teller.there(where).slug}"[:79], strict=strict)
        teller.note(IncidentKind.RENAMED, where, detail="old address redirects" if strict else "both answer")

    return step


def unlisted(days: float | None) -> Step:
    """Drop a posting from list and feed."""

    def step(teller: Teller, where: Place) -> None:
        teller.put(where, absence=Absence.UNLISTED)
        teller.note(IncidentKind.UNLISTED, where, until=teller.at + timedelta(days=days) if days else None)

    return step


def relisted(teller: Teller, where: Place) -> None:
    """Put a posting back on list and feed."""
    teller.put(where, absence=None)
    teller.note(IncidentKind.RELISTED, where)


def moved(teller: Teller, where: Place) -> None:
    """Publish a posting under another number and redirect to it."""
    new = teller.copy(where)
    section, post = truth.found(teller.newsroom.site(new.site), new.number)
    teller.put(where, absence=Absence.REDIRECT, target=truth.path(section, post))
    teller.note(IncidentKind.MOVED, where, detail=new.number)
    teller.note(IncidentKind.PUBLISHED, new, detail="the new home of another posting")


def sent_away(teller: Teller, where: Place) -> None:
    """Redirect a posting to another site."""
    teller.put(where, absence=Absence.REDIRECT, target=ELSEWHERE.format(where.number))
    teller.note(IncidentKind.SENT_AWAY, where, detail="redirect to another site")


def sent_to_sibling(teller: Teller, where: Place) -> None:
    """Redirect a posting to another story of the site."""
    section = teller.newsroom.site(where.site).sections[0]
    others = [post for post in section.posts if post.absence is None and post.number != where.number]
    target = truth.path(section, others[-1])
    teller.put(where, absence=Absence.REDIRECT, target=target)
    teller.note(IncidentKind.SOFT_REMOVED, where, detail="redirect to another article")


def published(teller: Teller, site: str) -> None:
    """Publish a story."""
    where = teller.post(site, teller.write(site))
    teller.note(IncidentKind.PUBLISHED, where)


def backdated(teller: Teller, site: str) -> None:
    """Put a story in that is dated days ago."""
    days = teller.rng.randint(2, 5)
    where = teller.post(site, teller.write(site, days), days_back=days)
    teller.note(IncidentKind.PUBLISHED, where, detail="back-dated")


def crossed(other: str) -> Callable[[Teller, str], None]:
    """Publish a story on two sites under one number."""

    def both(teller: Teller, site: str) -> None:
        where = teller.post(site, teller.write(site))
        teller.note(IncidentKind.PUBLISHED, where, detail="on two sites")
        teller.note(IncidentKind.PUBLISHED, teller.cross(where, other), detail="on two sites")

    return both


def quiet(teller: Teller, site: str) -> None:
    """Change what stands around the articles of all pages."""
    banner, notice = teller.rng.choice(BANNERS), teller.rng.choice(HEADLINES)
    teller.put_site(site, banner=banner, notice=notice, topics=(f"topic {teller.rng.randint(1, 99)}",))
    teller.note(IncidentKind.QUIET, site, detail="banner, notice and topics")


def noticed(teller: Teller, site: str) -> None:
    """Put a notice below every text of a site."""
    teller.widen(site, first_notice)
    teller.note(IncidentKind.SITE_CHANGED, site, fields=("body",), detail="a notice in every body")


def noticed_otherwise(teller: Teller, site: str) -> None:
    """Swap the notice for another."""
    teller.widen(site, second_notice, instead_of=first_notice)
    teller.note(IncidentKind.SITE_CHANGED, site, fields=("body",), detail="another notice in every body")


def bylined(teller: Teller, site: str) -> None:
    """Name an office with every author, where most releases name one."""
    posts = teller.newsroom.site(site).sections[0].posts
    if 2 * sum(1 for post in posts if post.fields.byline) <= len(posts):
        return
    teller.widen(site, with_office)
    teller.note(IncidentKind.SITE_CHANGED, site, fields=("byline",), detail="bylines name the office")


def first_notice(fields: Fields) -> Fields:
    """Return a release with a notice below its text."""
    return replace(fields, paragraphs=(*fields.paragraphs, NOTICES[0]))


def second_notice(fields: Fields) -> Fields:
    """Return a release with another notice below its text."""
    return replace(fields, paragraphs=(*fields.paragraphs, NOTICES[1]))


def with_office(fields: Fields) -> Fields:
    """Return a release whose author is named with an office."""
    return replace(fields, byline=f"{fields.byline}{OFFICE}") if fields.byline else fields


def unwidened(fields: Fields) -> Fields:
    """Return a release without what any change of all pages did to it."""
    rows = tuple(row for row in fields.paragraphs if row not in NOTICES)
    return replace(fields, paragraphs=rows, byline=fields.byline and fields.byline.removesuffix(OFFICE))
