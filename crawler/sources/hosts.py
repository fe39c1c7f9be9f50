"""Which site a newsroom is on, and which newsrooms share one site."""

from collections.abc import Iterable

from crawler.parsing import urls
from storage.models import Source


def get_source_site(source: Source) -> str:
    """Return the site that a newsroom's releases are on: its host after the alias table."""
    scheme = "http" if source.private else "https"
    return urls.find_site(f"{scheme}://{source.host}/")


def group_by_site(sources: Iterable[Source]) -> dict[str, tuple[Source, ...]]:
    """Return newsrooms by their site, sites and newsrooms in the order given.

    All names of a site lead to the same servers, so newsrooms of one site are crawled one after another.
    """
    sites: dict[str, list[Source]] = {}
    for source in sources:
        sites.setdefault(get_source_site(source), []).append(source)
    return {site: tuple(group) for site, group in sites.items()}
