"""Block pages: a refusal is found by its status or by its text, and a page about refusals is not one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.parsing import block_pages
from storage.models import Page

URL = "https://www.lighthouse.mil/News/"
DENIED = b"<title>Access Denied</title>You don't have permission to access x. Reference #18.1"


def page(content: bytes, status: int = 200) -> Page:
    return Page(URL, status, (), content)


@pytest.mark.parametrize("status", [401, 403, 407, 429, 451])
def test_a_refusal_by_status_says_the_status(status: int) -> None:
    assert block_pages.explain_refusal(page(b"<p>No</p>", status)) == f"status {status}"


@pytest.mark.parametrize("status", [200, 301, 404, 410, 500, 503])
def test_no_other_status_is_a_refusal(status: int) -> None:
    assert block_pages.explain_refusal(page(b"<p>Words</p>", status)) == ""


@pytest.mark.parametrize("status", [200, 403, 404, 503])
def test_a_block_page_is_named_whatever_its_status(status: int) -> None:
    assert block_pages.explain_refusal(page(DENIED, status)) == "Akamai: access denied"


@pytest.mark.parametrize("name", block_pages.MARKS)
def test_all_marks_together_identify_a_block_page_and_one_less_does_not(name: str) -> None:
    marks = block_pages.MARKS[name]
    whole = " ".join(marks).encode()
    assert block_pages.identify_block_page(page(b"<html>" + whole))
    if len(marks) > 1:
        assert block_pages.identify_block_page(page(marks[0].encode())) != name


@pytest.mark.parametrize("title", sorted(block_pages.TITLES))
def test_the_title_alone_identifies_a_challenge_page(title: str) -> None:
    content = f"<html><head><title> {title.title()} </title></head></html>".encode()
    assert block_pages.identify_block_page(page(content)) == f"challenge page: {title}"


def test_a_page_with_many_words_is_not_a_block_page() -> None:
    words = b"word " * block_pages.MAX_WORDS
    assert block_pages.identify_block_page(page(DENIED + words)) == ""


def test_the_words_of_scripts_do_not_count() -> None:
    script = b"<script>" + b"var x = 1; " * block_pages.MAX_WORDS + b"</script>"
    assert block_pages.identify_block_page(page(DENIED + script))


def test_a_large_page_is_not_a_block_page() -> None:
    padding = b"<!--" + b"x" * block_pages.MAX_BYTES + b"-->"
    assert block_pages.identify_block_page(page(DENIED + padding)) == ""


@given(st.binary(max_size=200), st.sampled_from([200, 403, 404]))
def test_any_bytes_are_judged_without_an_error(content: bytes, status: int) -> None:
    assert bool(block_pages.explain_refusal(page(content, status))) in {True, False}


@pytest.mark.parametrize("status", [200, 202, 405, 503])
@pytest.mark.parametrize(
    "header",
    [("x-amzn-waf-action", "challenge"), ("cf-mitigated", "challenge"), ("x-vercel-mitigated", "deny")],
)
def test_a_wall_is_known_by_its_headers_alone(status: int, header: tuple[str, str]) -> None:
    refused = Page("https://www.example.mil/News/", status, (("content-type", "text/html"), header), b"")
    assert "challenge" in block_pages.explain_refusal(refused)
    assert block_pages.is_challenge(refused)


def test_a_script_of_a_guard_on_a_good_page_is_no_refusal() -> None:
    script = b"<noscript>Your support ID is: 7</noscript><script src='/TSPD/08?type=8'></script>"
    script += b"<script src='/_Incapsula_Resource?SWJIYLWA=719d'></script>"
    assert block_pages.identify_block_page(page(script + b"<h1>Pier opens</h1><p>Boats come.</p>")) == ""
