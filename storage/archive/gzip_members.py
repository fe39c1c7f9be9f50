"""Finds and reads the gzip members of a file.

A WARC file has one member a record, so that each record can be read alone.
"""

import io
import re
import zlib
from typing import Any, BinaryIO, Final

BLOCK_BYTES: Final = 64 * 1024
MEMBER_START: Final = re.compile(rb"\x1f\x8b\x08[\x00-\x1f]")  # RFC 1952


class GzipMember(io.RawIOBase):
    """One gzip member of a file, decompressed as it is read."""

    def __init__(self, file: BinaryIO, start: int) -> None:
        super().__init__()
        file.seek(start)
        self._file = file
        self._decompressor = zlib.decompressobj(31)
        self.start = start
        self.error = ""  # why it cannot be read to its end

    def readable(self) -> bool:
        """Return True, as BufferedReader asks."""
        return True

    def readinto(self, buffer: Any) -> int:  # a writable buffer, which has no name in Python 3.11
        """Fill the buffer with what comes next; 0 at the end of the member and where it is damaged."""
        data = b""
        while not data and not self._decompressor.eof and not self.error:
            data = self._decompress_more(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def find_next_start(self) -> int:
        """Return where to look for the next member, once this one has been read."""
        return self.start + 1 if self.error else self._file.tell() - len(self._decompressor.unused_data)

    def _decompress_more(self, limit_bytes: int) -> bytes:
        data = self._decompressor.unconsumed_tail or self._file.read(BLOCK_BYTES)
        if not data:
            self.error = "the file ends in the middle of a record"
            return b""
        try:
            return self._decompressor.decompress(data, limit_bytes)
        except zlib.error:
            self.error = "damaged data"
            return b""


def is_gzip_warc(file: BinaryIO) -> bool:
    """Return whether a WARC file is made of gzip members, even where its first bytes are damaged."""
    start = file.read(BLOCK_BYTES)
    return bool(MEMBER_START.match(start)) or (b"WARC/" not in start and find_member(file, 0) is not None)


def find_member(file: BinaryIO, offset: int) -> int | None:
    """Return where the next gzip member starts at or after `offset`; None where there is none."""
    file.seek(offset)
    rest = b""
    while data := file.read(BLOCK_BYTES):
        data = rest + data
        if found := MEMBER_START.search(data):
            return offset + found.start()
        rest = data[-3:]
        offset += len(data) - len(rest)
    return None
