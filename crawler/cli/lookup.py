"""Finds the release or newsroom that a user names."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from crawler.cli.options import CommandError

if TYPE_CHECKING:
    from storage.models import Source
    from storage.queries.filters import Filter
    from storage.store import Store


def find_release(store: "Store", text: str) -> int:
    """Return the number of the release that a text names; CommandError if there is none, or more than one."""
    from storage.queries import releases

    numbers = releases.find_release_ids(store, canonicalize_name(text))
    if len(numbers) > 1:
        raise CommandError(f"{text} is in releases {', '.join(map(str, numbers))}; choose one of them")
    if not numbers:
        raise CommandError(f"no release {text}; find it with `milwire search WORDS`")
    return numbers[0]


def find_sources(store: "Store | None", ids: Sequence[str]) -> "Sequence[Source]":
    """Return the newsrooms that selectors name, all enabled ones for no selectors; SourceError if unknown."""
    from crawler.sources import catalog, selection

    return selection.select_sources(store, ids) if ids else catalog.list_enabled_sources(store)


def list_source_ids(store: "Store", texts: Sequence[str]) -> tuple[str, ...]:
    """Return the ids of the newsrooms that selectors name; a newsroom with runs may have left the catalogue.

    SourceError names a selector that names none.
    """
    from crawler.sources import selection
    from storage.queries import runs

    past = [text for text in texts if runs.list_runs(store, text, limit=1)]
    found = selection.select_sources(store, [text for text in texts if text not in past])
    return tuple(dict.fromkeys([*past, *(source.id for source in found)]))


def limit_newsrooms(store: "Store", wanted: "Filter", texts: Sequence[str] | None) -> "Filter":
    """Return a filter limited to the newsrooms that selectors name, if any; SourceError if unknown."""
    found = list_source_ids(store, texts) if texts else ()
    if len(found) == 1:
        return replace(wanted, source=found[0])
    return replace(wanted, sources=found) if found else wanted


def find_one_source(store: "Store", text: str) -> str:
    """Return the id of the one newsroom that a selector names; SourceError if there are none or more."""
    from crawler.sources.catalog import SourceError

    found = list_source_ids(store, [text])
    if len(found) > 1:
        raise SourceError(f"{text} names {len(found)} newsrooms; name one of them, such as {found[0]}")
    return found[0]


def canonicalize_name(text: str) -> str:
    """Return a name as the database stores it: addresses in canonical form, the rest as typed."""
    from crawler.parsing import urls

    try:
        return urls.canonicalize_url(text)
    except ValueError:
        return text
