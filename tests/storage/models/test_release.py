"""What identifies a posting."""

from storage.models import Address, Page


def test_a_posting_is_identified_by_its_number_else_by_its_address() -> None:
    assert Address("www.wing.example.mil", "100", "https://www.wing.example.mil/100").key == "100"
    url = "https://www.wing.example.mil/a-story"
    assert Address("www.wing.example.mil", None, url).key == url


def test_only_a_status_of_three_digits_is_one_of_http() -> None:
    answers = [Page("https://x.mil/", status, (), b"") for status in (0, 99, 100, 200, 999, 1000)]
    assert [page.has_http_status for page in answers] == [False, False, True, True, True, False]
