"""What identifies a posting."""

from storage.models import Address


def test_a_posting_is_identified_by_its_number_else_by_its_address() -> None:
    assert Address("www.wing.example.mil", "100", "https://www.wing.example.mil/100").key == "100"
    url = "https://www.wing.example.mil/a-story"
    assert Address("www.wing.example.mil", None, url).key == url
