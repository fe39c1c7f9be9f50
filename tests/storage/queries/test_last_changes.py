"""Exports say what last happened to each release."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.queries import export, releases
from storage.queries.last_changes import pair_last_changes
from storage.store import Store
from tests.support.history_database import BACK, EDITED, SUSPECT, TAKEN, TITLES, make_history


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = make_history(tmp_path / "m.db")
    yield store
    store.close()


def test_each_release_has_the_last_sentence_about_it(store: Store) -> None:
    pairs = pair_last_changes(store, releases.list_releases(store))
    found = {release.title: said or "" for release, said in pairs}
    assert found[TITLES[EDITED]].startswith("“Nobody” was changed to “One person”;")
    assert found[TITLES[TAKEN]].startswith("The release is no longer there: 3 looks")
    assert found[TITLES[BACK]].startswith("The release answers again after 3 looks")
    assert found[TITLES[SUSPECT]] == "The release is absent; its removal is not confirmed."
    assert "" in found.values()


def test_both_formats_have_the_sentence(store: Store) -> None:
    lines, table = io.StringIO(), io.StringIO(newline="")
    export.write_json_lines(store, lines)
    export.write_csv(store, table)
    said = [json.loads(line)["sentence"] for line in lines.getvalue().splitlines()]
    cells = [row["sentence"] for row in csv.DictReader(io.StringIO(table.getvalue()))]
    assert cells == [one or "" for one in said]
    assert None in said
    assert any(said)
