"""Revisit records: captures that an archive did not store again, since the page was as at an earlier one.

Such a record is a look all the same. It shows the revision that the earlier capture showed; where that
capture is not known, nothing can be said.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from crawler.parsing import urls
from storage.archive.reader import ArchivedPage, Original
from storage.models import Address, Look, Role, Verdict
from storage.tables import looks, posting_addresses


@dataclass(frozen=True, slots=True)
class Revisit:
    """A revisit record at an address of a newsroom."""

    address: Address
    at: datetime
    original: Original


class Revisits:
    """The revisit records of an import, held until all its pages are stored."""

    def __init__(self) -> None:
        self._digests: dict[str, tuple[str, datetime]] = {}  # of payloads: address and time of a capture
        self._waiting: list[Revisit] = []

    def note_page(self, archived: ArchivedPage) -> None:
        """Remember a page by its digest: some archives name nothing else."""
        if archived.digest:
            self._digests[archived.digest] = (archived.page.url, archived.at)

    def add_revisit(self, address: Address, at: datetime, original: Original) -> None:
        """Add a revisit record."""
        self._waiting.append(Revisit(address, at, original))

    def make_looks(self, db: Database) -> list[Look | None]:
        """Return the looks that the records stand for, in the order of time; None for one that is unknown."""
        waiting, self._waiting = sorted(self._waiting, key=lambda one: one.at), []
        return [self._make_look(db, one) for one in waiting]

    def _make_look(self, db: Database, one: Revisit) -> Look | None:
        url, at = one.original.url, one.original.at
        if at is None:
            url, at = self._digests.get(one.original.digest, (url, one.at))
        posting_id = posting_addresses.find_posting_id(db, one.address)
        if posting_id is None or not _is_same_story(url, one.address):
            return None
        revision_id = looks.find_revision_at(db, posting_id, at)
        if revision_id is None:
            return None
        return Look(Role.ARTICLE, one.address, one.at, Verdict.LIVE, revision_id=revision_id)


def _is_same_story(url: str, address: Address) -> bool:
    """Return whether an address is that of the same story: equal pages at two may be a page of errors."""
    try:
        return urls.parse_address(url).key == address.key
    except ValueError:
        return False
