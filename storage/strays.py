"""Records of our own WARC files that no row names: the head of each file, and what a killed process left."""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from storage.warc import BLOCK_BYTES, ArchiveError, Member, header, load


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
