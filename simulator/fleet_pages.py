"""What the hosts of a fleet answer: small pages in the markup of the platform, and refusals on bad days."""

import random
import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache
from itertools import islice
from urllib.parse import parse_qs, urlsplit
from zlib import crc32

from simulator import vocabulary
from simulator.fleet import START, Host, Newsroom

LISTED = 10  # on a page of a list, and in a feed
HIDDEN_EVERY = 40  # of a host that hides some: one release in so many
HTML, XML = "text/html; charset=utf-8", "text/xml; charset=utf-8"
EASTERN = timedelta(hours=-5)
ARTICLE = re.compile(r"/Article/([0-9]+)/")
VERBS = ("trains", "repairs", "delivers", "inspects", "hosts", "completes", "reopens", "measures")
THINGS = tuple(
    f"{what} {thing}" for what in ("bridge", "harbor", "hangar", "clinic") for thing in vocabulary.GOODS
)


@dataclass(frozen=True, slots=True)
class Reply:
    """A response, and how long it takes."""

    status: int
    body: bytes = b""
    content_type: str = HTML
    headers: tuple[tuple[str, str], ...] = ()
    latency_s: float = 0.4


def answer_request(host: Host, target: str, at: datetime, asked_by: str = "") -> Reply | None:
    """Return what a host answers to a path and query at an instant; None where nobody answers.

    `asked_by` is the entity tag of the request, where it has one.
    """
    answer = _reply(host, target, at)
    if answer is None or answer.status != 200 or not host.tags:
        return answer
    tag = f'"{crc32(answer.body):08x}"'
    if tag == asked_by:
        return replace(answer, status=304, body=b"", headers=(("ETag", tag),))
    return replace(answer, headers=(("ETag", tag),))


def _reply(host: Host, target: str, at: datetime) -> Reply | None:
    at_s = (at - START).total_seconds()
    path, spell = urlsplit(target).path, host.spell(at_s)
    if spell and (path == "/robots.txt" or spell.kind != "robots"):
        return _refusal(spell.kind)
    if path == "/robots.txt":
        return Reply(200, draw_robots(host).encode(), "text/plain", latency_s=0.1)
    if path.endswith("/RSS.ashx"):
        return _feed(host, target, at_s)
    if found := ARTICLE.search(path):
        return _article(host, int(found[1]), at_s)
    return _listing(host, target, at_s)


def draw_robots(host: Host) -> str:
    """Return a host's robots.txt."""
    lines = ["User-agent: *", "Disallow: /admin/"]
    lines += ["Disallow: /News/Hidden/"] if host.hides else []
    lines += [f"Crawl-delay: {host.crawl_delay_s}"] if host.crawl_delay_s else []
    return "\n".join(lines) + "\n"


def release_path(host: Host, newsroom: Newsroom, index: int) -> str:
    """Return where a release stands."""
    folder = "/News/Hidden/" if host.hides and index % HIDDEN_EVERY == 0 else newsroom.path
    return f"{folder}Article/{newsroom.number(index)}/a-story/"


def _refusal(kind: str) -> Reply | None:
    if kind == "dead":
        return None
    answer = {"blocked": (403, ()), "throttled": (429, (("Retry-After", "1800"),))}
    status, headers = answer.get(kind, (503, ()))
    return Reply(status, b"<html><body><h1>Service unavailable</h1></body></html>", headers=headers)


def _article(host: Host, number: int, at_s: float) -> Reply:
    there = host.by_number(number)
    if there is None:
        return _missing()
    newsroom, index = there
    is_changed = newsroom.changed[index] <= at_s
    if newsroom.born[index] > at_s or (is_changed and newsroom.removed[index]):
        return _missing()
    return Reply(
        200, draw_release(host, newsroom, index, is_edited=is_changed), latency_s=0.3 + number % 10 / 10
    )


def _missing() -> Reply:
    return Reply(404, b"<html><head><title>Not found</title></head><body><h1>404</h1></body></html>")


