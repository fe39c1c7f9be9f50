"""Finds the release or newsroom that a user names."""

from typing import TYPE_CHECKING

from crawler.cli.options import CommandError

if TYPE_CHECKING:
    from storage.store import Store


def find_release(store: "Store", text: str) -> int:
    """Return the number of the release that a text names; CommandError if there is none, or more than one."""
    from storage.queries import queries

    numbers = queries.named(store, canonicalize_name(text))
    if len(numbers) > 1:
        raise CommandError(f"{text} is in releases {', '.join(map(str, numbers))}; choose one of them")
    if not numbers:
        raise CommandError(f"no release {text}; find it with `milwire search WORDS`")
    return numbers[0]


def check_source(store: "Store", identifier: str) -> None:
    """Raise SourceError if neither the catalogue nor the database has this newsroom."""
    from crawler.sources import catalog
    from storage.queries import queries

    if not queries.runs(store, identifier, limit=1):
        catalog.find(store, identifier)


def canonicalize_name(text: str) -> str:
    """Return a name as the database stores it: addresses in canonical form, the rest as typed."""
    from crawler.parsing import urls

    try:
        return urls.canonicalize_url(text)
    except ValueError:
        return text
