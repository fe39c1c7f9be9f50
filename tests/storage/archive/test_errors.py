"""What the archive raises is one line, and callers of the store see it as an error of the store."""

from pathlib import Path

import pytest

from storage.archive.errors import ArchiveError
from storage.archive.writer import get_archive_folder
from storage.models import StoreError
from tests.support.make_looks import after, fields, seen, store_at


def test_a_look_whose_capture_cannot_be_stored_is_not_stored(tmp_path: Path) -> None:
    path = tmp_path / "milwire.db"
    get_archive_folder(path).write_text("in the way")
    with store_at(path) as store:
        with pytest.raises(StoreError) as error:
            store.save_look(seen(after(0), fields()))
        assert isinstance(error.value.__cause__, ArchiveError)
        assert str(error.value) == str(error.value.__cause__)
        assert "\n" not in str(error.value)
        counts = [store.db.table(name).count for name in ("looks", "captures", "revisions", "events")]
    assert counts == [0, 0, 0, 0]
