"""The newsrooms: the shipped catalogue, with the user's own switches and additions."""

import csv
import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from storage.models import Confidence, Source
from storage.models.quoting import quote_value

if TYPE_CHECKING:  # the catalogue is read by commands that need no database: start-up time
    from storage.store import Store

SEEDS = frozenset({"spacecom-news", "usfk-news"})  # enabled unless the user disables them

COLUMNS = (
    "id",
    "host",
    "organization",
    "branch",
    "platform",
    "section",
    "listing_url",
    "feed_url",
    "site_id",
    "content_type",
    "category",
    "article_url_example",
    "confidence",
    "listing_confidence",
    "feed_confidence",
    "notes",
)
REQUIRED = ("id", "host", "organization", "branch", "platform", "section")
ADDRESSES = ("listing_url", "feed_url", "article_url_example")
CONFIDENCES = frozenset(Confidence)
ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
MAX_SUGGESTIONS = 3


class SourceError(Exception):
    """A newsroom that does not exist or is described wrongly; the text is one line."""


@cache
def load_catalog() -> tuple[Source, ...]:
    """Return the shipped newsrooms in the order of the file; SourceError names the row and the key."""
    text = resources.files("crawler").joinpath("catalog.csv").read_text(encoding="utf-8")
    return parse_catalog(text.splitlines(), "catalog.csv")


def parse_catalog(lines: Iterable[str], name: str) -> tuple[Source, ...]:
    """Return the newsrooms of a catalogue file; SourceError names the file, the row and the key."""
    rows = csv.DictReader(lines)
    missing = [column for column in COLUMNS if column not in (rows.fieldnames or ())]
    if missing:
        raise SourceError(f"{name}: row 1: no column {', '.join(missing)}")
    found: dict[str, Source] = {}
    for number, row in enumerate(rows, start=2):
        twice = f"id: {quote_value(row['id'])} is used twice" if row["id"] in found else ""
        problem = _find_problem(row) or twice
        if problem:
            raise SourceError(f"{name}: row {number}: {problem}")
        found[row["id"]] = _read_row(row)
    return tuple(found.values())


def list_all_sources(store: "Store | None") -> tuple[Source, ...]:
    """Return the catalogue with the user's switches, then the user's additions; without a store, as shipped.

    A feed found by `milwire sources verify` replaces that of the catalogue.
    """
    shipped = {source.id: source for source in load_catalog()}
    if store is None:
        return tuple(shipped.values())
    for identifier, row in _list_overrides(store).items():
        if identifier in shipped:
            shipped[identifier] = replace(shipped[identifier], enabled=bool(row["enabled"]))
        elif row["host"]:  # a switch without a row in this version's catalogue is ignored
            shipped[identifier] = _read_added_row(row)
    for identifier, feed_url in _verified_feeds(store).items():
        if identifier in shipped:
            shipped[identifier] = replace(shipped[identifier], feed_url=feed_url)
    return tuple(shipped.values())


def find_source(store: "Store | None", identifier: str) -> Source:
    """Return the newsroom with this id; SourceError suggests similar ids."""
    sources = {source.id: source for source in list_all_sources(store)}
    if identifier in sources:
        return sources[identifier]
    near = suggest_ids(identifier, sources)
    hint = f"; did you mean {' or '.join(near)}?" if near else "; `milwire sources find WORD` looks for one"
    raise SourceError(f"no source {quote_value(identifier)}{hint}")


def suggest_ids(identifier: str, known: Iterable[str]) -> list[str]:
    """Return at most three known ids similar to this one, the likeliest first."""
    word = identifier.lower()
    ids = sorted(known)
    started = [one for one in ids if word and one.startswith(word)]
    close = difflib.get_close_matches(word, ids, n=MAX_SUGGESTIONS, cutoff=0.6)
    return list(dict.fromkeys([*started[:MAX_SUGGESTIONS], *close]))[:MAX_SUGGESTIONS]


def list_enabled_sources(store: "Store | None") -> tuple[Source, ...]:
    """Return the newsrooms that are crawled and watched unless others are named."""
    return tuple(source for source in list_all_sources(store) if source.enabled)


def search_sources(sources: Iterable[Source], words: str) -> tuple[Source, ...]:
    """Return the newsrooms in which every word occurs: id, name, host, branch, section or notes."""
    wanted = words.casefold().split()
    return tuple(source for source in sources if all(word in _build_search_text(source) for word in wanted))


def _list_overrides(store: "Store") -> dict[str, dict[str, Any]]:
    from storage.tables import sources

    return sources.list_overrides(store.db)


def _verified_feeds(store: "Store") -> dict[str, str]:
    from storage.tables import source_checks

    return source_checks.list_verified_feeds(store.db)


def _build_search_text(source: Source) -> str:
    parts = (source.id, source.organization, source.host, source.branch, source.section, source.platform)
    return " ".join((*parts, source.notes)).casefold()


def _find_problem(row: Mapping[str, str | None]) -> str:
    """Return what is wrong with a row of the catalogue, or an empty string."""
    missing = [column for column in COLUMNS if row.get(column) is None]
    empty = [column for column in REQUIRED if not row.get(column)]
    if missing or empty:
        return f"{(missing or empty)[0]}: empty"
    if not ID.fullmatch(row["id"] or ""):
        return f"id: {quote_value(row['id'])} is not lower-case words joined by hyphens"
    if row["confidence"] not in CONFIDENCES:
        return f"confidence: {quote_value(row['confidence'])} is none of {', '.join(Confidence)}"
    if not (row["listing_url"] or row["feed_url"]):
        return "listing_url: a newsroom needs a listing or a feed"
    bad = [column for column in ADDRESSES if row[column] and not _is_address(row[column] or "")]
    return f"{bad[0]}: {quote_value(row[bad[0]])} is not an http address" if bad else ""


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not any(map(str.isspace, url))


def _read_row(row: Mapping[str, str]) -> Source:
    return Source(
        id=row["id"],
        host=row["host"],
        organization=row["organization"],
        branch=row["branch"],
        platform=row["platform"],
        section=row["section"],
        listing_url=row["listing_url"] or None,
        feed_url=row["feed_url"] or None,
        confidence=Confidence(row["confidence"]),
        enabled=row["id"] in SEEDS,
        article_url=row["article_url_example"] or None,
        notes=row["notes"],
    )


def _read_added_row(row: Mapping[str, Any]) -> Source:
    """Return the newsroom of a row of the table `sources`."""
    return Source(
        id=row["id"],
        host=row["host"],
        organization=row["organization"],
        branch=row["branch"],
        platform=row["platform"],
        section=row["section"],
        listing_url=row["listing_url"],
        feed_url=row["feed_url"],
        confidence=Confidence(row["confidence"]),
        enabled=bool(row["enabled"]),
        private=bool(row["private"]),
        origin=row["origin"],
        article_url=row["article_url"],
        notes=row["notes"] or "",
    )
