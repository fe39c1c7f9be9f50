"""What a practice newsroom is at one moment: frozen values, and the functions that make the next one.

A post carries the very record that reading its page must give, so the pages are drawn from the truth and
tests compare whole records. Addresses inside records may begin with "/": they are of the site itself, whose
port is known only once it is served (`resolved`).
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from storage.models import Address, Fields, Link


class Template(StrEnum):
    """The markup a site is drawn in."""

    G1 = "g1"  # "da_" templates, tabid addresses
    G2 = "g2"  # dgov-card
    G3 = "g3"  # DGOV2, element attributes in listings
    COMMAND = "g4-command"  # dod2: "NEWS | Feb. 12, 2025"
    UNIT = "g4-unit"  # dod2: "Published ..." as list items
    NEXT = "next"  # what no parser of ours has met: a redesign


class Kind(StrEnum):
    """What a section publishes, in the words its pages use."""

    NEWS = "News"
    RELEASE = "Release"
    CONTRACTS = "Contracts"
    STORY = "Story"
    COMMENTARY = "Commentary"
    BIOGRAPHY = "Biography"
    FACT_SHEET = "Fact Sheet"
    SPEECH = "Speech"
    MESSAGE = "Message"


class Absence(StrEnum):
    """How a post that was taken down answers."""

    NOT_FOUND = "404"
    GONE = "410"
    LISTING = "newsroom page with 200"
    HOME = "home page with 200"
    ERROR_REDIRECT = "redirect to the error page, which draws the home page"
    REDIRECT_HOME = "redirect to the home page"
    EMPTY = "200 without a body"
    REDIRECT = "redirect to another address"
    UNLISTED = "off lists and feeds, the page still there"


@dataclass(frozen=True, slots=True)
class Post:
    """One article page; `fields` is what reading it gives."""

    number: str
    slug: str  # "" where the title field is empty, as on contract announcements
    posted_at: datetime
    fields: Fields
    summary: str
    story: str  # postings of one story, wherever they stand, are one release
    author: str | None = None  # dc:creator of the feed
    label: str | None = None  # a message's number, which only its list prints
    absence: Absence | None = None
    target: str | None = None  # where Absence.REDIRECT leads: a path of the site, or an address elsewhere
    strict: bool = False  # asked for under another slug, it redirects to its own


@dataclass(frozen=True, slots=True)
class Section:
    """One listing of a site with its feed; posts newest first."""

    name: str
    kind: Kind
    path: str  # "/News/"
    article_path: str  # "/News/Article/{number}/{slug}/"
    content_type: int  # the feed's ContentType
    category: int
    posts: tuple[Post, ...] = ()
    blurb: str = ""
    per_page: int = 10
    drawn: bool = False  # the list as it looks after scripts ran, where the template has two forms


@dataclass(frozen=True, slots=True)
class Banner:
    """The government banner: its wording differs by site and year."""

    domain: str = ".mil"
    owner: str = "an official U.S. Department of Defense organization in the United States."
    invites: bool = True  # "Here's how you know"
    government: str = "government"


@dataclass(frozen=True, slots=True)
class Site:
    """One made-up newsroom site."""

    name: str
    title: str
    organization: str
    template: Template
    site_id: int  # the feed's Site parameter
    sections: tuple[Section, ...]
    banner: Banner | None = Banner()
    notice: str = ""  # a line that stands on all pages at once
    topics: tuple[str, ...] = ()  # the site's own cloud, never a release's tags
    extra: tuple[tuple[str, Fields], ...] = ()  # further article pages: path and truth


@dataclass(frozen=True, slots=True)
class Newsroom:
    """Several sites at one moment."""

    sites: tuple[Site, ...]

    def site(self, name: str) -> Site:
        """Return a site by name; LookupError names what there is."""
        for site in self.sites:
            if site.name == name:
                return site
        raise LookupError(f"no practice site {name!r}; there are {[site.name for site in self.sites]}")


def post_path(section: Section, post: Post) -> str:
    """Return the path of a post's page."""
    return section.article_path.format(number=post.number, slug=post.slug)


def list_posts(site: Site) -> list[tuple[Section, Post]]:
    """Return every post of a site with its section, in listing order."""
    return [(section, post) for section in site.sections for post in section.posts]


def find_post(site: Site, number: str) -> tuple[Section, Post] | None:
    """Return the post of this number and its section, or None."""
    return next(((section, post) for section, post in list_posts(site) if post.number == number), None)


def group_stories(newsroom: Newsroom) -> dict[str, frozenset[tuple[str, str]]]:
    """Return which postings (site name, number) are one release, by story."""
    grouped: dict[str, set[tuple[str, str]]] = {}
    for site in newsroom.sites:
        for _, post in list_posts(site):
            grouped.setdefault(post.story, set()).add((site.name, post.number))
    return {story: frozenset(where) for story, where in grouped.items()}


def get_post(site: Site, number: str) -> tuple[Section, Post]:
    """Return the post of this number and its section; LookupError where there is none."""
    there = find_post(site, number)
    if there is None:
        raise LookupError(f"no post {number} on {site.name}")
    return there


def list_shown(section: Section, at: datetime) -> tuple[Post, ...]:
    """Return what lists and feeds show at a moment, newest first."""
    return tuple(post for post in section.posts if post.absence is None and post.posted_at <= at)


def resolve_addresses(fields: Fields, base_url: str) -> Fields:
    """Return a truth with the site's own addresses made absolute."""
    links = tuple(Link(absolute_url(link.url, base_url), link.text, link.attachment) for link in fields.links)
    images = tuple(replace(image, url=absolute_url(image.url, base_url)) for image in fields.images)
    return replace(fields, links=links, images=images)


def absolute_url(url: str, base_url: str) -> str:
    """Return an address of the site's own with scheme and host in front; others as they are."""
    return base_url + url if url.startswith("/") else url


def post_address(section: Section, post: Post, base_url: str) -> Address:
    """Return where a post lives."""
    return Address(base_url.split("//", 1)[1], post.number, base_url + post_path(section, post))


def with_post(newsroom: Newsroom, site: str, section: str, post: Post) -> Newsroom:
    """Return the newsroom with one more post, put in by its time as editors' back-dated ones are."""
    there = next(each for each in newsroom.site(site).sections if each.name == section)
    rows = sorted((*there.posts, post), key=lambda each: each.posted_at, reverse=True)
    return _with_section(newsroom, site, replace(there, posts=tuple(rows)))


def with_changed_post(newsroom: Newsroom, site: str, post: Post) -> Newsroom:
    """Return the newsroom with the post of this number replaced; LookupError where there is none."""
    section, _ = get_post(newsroom.site(site), post.number)
    rows = tuple(post if each.number == post.number else each for each in section.posts)
    return _with_section(newsroom, site, replace(section, posts=rows))


def with_site(newsroom: Newsroom, site: Site) -> Newsroom:
    """Return the newsroom with the site of this name replaced."""
    return Newsroom(tuple(site if each.name == site.name else each for each in newsroom.sites))


def _with_section(newsroom: Newsroom, name: str, section: Section) -> Newsroom:
    site = newsroom.site(name)
    rows = tuple(section if each.name == section.name else each for each in site.sections)
    return with_site(newsroom, replace(site, sections=rows))
