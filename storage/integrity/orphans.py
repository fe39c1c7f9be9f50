"""Finds WARC records that no row names: the first record of each file, and what a killed process left."""

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, cast

from storage.archive import tombstones
from storage.archive.errors import ArchiveError
from storage.archive.gzip_members import BLOCK_BYTES, GzipMember
from storage.archive.reader import get_warc_header, read_record

GZIP_HEADER_BYTES: Final = 10  # RFC 1952


@dataclass(frozen=True, slots=True)
class OrphanRecord:
    """A record that no row names."""

    offset: int
    length: int
    url: str  # empty for records that hold no page


def find_orphans(path: Path, named: Iterable[tuple[int, int]]) -> Iterator[OrphanRecord]:
    """Yield the complete records that lie between the named ones.

    `named` are the (offset, length) of the records that rows name, in order. A torn record, as left by a
    process killed while it writes, hides what follows up to the next named one.
    """
    with path.open("rb") as file:
        size = file.seek(0, io.SEEK_END)
        at = 0
        for offset, length in (*named, (size, 0)):
            yield from _read_between(file, at, offset)
            at = offset + length


def find_damage(path: Path, named: Sequence[tuple[int, int]]) -> int | None:
    """Return the offset of the first bytes before the last named record that are not a record of ours.

    None where there are none. What a killed process left after the last named record does not count.
    """
    with path.open("rb") as file:
        headers = {_read_gzip_header(file, offset) for offset, _ in named} - {tombstones.GZIP_WITH_COMMENT}
        at = 0
        for offset, length in named:
            for orphan in _read_between(file, at, offset):
                header = _read_gzip_header(file, orphan.offset)
                if headers and header not in {*headers, tombstones.GZIP_WITH_COMMENT}:
                    return orphan.offset
                at = orphan.offset + orphan.length
            if at != offset:
                return at
            at = offset + length
    return None


def _read_gzip_header(file: BinaryIO, offset: int) -> bytes:
    """Return the first ten bytes of a gzip member; those of our writer are all the same."""
    file.seek(offset)
    return file.read(GZIP_HEADER_BYTES)


def _read_between(file: BinaryIO, start: int, end: int) -> Iterator[OrphanRecord]:
    while start < end:
        member = GzipMember(file, start)
        stream = cast("BinaryIO", io.BufferedReader(member, BLOCK_BYTES))
        try:
            url = get_warc_header(read_record(stream).headers, "WARC-Target-URI")
        except ArchiveError:
            return
        while stream.read(BLOCK_BYTES):
            pass
        if member.error:
            return
        next_start = member.find_next_start()
        yield OrphanRecord(start, next_start - start, url)
        start = next_start
