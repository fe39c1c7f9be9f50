"""What somebody who looked so could have seen of a life: which incidents a ledger had to find.

Knows the newsroom and the looks, never the decision code. A look *counts* if no storm decided its answer, and
a moment is *calm* if the site has no storm at all. An incident is *due*, and missing its event is a miss, if
the newsroom showed it while somebody looked:

- an edit: a field of it differs between the last look that counts before it and the first one after it, both
  of which found the posting in its place (an edit taken back before anybody looked is not due);
- a removal: three looks in calm moments, six hours or more apart, found the posting out of its place; where
  its first absent look came in a crawl that met many new absences at once (five or more, and a tenth or more
  of what was there before), the looks have to lie twelve times as far apart, since a broken site looks alike;
- a return: its removal was due, and a look that counts found the posting back;
- a new posting, a new slug: a calm crawl came while list or feed named it;
- an unlisting: three calm crawls, six hours or more apart, in whose list newer and older postings stood
  around the gap; a relisting: that was due, and a calm crawl came while list or feed named the posting;
- a change of all pages, a redesign, a new host: a calm crawl came.

Short absences, bodies emptied, redirects to other sites, changes around the article and storms are never due.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from benchmarks.direct_crawl import CrawlLook
from simulator import life as lives
from simulator import routing, steps, truth
from simulator.life import Incident, IncidentKind, Life
from simulator.truth import Absence, Post
from storage.models import Fields, Role

LOOKS, SPAN = 3, timedelta(hours=6)  # the policy's default
MANY, SHARE, SPANS = 5, 0.1, 12  # absences at once: so many, so large a share, so many spans
NO_ABSENCE = frozenset({*routing.STANDING, Absence.EMPTY, Absence.REDIRECT})  # looks there show no removal
LISTED = 10  # postings on the first page of a list
IN_FEED = 20
Kind = IncidentKind


@dataclass
class ObservedLife:
    """A life and the looks at it."""

    life: Life
    crawl_looks: Sequence[CrawlLook]
    _articles: dict[tuple[str, str], list[CrawlLook]] = field(init=False)
    _lists: dict[str, list[CrawlLook]] = field(init=False)

    def __post_init__(self) -> None:
        self._articles, self._lists = defaultdict(list), defaultdict(list)
        for crawl_look in self.crawl_looks:
            if crawl_look.role is Role.ARTICLE and crawl_look.number and not crawl_look.in_trouble:
                self._articles[crawl_look.site, crawl_look.number].append(crawl_look)
            elif crawl_look.role is Role.LISTING and self.is_calm(crawl_look.site, crawl_look.at):
                self._lists[crawl_look.site].append(crawl_look)

    def is_calm(self, site: str, at: datetime) -> bool:
        """Return whether a site has no storm."""
        return not any(each.site == site and each.at <= at < each.until for each in self.life.storms)

    def post(self, site: str, number: str, at: datetime) -> Post | None:
        """Return a posting as it is at an instant, in its place or not."""
        there = truth.find_post(lives.newsroom_at(self.life, at).site(site), number)
        return there[1] if there else None

    def looks_that_found(self, site: str, number: str) -> Iterator[tuple[CrawlLook, Post]]:
        """Yield the looks that count and found a posting in its place, and what it was then."""
        for crawl_look in self._articles[site, number]:
            post = self.post(site, number, crawl_look.at)
            if post is not None and post.absence in routing.STANDING:
                yield crawl_look, post

    def looks_around(
        self, site: str, number: str, at: datetime
    ) -> tuple[Post | None, Post | None, datetime | None]:
        """Return what the last look before an instant and the first from it on found, and when that was."""
        before: Post | None = None
        for crawl_look, post in self.looks_that_found(site, number):
            if crawl_look.at >= at:
                return before, post, crawl_look.at
            before = post
        return before, None, None

    def is_due(self, incident: Incident) -> bool:
        """Return whether an incident had to be found."""
        rule = RULES.get(incident.kind)
        return rule is not None and rule(self, incident)

    def fields(self, site: str, number: str, until: datetime) -> tuple[frozenset[str], frozenset[str]]:
        """Return the fields that edits of a posting changed between a look and the last one before it.

        Beside them those that a change of all pages touched meanwhile.
        """
        before = [
            (crawl_look, post)
            for crawl_look, post in self.looks_that_found(site, number)
            if crawl_look.at < until
        ]
        after = self.post(site, number, until)
        if not before or after is None:
            return frozenset(), frozenset()
        crawl_look, post = before[-1]
        between = [each for each in self.life.truth if each.site == site and crawl_look.at < each.at <= until]
        own = frozenset(name for each in between if each.number == number for name in each.fields)
        wide = frozenset(name for each in between if each.number is None for name in each.fields)
        return own & differing_fields(post.fields, after.fields), wide

    def absent_looks(self, incident: Incident) -> dict[int, datetime]:
        """Return by crawl when a calm look found a posting out of its place while an incident lasted."""
        runs: dict[int, datetime] = {}
        for crawl_look in self._articles[incident.site, incident.number or ""]:
            lasts = incident.at <= crawl_look.at < (incident.until or self.life.until)
            if lasts and self.is_calm(crawl_look.site, crawl_look.at):
                runs.setdefault(crawl_look.run, crawl_look.at)
        return runs

    def mass_absences(self, site: str) -> frozenset[int]:
        """Return the crawls that met many postings of a site newly out of their place."""
        looks = [each for (where, _), looks in self._articles.items() if where == site for each in looks]
        good: set[str | None] = set()
        known, fresh = Counter[int](), Counter[int]()
        for crawl_look in sorted(looks, key=lambda each: each.at):
            post = self.post(site, crawl_look.number or "", crawl_look.at)
            is_absent = post is not None and post.absence not in NO_ABSENCE
            if crawl_look.number in good and self.is_calm(site, crawl_look.at):
                known[crawl_look.run] += 1
                fresh[crawl_look.run] += is_absent
                good -= {crawl_look.number} if is_absent else set()
            elif not is_absent:
                good.add(crawl_look.number)
        return frozenset(run for run, count in fresh.items() if count >= max(MANY, SHARE * known[run]))

    def lists(self, incident: Incident) -> list[datetime]:
        """Return when calm lists were looked at, one a crawl, while an incident lasted."""
        runs: dict[int, datetime] = {}
        for crawl_look in self._lists[incident.site]:
            if incident.at <= crawl_look.at < (incident.until or self.life.until):
                runs.setdefault(crawl_look.run, crawl_look.at)
        return list(runs.values())

    def shown(self, site: str, at: datetime) -> tuple[Post, ...]:
        """Return what list and feed show at an instant, newest first."""
        return truth.list_shown(lives.newsroom_at(self.life, at).site(site).sections[0], at)

    def is_named(self, incident: Incident, at: datetime) -> bool:
        """Return whether the first page of the list or the feed names a posting."""
        return any(post.number == incident.number for post in self.shown(incident.site, at)[:IN_FEED])

    def is_gap(self, incident: Incident, at: datetime) -> bool:
        """Return whether the first page of the list shows newer and older postings around a missing one."""
        post = self.post(incident.site, incident.number or "", at)
        page = self.shown(incident.site, at)[:LISTED]
        if post is None or not page or post.fields.published_on is None:
            return False
        days = [each.fields.published_on for each in page if each.fields.published_on]
        numbers = [int(each.number) for each in page]
        by_day = days[-1] < post.fields.published_on < max(days)
        return by_day and numbers[-1] < int(post.number) < max(numbers)


def differing_fields(before: Fields, after: Fields) -> frozenset[str]:
    """Return the ledger's names of the fields in which two truths differ, changes of all pages left out."""
    old, new = _named(steps.without_site_changes(before)), _named(steps.without_site_changes(after))
    return frozenset(name for name, value in old.items() if value != new[name])


