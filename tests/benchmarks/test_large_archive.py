"""The large archive is the same whether its postings go through the store or are inserted in bulk."""

from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.large_archive import make_archive
from benchmarks.made_releases import COPY_EVERY, make_posting
from storage.store import Store
from tests.support.make_looks import everything

SIZE = 2 * COPY_EVERY + 5
IDS_OF_LOOKS = "url, role, first_at, last_at, looks, posting_id, revision_id, capture_id"


@pytest.mark.heavy
def test_bulk_rows_are_those_that_the_store_writes(tmp_path: Path) -> None:
    found = []
    for real in (SIZE, 5):
        path = make_archive(tmp_path / f"{real}.db", SIZE, real=real)
        with closing(Store.open(path, read_only=True)) as store:
            assert store.db.execute("PRAGMA foreign_key_check").fetchall() == []
            tables = everything(store)
            tables["captures"] = [row[:3] for row in tables["captures"]]
            tables["runs"] = []
            tables["looks"] = store.db.execute(
                f"SELECT {IDS_OF_LOOKS} FROM looks WHERE posting_id IS NOT NULL ORDER BY revision_id"
            ).fetchall()
            found.append(tables)
    for name, rows in found[0].items():
        assert found[1][name] == rows, name


def test_postings_are_the_same_every_time() -> None:
    assert make_posting(1234) == make_posting(1234)
    assert make_posting(1234).fields != make_posting(1235).fields
