"""Readings of lists, kept as long as a list is byte for byte what it was.

Simulations of weeks ask for the same list a million times; parsing it each time would only measure the
readers, which have benchmarks of their own. What was read once is the same the next time.
"""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from crawler.parsing import reader
from crawler.parsing.platforms import Reading
from storage.models import Page, PreviousRead


@contextmanager
def cache_listings(lists: int) -> Iterator[None]:
    """Read each of so many lists once as long as it stays as it is; all other pages are read each time."""
    kept: OrderedDict[str, tuple[bytes, Reading]] = OrderedDict()
    read = reader.read_page

    def quick(page: Page, platform: str | None = None, ledger_match: PreviousRead | None = None) -> Reading:
        before = kept.get(page.url)
        if before and before[0] == page.content:
            return before[1]
        found = read(page, platform, ledger_match)
        if found.listing and page.status == 200:
            kept[page.url] = (page.content, found)
            if len(kept) > lists:
                kept.popitem(last=False)
        return found

    with mock.patch.object(reader, "read_page", quick):
        yield
