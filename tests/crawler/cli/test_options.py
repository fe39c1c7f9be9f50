"""Common options: dates, opening a database that may be missing, and the configuration beside it."""

import os
from datetime import date
from pathlib import Path

import pytest
import typer

from crawler.cli import options
from storage.store import Store
from tests.support.cli import run_here


def test_a_date_is_an_iso_date() -> None:
    assert options.parse_day_option("2026-11-22") == date(2026, 11, 22)


@pytest.mark.parametrize("text", ["", "yesterday", "22.11.2026", "2026-13-01"])
def test_anything_else_is_wrong_usage(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="not a date"):
        options.parse_day_option(text)


def test_a_missing_database_is_an_error_for_a_reader(tmp_path: Path) -> None:
    with (
        pytest.raises(options.CommandError, match="no database"),
        options.open_existing_store(tmp_path / "none.db"),
    ):
        pass
    assert not list(tmp_path.iterdir())


def test_a_missing_database_is_none_where_it_may_be_missing(tmp_path: Path) -> None:
    with options.open_store_if_any(tmp_path / "none.db") as store:
        assert store is None


def test_a_writer_creates_the_database(tmp_path: Path) -> None:
    with options.open_store_for_writing(tmp_path / "milwire.db"):
        pass
    with options.open_store_if_any(tmp_path / "milwire.db") as store:
        assert isinstance(store, Store)


def test_settings_come_from_the_folder_of_the_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "milwire.toml").write_text('contact = "desk@example.org"\ndelay = 5\n')
    monkeypatch.setenv("MILWIRE_DELAY", "3")
    config = options.load_settings(tmp_path / "milwire.db")
    assert (config.contact, config.delay_s) == ("desk@example.org", 3)


@pytest.mark.parametrize(
    ("line", "rights"),
    [("", (0o600, 0o700)), ('file_mode = "0640"', (0o640, 0o750)), ("file_mode = 1", (0o600, 0o700))],
)
def test_new_files_and_folders_are_their_owners_unless_the_settings_say_otherwise(
    tmp_path: Path, line: str, rights: tuple[int, int]
) -> None:
    db, before = tmp_path / "milwire.db", os.umask(0o022)
    try:
        with options.open_store_for_writing(db):
            pass
        (tmp_path / "milwire.toml").write_text(line)
        run_here("export", "--output", tmp_path / "all.csv", "--format", "csv", "--db", db)
        run_here("backup", tmp_path / "copies", "--db", db)
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)
    copies = list((tmp_path / "copies").rglob("*"))
    made = [tmp_path / "all.csv", tmp_path / "copies", *copies]
    assert copies
    assert {(path.stat().st_mode & 0o777, path.is_dir()) for path in made} == {
        (rights[0], False),
        (rights[1], True),
    }