def draw_release(host: Host, newsroom: Newsroom, index: int, *, is_edited: bool) -> bytes:
    """Return the page of a release."""
    title, paragraphs = _story(newsroom.source.id, newsroom.number(index))
    body = "\n".join(f"<p>{one}</p>" for one in paragraphs)
    if is_edited:
        body += f"\n<p>The date of the ceremony was moved to day {newsroom.number(index) % 29}.</p>"
    where = f"https://{host.name}{release_path(host, newsroom, index)}"
    return f"""<!DOCTYPE html><html><head><title>{title}</title>
<meta property="og:url" content="{where}" />
<link rel="stylesheet" href="/Portals/_default/Skins/dod2/skin.css?cdv=1" /></head>
<body><form method="post" action="{release_path(host, newsroom, index)}">
<div id="dnn_ctr800_ModuleContent" class="DNNModuleContent ModArticleCSViewArticleC">
<div class="adetail"><header><h1 class="maintitle">{title}</h1>
<ul><li>Published <time>{_day(newsroom.born[index])}</time></li><li>By Sgt. Imani Okafor</li></ul></header>
<div class="article-body">{body}</div></div></div></form></body></html>""".encode()


def _listing(host: Host, target: str, at_s: float) -> Reply:
    newsroom = next((one for one in host.newsrooms if target.startswith(one.path)), None)
    if newsroom is None:
        return _missing()
    number = int(parse_qs(urlsplit(target).query).get("Page", ["1"])[0])
    shown = list(islice(newsroom.shown(at_s), (number - 1) * LISTED, number * LISTED + 1))
    rows = "\n".join(_item(host, newsroom, index) for index in shown[:LISTED])
    more = f'<a rel="next" href="{newsroom.path}?Page={number + 1}">Next</a>' if len(shown) > LISTED else ""
    body = f"""<html><head><title>News</title>
<script src="/DesktopModules/ArticleCS/a.js?cdv=1"></script></head>
<body><div class="ModArticleCS"><div class="alist alist-more-here">{rows}</div>{more}</div></body></html>"""
    return Reply(200, body.encode(), latency_s=0.6)


def _item(host: Host, newsroom: Newsroom, index: int) -> str:
    title, _ = _story(newsroom.source.id, newsroom.number(index))
    return f"""<div class="item"><time>{_day(newsroom.born[index])}</time>
<h3 class="title"><a href="{release_path(host, newsroom, index)}">{title}</a></h3></div>"""


def _feed(host: Host, target: str, at_s: float) -> Reply:
    place = int(parse_qs(urlsplit(target).query)["Category"][0])
    newsroom = host.newsrooms[place]
    items = "\n".join(_entry(host, newsroom, index) for index in islice(newsroom.shown(at_s), LISTED))
    body = f"""<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0"><channel><title>News</title><link>https://{host.name}</link>
<description>RSS Feed</description>
{items}
</channel></rss>"""
    return Reply(200, body.encode(), XML, latency_s=0.5)


def _entry(host: Host, newsroom: Newsroom, index: int) -> str:
    title, _ = _story(newsroom.source.id, newsroom.number(index))
    link = f"https://{host.name}{release_path(host, newsroom, index)}"
    at = format_datetime(START + timedelta(seconds=newsroom.born[index]), usegmt=True)
    return f"""<item><title>{title}</title><link>{link}</link><pubDate>{at}</pubDate>
<guid isPermaLink="false">{link}</guid></item>"""


def _day(born_s: float) -> str:
    at = START + timedelta(seconds=born_s) + EASTERN
    return f"{at:%B} {at.day}, {at.year}"


@lru_cache(maxsize=4096)
def _story(source_id: str, number: int) -> tuple[str, tuple[str, ...]]:
    """Return title and paragraphs of a release; no two have a sentence in common."""
    chance = random.Random(f"{source_id}/{number}")
    name = " ".join(map(chance.choice, (vocabulary.RANKS, vocabulary.FIRST, vocabulary.LAST)))
    title = f"Unit {source_id} {chance.choice(VERBS)} {chance.choice(THINGS)} number {number % 99_991}"
    return title, tuple(
        f"{name} said that {chance.choice(THINGS)} of lot {number}-{one} went by {chance.choice(THINGS)} on"
        f" the {chance.randrange(2, 28)}th, after {chance.randrange(3, 900)} hours of work with"
        f" {chance.choice(THINGS)} and {chance.choice(THINGS)}."
        for one in range(3)
    )
