"""Chooses newsrooms by what people write: ids, branches, groups, tags and organizations."""

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from crawler.sources import catalog
from crawler.sources.catalog import SourceError
from storage.models import Source
from storage.models.quoting import quote_value
from storage.query_language.newsroom_selector import (
    NewsroomSelector,
    SelectorError,
    SelectorKind,
    parse_selector,
)

if TYPE_CHECKING:
    from storage.store import Store


def select_sources(store: "Store | None", texts: Iterable[str]) -> tuple[Source, ...]:
    """Return the newsrooms that any selector names, each once; SourceError for one that names none."""
    texts = list(texts)
    sources = catalog.list_all_sources(store) if texts else ()
    chosen = [source for text in texts for source in _select_one(store, sources, text)]
    return tuple({source.id: source for source in chosen}.values())


def filter_by_selector(sources: Sequence[Source], selector: NewsroomSelector) -> list[Source]:
    """Return those of the newsrooms that a selector names; [] for none."""
    wanted = selector.value.casefold()
    matches: Mapping[SelectorKind, Callable[[Source], bool]] = {
        SelectorKind.NEWSROOM: lambda source: source.id == wanted,
        SelectorKind.BRANCH: lambda source: source.branch.casefold() == wanted,
        SelectorKind.GROUP: lambda _: False,  # nobody can name a group yet
        SelectorKind.TAG: lambda source: wanted in list_tags(source),
        SelectorKind.UNDER: _make_under_test(sources, wanted),
    }
    return [source for source in sources if matches[selector.kind](source)]


def list_tags(source: Source) -> frozenset[str]:
    """Return the tags of a newsroom: its section and its platform."""
    return frozenset({source.section.casefold(), source.platform.casefold()})


def _make_under_test(sources: Sequence[Source], wanted: str) -> Callable[[Source], bool]:
    """Return a test of newsrooms: of an organization or below it, as the names of their hosts say.

    www.12af.acc.af.mil belongs to the organization of www.acc.af.mil. A branch is an organization too.
    """
    hosts = {
        source.host.removeprefix("www.") for source in sources if source.organization.casefold() == wanted
    }

    def is_under(source: Source) -> bool:
        host = source.host.removeprefix("www.")
        return source.branch.casefold() == wanted or any(
            host == one or host.endswith(f".{one}") for one in hosts
        )

    return is_under


def _select_one(store: "Store | None", sources: Sequence[Source], text: str) -> Sequence[Source]:
    try:
        selector = parse_selector(text)
    except SelectorError as error:
        raise SourceError(str(error)) from None
    if selector.kind is SelectorKind.NEWSROOM:
        return [catalog.find_source(store, selector.value)]
    found = filter_by_selector(sources, selector)
    if not found:
        near = difflib.get_close_matches(selector.value, _list_values(sources, selector.kind), n=1)
        hint = f"; did you mean {quote_value(near[0])}?" if near else ""
        raise SourceError(f"no newsroom is chosen by {selector.kind}:{quote_value(selector.value)}{hint}")
    return found


def _list_values(sources: Iterable[Source], kind: SelectorKind) -> list[str]:
    """Return what newsrooms can be chosen by."""
    if kind is SelectorKind.TAG:
        return sorted({tag for source in sources for tag in list_tags(source)})
    values = {source.branch for source in sources}
    if kind is SelectorKind.UNDER:
        values |= {source.organization for source in sources}
    return sorted(values) if kind is not SelectorKind.GROUP else []
