"""The one way to name newsrooms."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.query_language.newsroom_selector import (
    NewsroomSelector,
    SelectorError,
    SelectorKind,
    parse_selector,
)


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("usfk-news", SelectorKind.NEWSROOM, "usfk-news"),
        ("newsroom:usfk-news", SelectorKind.NEWSROOM, "usfk-news"),
        ("branch:Air Force", SelectorKind.BRANCH, "Air Force"),
        ("Branch = Air  Force", SelectorKind.BRANCH, "Air Force"),
        ('under:"U.S. Indo-Pacific Command"', SelectorKind.UNDER, "U.S. Indo-Pacific Command"),
        ("tag:a:b", SelectorKind.TAG, "a:b"),
        ("group:korea", SelectorKind.GROUP, "korea"),
    ],
)
def test_selectors_are_parsed(text: str, kind: SelectorKind, value: str) -> None:
    found = parse_selector(text)
    assert found == NewsroomSelector(kind, value)
    assert parse_selector(str(found)) == found


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("brnch:Navy", '"brnch:Navy": newsrooms are not chosen by "brnch"; did you mean branch?'),
        ("x:Navy", "choose one of newsroom, branch, group, tag, under"),
        ("branch:", "names no newsroom; wanted an id such as usfk-news, or for instance branch:Navy"),
        ("", "names no newsroom"),
    ],
)
def test_what_is_no_selector_is_one_line(text: str, line: str) -> None:
    with pytest.raises(SelectorError) as caught:
        parse_selector(text)
    assert line in str(caught.value)


@given(st.text(max_size=300) | st.text("newsroombranch:=\"' \n\x00", max_size=30))
def test_any_text_is_a_selector_or_one_line(text: str) -> None:
    line = "" if is_selector(text) else read_error(text)
    assert len(line.splitlines()) <= 1


def is_selector(text: str) -> bool:
    with suppress(SelectorError):
        return bool(parse_selector(text))
    return False


def read_error(text: str) -> str:
    with pytest.raises(SelectorError) as caught:
        parse_selector(text)
    return str(caught.value)
