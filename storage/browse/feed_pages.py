"""The Datasette plugin for feeds: Atom and JSON Feed, read only when they changed, older entries by pages.

/feeds                                 a page with the feeds, and feeds.opml
/feeds/edits.atom                      also all, new, takedowns, returns; .json
/feeds/newsroom/usfk-news/all.atom     by newsroom; /feeds/branch/air-force/all.atom by branch
/feeds/search/all.atom?words=troops    by search
...?before=123                         entries before event 123 (RFC 5005, 3)
"""

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from datasette import NotFound, Response
from pluggy import HookimplMarker
from sqlite_utils import Database

from storage.browse.pages import BrowseConnection
from storage.db.timestamps import get_utc_now, parse_timestamp
from storage.publish import feed_events, feed_list
from storage.publish.feed import Feed, FeedLinks, make_feed_tag
from storage.publish.feed_events import FeedPlace
from storage.publish.feed_list import CONTENTS, FORMATS, FeedSpec
from storage.publish.opml import FeedOutline, render_opml
from storage.queries.events import find_last_event

hookimpl = HookimplMarker("datasette")  # as datasette.hookimpl, but typed

PLUGIN: Final = "milwire-feeds"  # whose settings have `branches`: the ids of newsrooms by branch
SETTLED: Final = timedelta(seconds=2)  # a ledger that was quiet so long has no second event of one second
CACHE: Final = "no-cache"  # it may be kept, but must be asked for again
FEED: Final = (
    r"/feeds/(?:(?P<group>newsroom|branch)/(?P<name>[^/]+)/|(?P<search>search)/)?"
    rf"(?P<content>{'|'.join(CONTENTS)})\.(?P<ending>{'|'.join(FORMATS)})$"
)
MOST_ANSWERS: Final = 50  # kept in memory
LONGEST: Final = 500  # characters of a search


@dataclass(frozen=True, slots=True)
class FeedRequest:
    """A feed that was asked for."""

    spec: FeedSpec
    ending: str
    root: str  # http://127.0.0.1:8001
    address: str  # of the feed, without `before`
    before: int | None  # the event before which its entries end
    is_known: bool = True  # False: a newsroom that is not in the catalogue; it may have been


@dataclass(frozen=True, slots=True)
class FeedAnswer:
    """A feed as it is sent."""

    content: bytes
    changed_at: datetime | None  # when the ledger last grew, if nothing more comes in the same second


_answers: dict[tuple[object, ...], FeedAnswer] = {}


@hookimpl(specname="register_routes")
def register_feed_routes() -> list[tuple[str, Any]]:
    """Add the addresses of the feeds."""
    return [(r"/feeds/?$", list_feed_page), (r"/feeds/feeds\.opml$", list_feed_opml), (FEED, serve_feed)]


def make_feed_settings(branches: Mapping[str, Sequence[str]]) -> Mapping[str, object]:
    """Return the metadata for this plugin; `branches` has the ids of all newsrooms by branch."""
    return {PLUGIN: {"branches": {name: list(ids) for name, ids in branches.items()}}}


async def serve_feed(datasette: Any, request: Any) -> Any:
    """Answer with a feed, or that it is as it was."""
    asked = read_feed_request(request, _get_branches(datasette))
    database = datasette.get_database("milwire")
    path = Path(database.path)
    answer = await database.execute_fn(lambda conn: make_feed(BrowseConnection(Database(conn), path), asked))
    tag = f'"{hashlib.sha256(answer.content).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": CACHE}
    if answer.changed_at:
        headers["Last-Modified"] = format_datetime(answer.changed_at, usegmt=True)
    if is_known_answer(request.headers, tag, answer.changed_at):
        return Response(b"", status=304, headers=headers)
    kind = f"{FORMATS[asked.ending][0]}; charset=utf-8"
    return Response(answer.content, headers=headers, content_type=kind)


async def list_feed_page(datasette: Any, request: Any) -> Any:
    """Answer with the page that lists the feeds."""
    found = _list_specs(_get_branches(datasette))
    specs = [FeedSpec(f"/feeds/{one.name}", one.title, one.selection) for one in found]
    page = feed_list.render_feed_page(specs).replace(b'"feeds.opml"', b'"/feeds/feeds.opml"')
    return Response(page, content_type="text/html; charset=utf-8")


async def list_feed_opml(datasette: Any, request: Any) -> Any:
    """Answer with the list of feeds for other programs."""
    root, found = _find_root(request), _list_specs(_get_branches(datasette))
    outlines = [FeedOutline(one.title, f"{root}/feeds/{one.name}.atom") for one in found]
    return Response(render_opml("Feeds of milwire", outlines), content_type="text/x-opml; charset=utf-8")


