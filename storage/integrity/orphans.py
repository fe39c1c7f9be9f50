"""Records of our own WARC files that no row names: the head of each file, and what a killed process left."""

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, cast

from storage.archive import tombstones
from storage.archive.reader import BLOCK_BYTES, ArchiveError, Member, header, load

GZIP_HEAD: Final = 10  # bytes, RFC 1952


@dataclass(frozen=True, slots=True)
class Stray:
    """A record that no row names."""

    offset: int
    length: int
    url: str  # empty for records that hold no page


def strays(path: Path, kept: Iterable[tuple[int, int]]) -> Iterator[Stray]:
    """Yield the whole records between those that are kept, given as (offset, length) in order.

    A torn one, as a process leaves it that dies while it writes, ends its stretch.
    """
    with path.open("rb") as file:
        size = file.seek(0, io.SEEK_END)
        at = 0
        for offset, length in (*kept, (size, 0)):
            yield from _stretch(file, at, offset)
            at = offset + length


def damage(path: Path, kept: Sequence[tuple[int, int]]) -> int | None:
    """Return the byte where something before the last kept record is no whole record as we write them.

    None where all is well. What a dying process left behind the last one does not count.
    """
    heads = set(_heads(path, kept)) - {tombstones.COMMENTED}
    at = 0
    for offset, length in kept:
        with path.open("rb") as file:
            whole = list(_stretch(file, at, offset))
        end = whole[-1].offset + whole[-1].length if whole else at
        wrong = [one.offset for one in whole if heads and not set(_heads(path, [(one.offset, 0)])) <= heads]
        if wrong or end != offset:
            return wrong[0] if wrong else end
        at = offset + length
    return None


def _heads(path: Path, places: Iterable[tuple[int, int]]) -> Iterator[bytes]:
    """Yield the ten bytes with which gzip members begin; those of our writer are all alike."""
    with path.open("rb") as file:
        for offset, _ in places:
            file.seek(offset)
            yield file.read(GZIP_HEAD)


def _stretch(file: BinaryIO, start: int, end: int) -> Iterator[Stray]:
    while start < end:
        member = Member(file, start)
        stream = cast("BinaryIO", io.BufferedReader(member, BLOCK_BYTES))
        try:
            url = header(load(stream).headers, "WARC-Target-URI")
        except ArchiveError:
            return
        while stream.read(BLOCK_BYTES):
            pass
        if member.broken:
            return
        yield Stray(start, member.next_start() - start, url)
        start = member.next_start()
