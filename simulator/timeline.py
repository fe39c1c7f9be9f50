"""Carries a life forward: each step changes the newsroom, and notes in the truth what it did."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from simulator import edits, stories, truth
from simulator.edits import EditDesk
from simulator.life import Frame, Incident, IncidentKind
from simulator.sites import SITES, WRITING_STYLES
from simulator.truth import Absence, Newsroom, Post, Site, Template
from storage.models import Fields

HARD = frozenset({Absence.NOT_FOUND, Absence.GONE})
ELSEWHERE = "https://www.fieldpress.net/news/{}/"
Wide = Callable[[Fields], Fields]  # what a template does to every release of a site


@dataclass(frozen=True, slots=True)
class PostKey:
    """Which posting a step is about."""

    site: str
    number: str


class TimelineWriter:
    """A newsroom on its way through time; steps must come in the order of their time."""

    def __init__(self, seed: str, sites: tuple[str, ...], start: datetime) -> None:
        self.rng = random.Random(seed)
        self.newsroom = Newsroom(tuple(_empty_site(name) for name in sites))
        self.at = start
        self.frames: list[Frame] = []
        self.truth: list[Incident] = []
        self._raw: dict[PostKey, Fields] = {}  # as written, before a template prints it
        self._before: dict[PostKey, Fields] = {}
        self._wide: dict[str, tuple[Wide, ...]] = {}
        self._number = 4_000_000

    def add_frame(self) -> None:
        """Add what the newsroom is now to the frames."""
        if self.frames and self.frames[-1].at == self.at:
            self.frames.pop()
        self.frames.append(Frame(self.at, self.newsroom))

    def add_incident(self, kind: IncidentKind, where: PostKey | str, **details: object) -> None:
        """Add to the truth."""
        site, number = (where.site, where.number) if isinstance(where, PostKey) else (where, None)
        self.truth.append(Incident(kind, site, self.at, number, **details))  # type: ignore[arg-type]  # as named

    def write_story(self, site: str, days_back: int = 0) -> Fields:
        """Return a new story of a site, dated today or earlier."""
        return stories.write_story(self.rng, WRITING_STYLES[site], self.at.date() - timedelta(days=days_back))

    def publish_post(
        self, site: str, raw: Fields, *, days_back: int = 0, number: str | None = None
    ) -> PostKey:
        """Put a story on a site, under a new number unless one is given."""
        if number is None:
            self._number += self.rng.randint(2, 40)
            number = str(self._number)
        where = PostKey(site, number)
        self._raw[where] = raw
        shell = _as_drawn(self.newsroom.site(site))
        section = shell.sections[0]
        made = stories.make_post(
            shell, section, number, self._wided(site, raw), self.at - timedelta(days=days_back)
        )
        self.newsroom = truth.with_post(self.newsroom, site, section.name, made)
        return where

    def find_post(self, where: PostKey) -> Post:
        """Return a post as it is."""
        return truth.get_post(self.newsroom.site(where.site), where.number)[1]

    def update_post(self, where: PostKey, **changes: object) -> None:
        """Change what is on a post besides its text."""
        post = replace(self.find_post(where), **changes)  # type: ignore[arg-type]  # names of a post's fields
        self.newsroom = truth.with_changed_post(self.newsroom, where.site, post)

    def edit_post(self, where: PostKey, sort: str) -> tuple[str, tuple[str, ...]]:
        """Edit a post, in another way where this one cannot be; return how, and the fields that differ."""
        desk = EditDesk(WRITING_STYLES[where.site], _as_drawn(self.newsroom.site(where.site)).template)
        for each in (edits.SORTS[sort], edits.SORTS["rewritten"], edits.SORTS["paragraph_added"]):
            made = each.make(self.rng, self._raw[where], desk)
            if made is not None:
                self._before[where] = self._raw[where]
                self._say(where, made)
                return each.name, each.fields
        raise LookupError(f"no edit applies to {where}")

    def revert_edit(self, where: PostKey) -> None:
        """Make a post say again what it said before the last edit."""
        self._say(where, self._before[where])

    def copy_post(self, where: PostKey) -> PostKey:
        """Put the same story on the same site under another number."""
        story = self.find_post(where).story
        made = self.publish_post(where.site, self._raw[where])
        self.update_post(made, story=story)
        return made

    def cross_post(self, where: PostKey, site: str) -> PostKey:
        """Put a story on another site under the same number."""
        made = self.publish_post(site, self._raw[where], number=where.number)
        self.update_post(made, story=self.find_post(where).story)
        return made

    def reprint_all(self, site: str, wide: Wide, instead_of: Wide | None = None) -> None:
        """Print all releases of a site another way from now on."""
        kept = tuple(each for each in self._wide.get(site, ()) if each is not instead_of)
        self._wide[site] = (*kept, wide)
        self._reprint(site)

    def put_site(self, site: str, **changes: object) -> None:
        """Change a site around its posts."""
        made = replace(self.newsroom.site(site), **changes)  # type: ignore[arg-type]  # names of a site's fields
        self.newsroom = truth.with_site(self.newsroom, made)

    def _say(self, where: PostKey, raw: Fields) -> None:
        self._raw[where] = raw
        shell = self.newsroom.site(where.site)
        known = stories.as_printed(
            self._wided(where.site, raw), _as_drawn(shell), shell.sections[0], where.number
        )
        self.update_post(where, fields=known, summary=stories.summarize(known))

    def _reprint(self, site: str) -> None:
        shell, drawn = self.newsroom.site(site), _as_drawn(self.newsroom.site(site))
        section = shell.sections[0]
        rows = []
        for post in section.posts:
            raw = self._wided(site, self._raw[PostKey(site, post.number)])
            known = stories.as_printed(raw, drawn, section, post.number)
            rows.append(replace(post, fields=known, summary=stories.summarize(known)))
        sections = (replace(section, posts=tuple(rows)), *shell.sections[1:])
        self.newsroom = truth.with_site(self.newsroom, replace(shell, sections=sections))

    def _wided(self, site: str, raw: Fields) -> Fields:
        for each in self._wide.get(site, ()):
            raw = each(raw)
        return _drop_unprintable(raw, _as_drawn(self.newsroom.site(site)).template)


def _empty_site(name: str) -> Site:
    """Return a site without posts, its first section alone."""
    site = next(each for each in SITES if each.name == name)
    return replace(site, sections=site.sections[:1])


def _as_drawn(site: Site) -> Site:
    """Return a site as its posts are printed: a redesign changes the markup, not what is said."""
    first = next(each for each in SITES if each.name == site.name)
    return replace(site, template=first.template) if site.template is Template.NEXT else site


def _drop_unprintable(fields: Fields, template: Template) -> Fields:
    """Return a story without what a template has no place for."""
    if template is Template.G1:
        return replace(fields, subtitle=None)
    return replace(fields, organization=None) if template is Template.G3 else fields


def kind_of(how: Absence) -> IncidentKind:
    """Return what a way of taking down is to the truth."""
    if how in HARD:
        return IncidentKind.REMOVED
    return IncidentKind.EMPTIED if how is Absence.EMPTY else IncidentKind.SOFT_REMOVED