def read_feed_request(request: Any, branches: Mapping[str, Sequence[str]]) -> FeedRequest:
    """Return the feed that a request asks for; NotFound if there is none."""
    asked = request.url_vars
    before = request.args.get("before") or ""
    if before and not (before.isdecimal() and before.isascii() and len(before) < 19):
        raise NotFound("before= takes the number of an event")
    words = (request.args.get("words") or "").strip()
    if asked["search"] and not 0 < len(words) <= LONGEST:
        raise NotFound(f"words= takes what to search for, at most {LONGEST} characters")
    spec = _find_spec(asked, words, branches)
    root = _find_root(request)
    query = f"?{urlencode({'words': words})}" if asked["search"] else ""
    address = f"{root}{request.path}{query}"
    newsrooms = (asked["name"],) if asked["group"] == "newsroom" else ()
    is_known = all(any(one in ids for ids in branches.values()) for one in newsrooms)
    return FeedRequest(spec, asked["ending"], root, address, int(before) if before else None, is_known)


def make_feed(connection: BrowseConnection, asked: FeedRequest) -> FeedAnswer:
    """Return a feed, or a page of it; the feed of a newsroom that nobody knows raises NotFound."""
    head = feed_events.find_feed_place(connection, find_last_event(connection))
    key = str(connection.path), head, asked.ending, asked.root, asked.address, asked.before
    answer = _answers.get(key) or _make_answer(connection, asked, head)
    _answers[key] = answer  # what a feed says changes only with the ledger
    while len(_answers) > MOST_ANSWERS:
        with suppress(KeyError, RuntimeError):  # another thread removed it
            del _answers[next(iter(_answers))]
    is_settled = answer.changed_at is not None and get_utc_now() - answer.changed_at > SETTLED
    return answer if is_settled else replace(answer, changed_at=None)


def _make_answer(connection: BrowseConnection, asked: FeedRequest, head: FeedPlace | None) -> FeedAnswer:
    before = feed_events.END
    if asked.before is not None:
        found = feed_events.find_feed_place(connection, asked.before)
        if found is None:
            raise NotFound("there is no such event")
        before = found
    size = feed_list.ENTRIES
    positions = feed_events.find_feed_places(connection, asked.spec.selection, size + 1, before=before)
    if not positions and not asked.is_known:
        raise NotFound("there is no such newsroom")
    entries = tuple(feed_events.list_feed_entries(connection, positions[:size], asked.root))
    joined = f"{asked.address}{'&' if '?' in asked.address else '?'}before="
    links = FeedLinks(
        self_url=asked.address if asked.before is None else f"{joined}{asked.before}",
        first_url=asked.address,
        next_url=f"{joined}{positions[size - 1].number}" if len(positions) > size else None,
        home_url=f"{asked.root}/",
    )
    tag = make_feed_tag(feed_events.read_ledger_name(connection), asked.spec.name)
    content = FORMATS[asked.ending][1](Feed(tag, asked.spec.title, links, entries))
    return FeedAnswer(content, parse_timestamp(head.at) if head else None)


def is_known_answer(headers: Mapping[str, str], tag: str, changed_at: datetime | None) -> bool:
    """Return whether the reader has this answer, as RFC 9110 (13.2.2) has it: a tag decides."""
    known = headers.get("if-none-match")
    if known is not None:
        return known.strip() == "*" or tag in {one.strip().removeprefix("W/") for one in known.split(",")}
    since = headers.get("if-modified-since")
    if since is None or changed_at is None:
        return False
    try:
        at = parsedate_to_datetime(since)
    except ValueError:
        return False
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return changed_at.replace(microsecond=0) <= at


def _find_spec(asked: Mapping[str, str], words: str, branches: Mapping[str, Sequence[str]]) -> FeedSpec:
    content, name = asked["content"], asked["name"]
    if asked["search"]:
        return feed_list.make_search_feed(words, content)
    if asked["group"] == "newsroom":
        return feed_list.make_newsroom_feed(name, content)
    if asked["group"] == "branch":
        known = {feed_list.make_slug(one): one for one in branches}
        if name not in known:
            raise NotFound("there is no such branch")
        return feed_list.make_group_feed("branch", known[name], branches[known[name]], content)
    return feed_list.make_feed_spec(content)


def _list_specs(branches: Mapping[str, Sequence[str]]) -> list[FeedSpec]:
    general = feed_list.list_general_feeds()
    return general + [feed_list.make_group_feed("branch", name, ids) for name, ids in branches.items()]


def _get_branches(datasette: Any) -> Mapping[str, Sequence[str]]:
    branches: Mapping[str, Sequence[str]] = (datasette.plugin_config(PLUGIN) or {}).get("branches", {})
    return branches


def _find_root(request: Any) -> str:
    return f"{request.scheme}://{request.host}"
