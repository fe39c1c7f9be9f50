"""Validators of an answer: taken only where they are harmless, sent back as they came."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.crawl import conditional
from storage.models import Page, Validators

GIVEN = Validators('"abc"', "Sun, 22 Nov 2026 10:00:00 GMT")


def answered(*headers: tuple[str, str]) -> Page:
    return Page("https://www.example.mil/News/", 200, headers, b"")


@pytest.mark.parametrize("etag", ['"abc"', 'W/"abc"', "abc", '"x" y', '""'])
def test_entity_tags_go_back_as_they_came(etag: str) -> None:
    validators = conditional.find_validators(answered(("etag", etag)))
    assert validators == Validators(etag)
    assert conditional.build_conditional_headers(validators) == {"If-None-Match": etag}


@pytest.mark.parametrize(
    "value", ["", "a" * 257, '"a\r\nCookie: x"', '"a\x00"', '"\x7f"', '"\u00e9"', '"\u2603"', '"\udc80"']
)
def test_what_may_do_harm_is_not_kept(value: str) -> None:
    assert conditional.find_validators(answered(("etag", value), ("last-modified", value))) is None


@given(st.text())
def test_nothing_that_is_kept_breaks_a_header(value: str) -> None:
    validators = conditional.find_validators(answered(("etag", value)))
    if validators is not None and validators.etag is not None:
        assert validators.etag.isascii()
        assert validators.etag.isprintable()
        assert len(validators.etag) <= 256


def test_two_entity_tags_are_none() -> None:
    assert conditional.find_validators(answered(("etag", '"a"'), ("etag", '"b"'))) is None
    assert conditional.find_validators(answered(("etag", '"a"'), ("etag", '"a"'))) == Validators('"a"')


def test_without_validators_nothing_is_asked() -> None:
    assert conditional.build_conditional_headers(None) == {}
    assert conditional.build_conditional_headers(GIVEN) == {
        "If-None-Match": GIVEN.etag,
        "If-Modified-Since": GIVEN.last_modified,
    }
