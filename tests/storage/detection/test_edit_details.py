"""What an edit says beside its fields."""

from storage.detection.edit_details import describe_edit
from storage.models import (
    Change,
)
from tests.support.make_observations import (
    make_text,
)


def test_the_story_of_an_edit_says_what_was_not_looked_at() -> None:
    before, later = make_text(1), make_text(1, tags=("a",))
    assert describe_edit([Change("images", (), ("https://a/b.jpg",))], before, later) == {
        "contents": "addresses compared, files not downloaded"
    }
    assert describe_edit([Change("tags", (), ("a",))], before, later) == {}


def test_kinds_of_an_edit_come_ranked_from_title_and_body() -> None:
    before, later = make_text(1), make_text(1)
    changes = [Change("title", "Five hurt", "Seven hurt"), Change("body", "One.\n\nTwo.", "One.")]
    assert describe_edit(changes, before, later)["edit_kinds"] == ["number", "paragraph_removed"]
