"""Settings are checked before anything runs, and a wrong one names file, key and what was wanted."""

from datetime import timedelta
from pathlib import Path

import pytest

from crawler import config
from crawler.config import Config, ConfigError
from storage.models import RemovalPolicy


@pytest.fixture
def toml(tmp_path: Path) -> Path:
    return tmp_path / config.FILE_NAME


def test_without_a_file_the_defaults_hold(toml: Path) -> None:
    assert config.load_config(toml, {}) == Config()
    assert config.load_config(None, {}) == Config()


def test_the_configuration_lies_beside_the_database() -> None:
    assert config.find_config_file(Path("/data/wire.db")) == Path("/data/milwire.toml")


def test_the_database_is_named_by_the_environment_else_by_default() -> None:
    assert config.find_database({"MILWIRE_DB": "/x/y.db"}) == Path("/x/y.db")
    assert config.find_database({"MILWIRE_DB": ""}) == Path("milwire.db")


def test_environment_wins_over_the_file(toml: Path) -> None:
    toml.write_text('contact = "file@example.org"\ndelay = 5\n')
    assert config.load_config(toml, {}).delay_s == 5
    loaded = config.load_config(toml, {"MILWIRE_CONTACT": "env@example.org", "MILWIRE_DELAY": "3.5"})
    assert (loaded.contact, loaded.delay_s) == ("env@example.org", 3.5)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("delay = 0", "delay = "),
        ("delay = -1", "delay = "),
        ("delay = true", "delay = "),
        ('delay = "fast"', "seconds or a length"),
        ("delay = nan", "delay = "),
        ("max_pages = 1.5", "a whole number"),
        ("delays = 2", 'unknown key "delays"'),
        ('contact = "nobody"', "an e-mail or web address"),
        ('contact = "me@example.org\\nX-Evil: 1"', "plain text"),
        ('contact = "me@example.org) Mozilla/5.0 ("', "plain text"),
        ('address = "me@example.org"', "a web address"),
        ("contact = ", "cannot be read"),
    ],
)
def test_a_wrong_setting_is_one_line_with_file_and_key(toml: Path, text: str, wanted: str) -> None:
    toml.write_text(text)
    with pytest.raises(ConfigError) as error:
        config.load_config(toml, {})
    assert str(toml) in str(error.value)
    assert wanted in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(("text", "seconds"), [("90", 90), ("2.5", 2.5), ('"90m"', 5400), ('"3 s"', 3)])
def test_a_length_of_time_is_seconds_or_says_its_unit(toml: Path, text: str, seconds: float) -> None:
    toml.write_text(f"delay = {text}\n")
    assert config.load_config(toml, {}).delay_s == seconds


@pytest.mark.parametrize(
    ("text", "looks", "span"),
    [
        ("[removal]\nlooks = 5", 5, timedelta(hours=6)),
        ('[removal]\nspan = "0s"', 3, timedelta(0)),
        ('delay = 3\n[removal]\nlooks = 1\nspan = "90m"', 1, timedelta(minutes=90)),
        ('[removal]\nspan = "2 d"', 3, timedelta(days=2)),
    ],
)
def test_what_makes_a_removal_may_be_set(toml: Path, text: str, looks: int, span: timedelta) -> None:
    toml.write_text(text)
    assert config.load_config(toml, {}).removal == RemovalPolicy(looks, span)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("removal = 3", "a table"),
        ("[removal]\nlooks = 0", "removal.looks = 0, wanted a whole number from 1"),
        ("[removal]\nlooks = true", "removal.looks"),
        ("[removal]\nspan = 6", 'wanted a length like "6h"'),
        ('[removal]\nspan = "soon"', 'removal.span = "soon"'),
        ("[removal]\nhours = 6", 'unknown key "removal.hours"'),
    ],
)
def test_a_wrong_measure_of_removal_is_named(toml: Path, text: str, wanted: str) -> None:
    toml.write_text(text)
    with pytest.raises(ConfigError) as error:
        config.load_config(toml, {})
    assert str(toml) in str(error.value)
    assert wanted in str(error.value)


def test_a_wrong_environment_variable_is_named() -> None:
    with pytest.raises(ConfigError, match='MILWIRE_DELAY: delay = "soon"'):
        config.load_config(None, {"MILWIRE_DELAY": "soon"})


def test_the_user_agent_says_who_we_are() -> None:
    assert config.build_user_agent(Config()).startswith("milwire/")
    both = Config(contact="me@example.org", address="https://example.org/bot")
    assert config.build_user_agent(both).endswith(" (+https://example.org/bot; me@example.org)")
    assert config.build_user_agent(Config(contact="me@example.org")).endswith(" (+me@example.org)")


def test_a_file_with_a_byte_order_mark_is_read(toml: Path) -> None:
    toml.write_bytes(b"\xef\xbb\xbfmax_pages = 7\r\n")
    assert config.load_config(toml, {}).max_pages == 7


@pytest.mark.parametrize(
    ("line", "mode", "umask"),
    [
        ("", 0o600, 0o077),
        ('file_mode = "0640"', 0o640, 0o027),
        ('file_mode = "644"', 0o644, 0o022),
        ("file_mode = 0o660", 0o660, 0o007),
    ],
)
def test_new_files_have_the_rights_of_the_configuration(toml: Path, line: str, mode: int, umask: int) -> None:
    toml.write_text(line)
    found = config.load_config(toml, {}).file_mode
    assert (found, config.make_umask(found)) == (mode, umask)


@pytest.mark.parametrize("value", ['"0400"', '"0755"', '"rw"', "true", "7", "[1]", '"\\u001b"'])
def test_rights_that_shut_their_owner_out_or_run_files_are_refused(toml: Path, value: str) -> None:
    toml.write_text(f"file_mode = {value}")
    with pytest.raises(ConfigError, match=r"file_mode = .*, wanted rights like") as error:
        config.load_config(toml, {})
    assert "'" not in str(error.value)
    assert "\x1b" not in str(error.value)
