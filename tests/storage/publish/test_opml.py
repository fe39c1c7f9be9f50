"""Lists of feeds: read whoever wrote them, refused in one line, and written so that they read back."""

import pytest

from storage.publish.opml import FeedOutline, OpmlError, parse_opml, render_opml

BOMB = b'<!DOCTYPE o [<!ENTITY a "x"><!ENTITY b "&a;&a;">]><opml><body><outline text="&b;" xmlUrl="https://a.mil/"/></body></opml>'


def test_a_list_reads_back_what_went_in() -> None:
    outlines = [
        FeedOutline(
            "A & B <script>", "https://www.example.mil/feed?a=1&b=2", "https://www.example.mil/News/"
        ),
        FeedOutline("주한미군", "https://www.korea.mil/feed"),
    ]
    assert parse_opml(render_opml("Mine", outlines)) == outlines


def test_feeds_are_found_at_any_depth_and_once() -> None:
    content = b"""<OPML version="1.0"><body><outline text="Folder"><outline><outline text="Deep"
        xmlURL=" https://a.mil/feed "/></outline></outline><outline title="Again" xmlUrl="https://a.mil/feed"/></body></OPML>"""
    assert parse_opml(content) == [FeedOutline("Deep", "https://a.mil/feed")]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not XML"),
        (b"<opml", "not XML"),
        (b"<rss/>", "not OPML"),
        (b"<opml><body/></opml>", "names no feed"),
        (b"x" * 5_000_001, "larger than"),
    ],
)
def test_what_is_no_list_is_refused_in_one_line(content: bytes, said: str) -> None:
    with pytest.raises(OpmlError, match=said) as raised:
        parse_opml(content)
    assert "\n" not in str(raised.value)


def test_entities_are_not_read() -> None:
    assert [one.feed_url for one in parse_opml(BOMB)] == ["https://a.mil/"]


def test_names_without_words_become_the_address() -> None:
    (found,) = parse_opml(b'<opml><outline text="" xmlUrl="https://a.mil/"/></opml>')
    assert found.title == "https://a.mil/"
