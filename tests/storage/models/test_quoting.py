"""Somebody else's words are quoted, and control nothing."""

import pytest

from storage.models.quoting import quote_value


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