def _named(fields: Fields) -> dict[str, object]:
    return {
        "title": fields.title,
        "subtitle": fields.subtitle,
        "published": fields.published_on,
        "byline": fields.byline,
        "organization": fields.organization,
        "dateline": fields.dateline,
        "body": fields.paragraphs,
        "tags": set(fields.tags),
        "images": {image.url for image in fields.images},
        "attachments": {link.url for link in fields.links if link.attachment},
        "links": {link.url for link in fields.links if not link.attachment},
    }


def _is_edit_due(watched: ObservedLife, incident: Incident) -> bool:
    before, after, _ = watched.looks_around(incident.site, incident.number or "", incident.at)
    if before is None or after is None:
        return False
    return bool(differing_fields(before.fields, after.fields) & set(incident.fields))


def _is_removal_due(watched: ObservedLife, incident: Incident) -> bool:
    looks = watched.absent_looks(incident)
    is_mass = next(iter(looks), 0) in watched.mass_absences(incident.site)
    return _is_enough(list(looks.values()), SPANS if is_mass else 1)


def _is_return_due(watched: ObservedLife, incident: Incident) -> bool:
    gone = [
        each
        for each in watched.life.truth
        if (each.site, each.number, each.until) == (incident.site, incident.number, incident.at)
    ]
    _, after, _ = watched.looks_around(incident.site, incident.number or "", incident.at)
    return after is not None and any(_is_removal_due(watched, each) for each in gone)


def _is_named_in_a_calm_crawl(watched: ObservedLife, incident: Incident) -> bool:
    return any(watched.is_named(incident, at) for at in watched.lists(incident))


def _is_unlisting_due(watched: ObservedLife, incident: Incident) -> bool:
    return _is_enough([at for at in watched.lists(incident) if watched.is_gap(incident, at)])


def _is_relisting_due(watched: ObservedLife, incident: Incident) -> bool:
    gone = [
        each
        for each in lives.select_incidents(watched.life, Kind.UNLISTED)
        if (each.site, each.number, each.until) == (incident.site, incident.number, incident.at)
    ]
    was_due = any(_is_unlisting_due(watched, each) for each in gone)
    return was_due and _is_named_in_a_calm_crawl(watched, incident)


def _is_move_due(watched: ObservedLife, incident: Incident) -> bool:
    return bool(watched.absent_looks(incident))


def _is_looked_at(watched: ObservedLife, incident: Incident) -> bool:
    return bool(watched.lists(incident))


RULES = {
    Kind.PUBLISHED: _is_named_in_a_calm_crawl,
    Kind.EDITED: _is_edit_due,
    Kind.REMOVED: _is_removal_due,
    Kind.SOFT_REMOVED: _is_removal_due,
    Kind.RETURNED: _is_return_due,
    Kind.RENAMED: _is_named_in_a_calm_crawl,
    Kind.MOVED: _is_move_due,
    Kind.UNLISTED: _is_unlisting_due,
    Kind.RELISTED: _is_relisting_due,
    Kind.SITE_CHANGED: _is_looked_at,
    Kind.REDESIGNED: _is_looked_at,
    Kind.SITE_MOVED: _is_looked_at,
}


def _is_enough(looks: Sequence[datetime], spans: int = 1) -> bool:
    return len(looks) >= LOOKS and looks[-1] - looks[0] >= SPAN * spans
