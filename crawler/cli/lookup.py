"""Which release or newsroom a person means."""

from typing import TYPE_CHECKING

from crawler.cli.options import CommandError

if TYPE_CHECKING:
    from storage.store import Store


def release(store: "Store", text: str) -> int:
    """Return the number of the release that a text names; CommandError where there is none, or several."""
    from storage.queries import queries

    numbers = queries.named(store, named(text))
    if len(numbers) > 1:
        raise CommandError(f"{text} is in releases {', '.join(map(str, numbers))}; name one of them")
    if not numbers:
        raise CommandError(f"no release {text}; `milwire search WORDS` finds one")
    return numbers[0]


def check_source(store: "Store", identifier: str) -> None:
    """Raise SourceError where neither the catalogue nor the database knows a newsroom."""
    from crawler.sources import catalog
    from storage.queries import queries

    if not queries.runs(store, identifier, limit=1):
        catalog.find(store, identifier)


def named(text: str) -> str:
    """Return a name as the database has it: addresses in canonical form, the rest as typed."""
    from crawler.parsing import urls

    try:
        return urls.canonical(text)
    except ValueError:
        return text
