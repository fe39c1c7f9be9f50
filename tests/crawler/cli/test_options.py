"""Common options: dates, opening a database that may be missing, and the configuration beside it."""

from datetime import date
from pathlib import Path

import pytest
import typer

from crawler.cli import options
from storage.store import Store


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
