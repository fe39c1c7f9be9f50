"""What sort of edit a change is."""

import pytest

from storage.diff.kinds import EditKind, rank_edit_kinds
from storage.diff.words import diff_texts

NEGATION, NUMBER, QUOTE, NAME = EditKind.NEGATION, EditKind.NUMBER, EditKind.QUOTE, EditKind.NAME
DATE, REWRITTEN, TYPO, PUNCTUATION = EditKind.DATE, EditKind.REWRITTEN, EditKind.TYPO, EditKind.PUNCTUATION


@pytest.mark.parametrize(
    ("before", "after", "kinds"),
    [
        ("The crew was hurt.", "The crew was not hurt.", (NEGATION,)),
        ("They did deploy it.", "They didn't deploy it.", (NEGATION,)),
        ("The order is lawful.", "The order is unlawful.", (NEGATION,)),
        ("It hit no. 5 and left.", "It hit No. 5 and left.", (TYPO,)),
        ("部隊は参加した。", "部隊は参加しなかった。", (NEGATION, REWRITTEN)),
        ("훈련을 실시했다.", "훈련을 실시하지 않았다.", (NEGATION, REWRITTEN)),
        ("They lost 5 boats.", "They lost 6 boats.", (NUMBER,)),
        ("They lost five boats.", "They lost six boats.", (NUMBER,)),
        ("It cost $1,000 a day.", "It cost €1,000 a day.", (NUMBER,)),
        ("It cost 1000 a day.", "It cost 1,000 a day.", (PUNCTUATION,)),
        ("They lost 5 boats.", "They lost five boats.", (PUNCTUATION,)),
        ("死者は三名だった。", "死者は五名だった。", (NUMBER,)),
        ("He said “we will stay” today.", "He said “we will leave” today.", (QUOTE, REWRITTEN)),
        ('He said "all 5" today.', 'He said "all 6" today.', (NUMBER, QUOTE)),
        ("He said “we stay” today.", "He said “we stay,” today.", (PUNCTUATION,)),
        ("It was led by Col. Smith there.", "It was led by Col. Smyth there.", (NAME,)),
        ("A word from Gen. Ada Example.", "A word from Gen. Eve Example.", (NAME,)),
        ("It came on March 3, 2024, at dawn.", "It came on March 4, 2024, at dawn.", (DATE,)),
        ("It came on Monday at dawn.", "It came on Tuesday at dawn.", (DATE,)),
        ("日付は2024年3月5日です。", "日付は2024年3月6日です。", (DATE,)),
        ("It was recieved by all.", "It was received by all.", (TYPO,)),
        ("It was the the last.", "It was the last.", (TYPO,)),
        ("They met the army there.", "They met the Army there.", (TYPO,)),
        ("Losses increased again.", "Losses decreased again.", (REWRITTEN,)),
        ("It was a large boat.", "It was a small boat.", (REWRITTEN,)),
        ("It was late, and dark.", "It was late and dark.", (PUNCTUATION,)),
        ("He said “no”.", 'He said "no".', (PUNCTUATION,)),
        ("Spaced  out.", "Spaced out.", (PUNCTUATION,)),
    ],
)
def test_an_edit_is_called_what_it_is(before: str, after: str, kinds: tuple[EditKind, ...]) -> None:
    assert diff_texts((before,), (after,)).edit_kinds == kinds


def test_a_word_that_only_opens_a_sentence_is_no_name() -> None:
    assert diff_texts(("Done. Boats sank early.",), ("Done. Ships sank early.",)).edit_kinds == (REWRITTEN,)


def test_kinds_are_ranked_and_told_once() -> None:
    assert rank_edit_kinds([PUNCTUATION, TYPO, NEGATION, TYPO]) == (NEGATION, TYPO, PUNCTUATION)
