"""What an edit says beside its fields."""

from storage.detection.edit_details import describe_edit
from storage.diff.changes import list_changes
from storage.models import (
    Change,
    Link,
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


def embed(url: str) -> Link:
    return Link(url, "", embedded=True)


def test_a_video_that_went_or_came_is_an_edit_of_its_own_kind() -> None:
    one, other = (
        embed("https://www.youtube.com/embed/Ab1?rel=0"),
        embed("https://www.dvidshub.net/video/embed/9"),
    )
    for before, after, kinds in (
        ((one,), (), ["embed_removed"]),
        ((), (one,), ["embed_added"]),
        ((one,), (other,), ["embed_removed", "embed_added"]),
    ):
        old, new = make_text(1, links=before), make_text(1, links=after)
        changes = list_changes(old, new)
        assert [change.field for change in changes] == ["embeds"]
        assert describe_edit(changes, old, new)["edit_kinds"] == kinds


def test_how_a_player_plays_is_no_edit() -> None:
    old = make_text(1, links=(embed("https://www.youtube.com/embed/Ab1?rel=0"),))
    for url in (
        "https://www.youtube-nocookie.com/embed/Ab1?autoplay=1&origin=https://www.lighthouse.mil",
        "http://www.youtube.com/v/Ab1",
    ):
        assert list_changes(old, make_text(1, links=(embed(url),))) == ()
