"""What a purge leaves can be computed again by anybody who knows its position."""

import gzip
import io
import json

import pytest
from warcio.archiveiterator import ArchiveIterator

from storage.archive.tombstones import (
    EVENT,
    PurgedRows,
    build_purge_detail,
    build_tombstone,
    has_tombstone_form,
    merge_purge_details,
)

ONE = PurgedRows({1: "r1:a"}, {2: "k1:b", 3: "k1:c"}, frozenset({7, 5}))
TWO = PurgedRows({4: "r1:d"}, {3: "k1:e"}, frozenset({5, 8}))


def test_a_detail_reads_back_from_json() -> None:
    detail = json.dumps(build_purge_detail(ONE, "safety of a person"))
    assert json.loads(detail)["why"] == "safety of a person"
    assert merge_purge_details([detail]) == ONE


def test_of_several_purges_of_a_row_the_last_digest_counts() -> None:
    merged = merge_purge_details(json.dumps(build_purge_detail(one, "why")) for one in (ONE, TWO))
    assert merged == PurgedRows({1: "r1:a", 4: "r1:d"}, {2: "k1:b", 3: "k1:e"}, frozenset({5, 7, 8}))


def test_no_purge_has_emptied_nothing() -> None:
    assert merge_purge_details([]) == PurgedRows()


def test_a_row_is_a_tombstone_only_where_every_column_is() -> None:
    assert has_tombstone_form({"title": None, "detail": "{}", "id": 5}, EVENT)
    assert not has_tombstone_form({"title": "A name", "detail": "{}", "id": 5}, EVENT)


@pytest.mark.parametrize("length", [1, 100, 300, 1_000, 70_000])
def test_a_tombstone_is_as_long_as_the_capture_and_a_record_where_there_is_room(length: int) -> None:
    tombstone = build_tombstone("a.warc.gz", 5, length)
    assert len(tombstone) == length
    if length >= 300:
        assert b"\r\n\r\npurged\r\n\r\n" in gzip.decompress(tombstone)


def test_a_tombstone_depends_on_its_position_alone() -> None:
    assert build_tombstone("a.warc.gz", 5, 400) == build_tombstone("a.warc.gz", 5, 400)
    assert build_tombstone("a.warc.gz", 5, 400) != build_tombstone("a.warc.gz", 6, 400)


def test_other_tools_read_a_tombstone_as_a_record() -> None:
    (record,) = ArchiveIterator(io.BytesIO(build_tombstone("a.warc.gz", 5, 400)))
    assert record.rec_type == "metadata"
