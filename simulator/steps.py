"""The steps of a life: what an editor, or a webmaster, does at an instant, and what the truth notes of it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from simulator import truth
from simulator.life import IncidentKind
from simulator.timeline import ELSEWHERE, PostKey, TimelineWriter, kind_of
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

Step = Callable[[TimelineWriter, PostKey], None]


def edit_posting(sort: str) -> Step:
    """Edit a posting."""

    def step(writer: TimelineWriter, where: PostKey) -> None:
        how, fields = writer.edit_post(where, sort)
        writer.add_incident(IncidentKind.EDITED, where, fields=fields, detail=how)

    return step


def revert_posting(sort: str) -> Step:
    """Take the last edit back."""

    def step(writer: TimelineWriter, where: PostKey) -> None:
        writer.revert_edit(where)
        last = next(each for each in reversed(writer.truth) if each.number == where.number and each.fields)
        writer.add_incident(
            IncidentKind.EDITED, where, fields=last.fields, detail=f"{last.detail}, taken back"
        )

    return step


def remove_posting(how: Absence, days: float | None = None) -> Step:
    """Take a posting down, for some days or for good."""

    def step(writer: TimelineWriter, where: PostKey) -> None:
        writer.update_post(where, absence=how)
        until = writer.at + timedelta(days=days) if days else None
        short = days is not None and days < 1
        writer.add_incident(IncidentKind.BLIP if short else kind_of(how), where, until=until, detail=str(how))

    return step


def return_posting(sort: str | None = None) -> Step:
    """Put a posting back, edited meanwhile or not."""

    def step(writer: TimelineWriter, where: PostKey) -> None:
        writer.update_post(where, absence=None)
        how, fields = writer.edit_post(where, sort) if sort else ("", ())
        writer.add_incident(IncidentKind.RETURNED, where, fields=fields, detail=how)

    return step


def end_blip(writer: TimelineWriter, where: PostKey) -> None:
    """Put a posting back that was hardly gone."""
    writer.update_post(where, absence=None)


def rename_posting(*, strict: bool) -> Step:
    """Give a posting another slug; a strict one redirects from the old to the new."""

    def step(writer: TimelineWriter, where: PostKey) -> None:
        writer.update_post(where, slug=f"updated-{writer.find_post(where).slug}"[:79], strict=strict)
        writer.add_incident(
            IncidentKind.RENAMED, where, detail="old address redirects" if strict else "both answer"
        )

    return step


def unlist_posting(days: float | None) -> Step:
    """Drop a posting from list and feed."""

    def step(writer: TimelineWriter, where: PostKey) -> None:
        writer.update_post(where, absence=Absence.UNLISTED)
        writer.add_incident(
            IncidentKind.UNLISTED, where, until=writer.at + timedelta(days=days) if days else None
        )

    return step


def relist_posting(writer: TimelineWriter, where: PostKey) -> None:
    """Put a posting back on list and feed."""
    writer.update_post(where, absence=None)
    writer.add_incident(IncidentKind.RELISTED, where)


def move_posting(writer: TimelineWriter, where: PostKey) -> None:
    """Publish a posting under another number and redirect to it."""
    new = writer.copy_post(where)
    section, post = truth.get_post(writer.newsroom.site(new.site), new.number)
    writer.update_post(where, absence=Absence.REDIRECT, target=truth.post_path(section, post))
    writer.add_incident(IncidentKind.MOVED, where, detail=new.number)
    writer.add_incident(IncidentKind.PUBLISHED, new, detail="the new home of another posting")


def sent_away(writer: TimelineWriter, where: PostKey) -> None:
    """Redirect a posting to another site."""
    writer.update_post(where, absence=Absence.REDIRECT, target=ELSEWHERE.format(where.number))
    writer.add_incident(IncidentKind.SENT_AWAY, where, detail="redirect to another site")


def sent_to_sibling(writer: TimelineWriter, where: PostKey) -> None:
    """Redirect a posting to another story of the site."""
    section = writer.newsroom.site(where.site).sections[0]
    others = [post for post in section.posts if post.absence is None and post.number != where.number]
    target = truth.post_path(section, others[-1])
    writer.update_post(where, absence=Absence.REDIRECT, target=target)
    writer.add_incident(IncidentKind.SOFT_REMOVED, where, detail="redirect to another article")


def publish_story(writer: TimelineWriter, site: str) -> None:
    """Publish a story."""
    where = writer.publish_post(site, writer.write_story(site))
    writer.add_incident(IncidentKind.PUBLISHED, where)


def publish_backdated(writer: TimelineWriter, site: str) -> None:
    """Put a story in that is dated days ago."""
    days = writer.rng.randint(2, 5)
    where = writer.publish_post(site, writer.write_story(site, days), days_back=days)
    writer.add_incident(IncidentKind.PUBLISHED, where, detail="back-dated")


def publish_on_two_sites(other: str) -> Callable[[TimelineWriter, str], None]:
    """Publish a story on two sites under one number."""

    def both(writer: TimelineWriter, site: str) -> None:
        where = writer.publish_post(site, writer.write_story(site))
        writer.add_incident(IncidentKind.PUBLISHED, where, detail="on two sites")
        writer.add_incident(IncidentKind.PUBLISHED, writer.cross_post(where, other), detail="on two sites")

    return both


def change_furniture(writer: TimelineWriter, site: str) -> None:
    """Change what stands around the articles of all pages."""
    banner, notice = writer.rng.choice(BANNERS), writer.rng.choice(HEADLINES)
    writer.put_site(site, banner=banner, notice=notice, topics=(f"topic {writer.rng.randint(1, 99)}",))
    writer.add_incident(IncidentKind.QUIET, site, detail="banner, notice and topics")


def add_notice(writer: TimelineWriter, site: str) -> None:
    """Put a notice below every text of a site."""
    writer.reprint_all(site, first_notice)
    writer.add_incident(IncidentKind.SITE_CHANGED, site, fields=("body",), detail="a notice in every body")


def swap_notice(writer: TimelineWriter, site: str) -> None:
    """Swap the notice for another."""
    writer.reprint_all(site, second_notice, instead_of=first_notice)
    writer.add_incident(
        IncidentKind.SITE_CHANGED, site, fields=("body",), detail="another notice in every body"
    )


def add_office_to_bylines(writer: TimelineWriter, site: str) -> None:
    """Name an office with every author, where most releases name one."""
    posts = writer.newsroom.site(site).sections[0].posts
    if 2 * sum(1 for post in posts if post.fields.byline) <= len(posts):
        return
    writer.reprint_all(site, with_office)
    writer.add_incident(IncidentKind.SITE_CHANGED, site, fields=("byline",), detail="bylines name the office")


def first_notice(fields: Fields) -> Fields:
    """Return a release with a notice below its text."""
    return replace(fields, paragraphs=(*fields.paragraphs, NOTICES[0]))


def second_notice(fields: Fields) -> Fields:
    """Return a release with another notice below its text."""
    return replace(fields, paragraphs=(*fields.paragraphs, NOTICES[1]))


def with_office(fields: Fields) -> Fields:
    """Return a release whose author is named with an office."""
    return replace(fields, byline=f"{fields.byline}{OFFICE}") if fields.byline else fields


def without_site_changes(fields: Fields) -> Fields:
    """Return a release without what any change of all pages did to it."""
    rows = tuple(row for row in fields.paragraphs if row not in NOTICES)
    return replace(fields, paragraphs=rows, byline=fields.byline and fields.byline.removesuffix(OFFICE))
