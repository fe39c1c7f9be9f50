"""Redesigns: one alarm when half of a newsroom cannot be read any more."""

from storage.detection.redesign import RunTally, detect_redesign, has_lost_most_text
from storage.models import Confidence, Fields


def fields(*paragraphs: str) -> Fields:
    return Fields("A title", paragraphs, "test:1", Confidence.HIGH, "g4")


def test_half_of_the_postings_unreadable_is_an_alarm_that_says_how_many() -> None:
    alarm = detect_redesign(RunTally(answered=100, unreadable=40, soft_gone=8, gutted=2))
    assert alarm is not None
    assert alarm.reason.startswith("50 of 100 known-good postings broke in one run: 40 unreadable")


def test_a_newsroom_that_takes_much_down_is_not_redesigned() -> None:
    assert detect_redesign(RunTally(answered=100, unreadable=0, soft_gone=49, gutted=0)) is None


def test_a_few_bad_pages_are_no_redesign_however_small_the_newsroom() -> None:
    assert detect_redesign(RunTally(answered=4, unreadable=4, soft_gone=0, gutted=0)) is None
    assert detect_redesign(RunTally(answered=5, unreadable=5, soft_gone=0, gutted=0)) is not None


def test_a_text_that_lost_most_of_its_words_is_gutted_and_an_edited_one_is_not() -> None:
    before = fields("One two three four five six.", "Seven eight nine ten.")
    assert has_lost_most_text(before, fields("Menu", "Search"))
    assert has_lost_most_text(before, fields())
    assert not has_lost_most_text(before, fields("One two three four five six."))
    assert not has_lost_most_text(fields(), fields("Menu"))
