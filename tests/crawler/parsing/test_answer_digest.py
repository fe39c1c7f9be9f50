"""Two answers without an article are the same where they show the same words."""

import pytest

from crawler.parsing.answer_digest import digest_answer
from storage.models import Page

GONE = "<html><head><title>Gone</title></head><body><h1>Page not found</h1><p>{}</p></body></html>"


def digest(body: str, path: str = "100/a-story") -> str | None:
    url = f"https://www.wing.example.mil/News/Article/{path}/"
    return digest_answer(Page(url, 404, (("content-type", "text/html"),), body.encode()))


@pytest.mark.parametrize(
    "said",
    [
        "The page /News/Article/9100/milwire-control/ is not here.",
        "The page /News/Article/100/a-story/ is not here.",
        "The page /x/ is not here.",
    ],
)
def test_the_address_that_was_asked_for_is_no_difference(said: str) -> None:
    assert digest(GONE.format(said)) == digest(GONE.format("The page is not here."))


def test_times_numbers_markup_and_hidden_values_are_no_difference() -> None:
    with_state = GONE.replace("<h1>", '<input type="hidden" value="xyz"><script>var a = "b";</script><h1>')
    assert digest(with_state.format("Incident 4711 at 10:22:03")) == digest(GONE.format("Incident 1 at 9:00"))


def test_other_words_are_another_answer() -> None:
    assert digest(GONE.format("It is gone.")) != digest(GONE.format("This release is under review."))


def test_empty_answers_are_the_same_and_show_no_words() -> None:
    assert digest("") == digest("  \n")
    assert digest("") != digest(GONE.format("It is gone."))
