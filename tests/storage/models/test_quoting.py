"""Somebody else's words are quoted, and control nothing."""

import re

import pytest

from storage.models.quoting import describe_error, quote_value


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("it's", '"it\'s"'),
        ("a\x1b[31m\u202eb\n", '"a [31m b "'),
        (b"<rss \xff", '"<rss \ufffd"'),
        (True, "true"),
        (None, "null"),
        (0.5, "0.5"),
        (["a", 1], '["a", 1]'),
    ],
)
def test_a_value_is_shown_without_a_python_form(value: object, shown: str) -> None:
    assert quote_value(value) == shown


def test_an_error_of_our_own_is_told_by_its_name_and_place() -> None:
    empty: dict[str, int] = {}
    with pytest.raises(KeyError) as caught:
        empty["a"]
    told = describe_error(caught.value)
    assert re.fullmatch(r"KeyError \(test_quoting\.py, line \d+\)", told)
    assert describe_error(KeyError("never raised")) == "KeyError"
