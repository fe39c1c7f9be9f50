"""Records that no row names are found; bytes that are no record of ours are damage."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage.archive.tombstones import build_tombstone
from storage.archive.writer import ArchiveWriter, CaptureRef, erase_capture
from storage.integrity.orphans import find_damage, find_orphans
from storage.models import Page

AT = datetime(2026, 1, 31, 14, tzinfo=UTC)


class WarcFile:
    """A file with a first record that names no page, and three captures."""

    def __init__(self, folder: Path) -> None:
        archive = ArchiveWriter(folder, lambda: AT)
        self.refs = [archive.append_page(Page(f"https://x.mil/{n}", 200, (), b"body"), AT) for n in range(3)]
        archive.close()
        self.path = folder / self.refs[0].file

    def places(self, *numbers: int) -> list[tuple[int, int]]:
        return [(self.refs[n].offset, self.refs[n].length) for n in numbers]


@pytest.fixture
def warc(tmp_path: Path) -> WarcFile:
    return WarcFile(tmp_path)


def urls(warc: WarcFile, *named: int) -> list[str]:
    return [orphan.url for orphan in find_orphans(warc.path, warc.places(*named))]


def test_the_first_record_is_named_by_no_row(warc: WarcFile) -> None:
    (orphan,) = find_orphans(warc.path, warc.places(0, 1, 2))
    assert (orphan.offset, orphan.length, orphan.url) == (0, warc.refs[0].offset, "")


def test_captures_without_a_row_are_found_wherever_they_are(warc: WarcFile) -> None:
    assert urls(warc, 1) == ["", "https://x.mil/0", "https://x.mil/2"]
    assert urls(warc) == ["", "https://x.mil/0", "https://x.mil/1", "https://x.mil/2"]
    orphan = list(find_orphans(warc.path, warc.places(0, 2)))[-1]
    assert (orphan.offset, orphan.length) == warc.places(1)[0]


def test_a_torn_record_hides_only_what_follows_up_to_the_next_named_one(warc: WarcFile) -> None:
    data = bytearray(warc.path.read_bytes())
    data[warc.refs[0].offset + 20] ^= 0xFF
    warc.path.write_bytes(data)
    assert urls(warc, 1) == ["", "https://x.mil/2"]
    assert urls(warc) == [""]


def test_a_file_as_we_wrote_it_has_no_damage(warc: WarcFile) -> None:
    assert find_damage(warc.path, warc.places(0, 1, 2)) is None
    assert find_damage(warc.path, warc.places(0, 2)) is None
    assert find_damage(warc.path, []) is None


def test_a_tombstone_is_no_damage(warc: WarcFile) -> None:
    erase_capture(warc.path.parent, warc.refs[0])
    assert find_damage(warc.path, warc.places(0, 1, 2)) is None
    assert find_damage(warc.path, warc.places(1, 2)) is None


def test_what_a_killed_process_left_at_the_end_is_no_damage(warc: WarcFile) -> None:
    with warc.path.open("ab") as file:
        file.write(b"\x1f\x8bhalf a record")
    assert find_damage(warc.path, warc.places(0, 1, 2)) is None


@pytest.mark.parametrize("offset", [0, 15, 60])
def test_damage_in_the_first_record_is_found_at_its_start(warc: WarcFile, offset: int) -> None:
    data = bytearray(warc.path.read_bytes())
    data[offset] ^= 0xFF
    warc.path.write_bytes(data)
    assert find_damage(warc.path, warc.places(0, 1, 2)) == 0


def test_a_record_that_our_writer_did_not_write_is_damage(warc: WarcFile) -> None:
    other = build_tombstone("a.warc.gz", 0, 400).replace(b"\xff", b"\x03", 1)  # of another gzip program
    data = warc.path.read_bytes()
    first = warc.refs[0]
    warc.path.write_bytes(data[: first.offset] + other + data[first.offset :])
    moved = [CaptureRef(one.file, one.offset + len(other), one.length, "") for one in warc.refs]
    assert find_damage(warc.path, [(one.offset, one.length) for one in moved]) == first.offset
