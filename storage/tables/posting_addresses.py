"""Where postings were met: tables `addresses` and `posting_sources`."""

from typing import Final

from sqlite_utils import Database

from storage.models import Address


def find_posting_id(db: Database, address: Address) -> int | None:
    """Return the id of the posting that an address names, or named once, or None where it is not stored."""
    row = db.execute(
        "SELECT id FROM postings WHERE site = ? AND key = ?", [address.site, address.key]
    ).fetchone()
    if row is None and address.number is None:
        row = db.execute(FORMER, [address.url, address.site]).fetchone()
    return None if row is None else int(row[0])


FORMER: Final = """SELECT p.id FROM addresses a JOIN postings p ON p.id = a.posting_id
    WHERE a.url = ? AND p.site = ? AND p.number IS NULL ORDER BY a.last_at DESC LIMIT 1"""


def is_former_address(db: Database, posting_id: int, address: Address) -> bool:
    """Return whether a posting had an address before, and has another now."""
    row = db.execute("SELECT number, url FROM postings WHERE id = ?", [posting_id]).fetchone()
    return row is not None and row[0] is None and row[1] != address.url


def rename_posting(db: Database, posting_id: int, address: Address, at: str) -> None:
    """Give a posting another address. Its key, which the ledger names, stays that of its first look."""
    record_address(db, posting_id, address.url, None, at)
    db.execute("UPDATE postings SET url = ? WHERE id = ?", [address.url, posting_id])


def record_address(db: Database, posting_id: int, url: str, source_id: str | None, at: str) -> None:
    """Save an address and a source under which a posting was met; its first time only gets earlier."""
    db.execute(RECORD_ADDRESS, [posting_id, url, at])
    if source_id is not None:
        db.execute(RECORD_SOURCE, [posting_id, source_id, at])


RECORD_ADDRESS: Final = """INSERT INTO addresses(posting_id, url, first_at, last_at) VALUES (?1, ?2, ?3, ?3)
    ON CONFLICT DO UPDATE SET first_at = min(first_at, ?3), last_at = max(last_at, ?3)"""
RECORD_SOURCE: Final = """INSERT INTO posting_sources(posting_id, source_id, first_at) VALUES (?1, ?2, ?3)
    ON CONFLICT DO UPDATE SET first_at = ?3 WHERE first_at > ?3"""  # else nothing is written
