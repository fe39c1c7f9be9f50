"""What is wrong with a file is one line; a mistake of our own is not hidden."""

import errno
import sqlite3
from pathlib import Path

import pytest

from storage.db.errors import REASONS, explain_errors
from storage.models import StoreError

PATH = Path("/data/milwire.db")


def make_error(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("what SQLite says")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize("code", REASONS)
@pytest.mark.parametrize("extension", [0, 7 << 8])  # an extended code has more bits
def test_each_state_of_the_file_has_its_line(code: int, extension: int) -> None:
    with pytest.raises(StoreError) as error, explain_errors(PATH):
        raise make_error(code | extension)
    assert str(error.value) == f"{PATH}: {REASONS[code]}"


def test_an_error_of_the_file_system_is_one_line() -> None:
    with (
        pytest.raises(StoreError, match=r"^/data/milwire\.db: No space left on device$"),
        explain_errors(PATH),
    ):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_mistake_of_our_own_is_raised_as_it_is() -> None:
    with pytest.raises(sqlite3.OperationalError), explain_errors(PATH):
        raise make_error(sqlite3.SQLITE_ERROR)
    with pytest.raises(KeyError), explain_errors(PATH):
        raise KeyError("id")


def test_without_an_error_nothing_happens() -> None:
    with explain_errors(PATH):
        pass
