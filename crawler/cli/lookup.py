"""Finds the release or newsroom that a user names."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from crawler.cli.options import CommandError

if TYPE_CHECKING:
    from storage.models import Source
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
    """Return the newsrooms with these ids, or all enabled ones if there are none; SourceError if unknown."""
    from crawler.sources import catalog

    if not ids:
        return catalog.list_enabled_sources(store)
    return [catalog.find_source(store, one) for one in dict.fromkeys(ids)]


def check_source(store: "Store", identifier: str) -> None:
    """Raise SourceError if neither the catalogue nor the database has this newsroom."""
    from crawler.sources import catalog
    from storage.queries import runs

    if not runs.list_runs(store, identifier, limit=1):
        catalog.find_source(store, identifier)


def canonicalize_name(text: str) -> str:
    """Return a name as the database stores it: addresses in canonical form, the rest as typed."""
    from crawler.parsing import urls

    try:
        return urls.canonicalize_url(text)
    except ValueError:
        return text
