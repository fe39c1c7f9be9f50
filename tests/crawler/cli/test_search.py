"""`milwire search`: releases by words."""

from pathlib import Path

import pytest

from crawler.cli.search import mark_words
from tests.support.cli import read_objects, run_here


@pytest.mark.parametrize("words", ["훈련", "春祭り", "harbor rescue", '"Harbor rescue"', "rescues", "resc*"])
def test_search_finds_words_of_any_language(words: str, crawled_db: Path) -> None:
    (hit, *_) = read_objects(run_here("search", words, "--json", "--db", crawled_db))
    assert {"release", "title", "published_on", "posting", "excerpt", "marks"} <= set(hit)
    shown = run_here("search", words, "--db", crawled_db)
    assert str(hit["title"])[:20] in shown.out


def test_search_for_nothing_there_says_so(crawled_db: Path) -> None:
    assert "no releases match" in run_here("search", "xyzzy", "--db", crawled_db).err


@pytest.mark.parametrize("words", ["", "-", "***"])
def test_nothing_typed_is_said(words: str, crawled_db: Path) -> None:
    answer = run_here("search", words, "--db", crawled_db)
    assert (answer.code, answer.err) == (0, "nothing to look for: type a word\n")


def test_a_mistyped_word_is_answered_with_a_known_one(crawled_db: Path) -> None:
    assert run_here("search", "harbr", "rescue", "--db", crawled_db).err == (
        "no releases match\ndid you mean: harbor rescue\n"
    )


def count_found(crawled_db: Path, *words: str) -> int:
    return len(read_objects(run_here("search", *words, "--limit", "1000", "--json", "--db", crawled_db)))


def test_a_word_with_a_minus_is_left_out(crawled_db: Path) -> None:
    every, with_harbor = count_found(crawled_db, "-xyzzy"), count_found(crawled_db, "harbor")
    assert 0 < with_harbor < every
    assert count_found(crawled_db, "-harbor") == every - with_harbor
    assert count_found(crawled_db, "rescue", "-harbor") < count_found(crawled_db, "rescue")
    assert count_found(crawled_db, "harbor", "-Harbor rescue") == count_found(
        crawled_db, 'harbor -"harbor rescue"'
    )


def test_what_is_found_is_counted_and_limited_to_newsrooms_days_and_states(crawled_db: Path) -> None:
    found = run_here("search", "-xyzzy", "--limit", "2", "--sort", "date", "--db", crawled_db)
    assert "releases match, 2 shown: the newest\n" in found.err
    hits = read_objects(run_here("search", "-xyzzy", "--limit", "1000", "--json", "--db", crawled_db))
    days = sorted(str(hit["published_on"]) for hit in hits if hit["published_on"])
    assert count_found(crawled_db, "-xyzzy", "--since", days[-1]) < len(hits)
    assert count_found(crawled_db, "-xyzzy", "--until", "1990-01-01") == 0
    assert count_found(crawled_db, "-xyzzy", "--state", "live") == len(hits)
    assert count_found(crawled_db, "-xyzzy", "--state", "removed") == 0
    assert count_found(crawled_db, "-xyzzy", "--newsroom", "branch:Navy") == 0


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--newsroom", "usfk-new"], 'no source "usfk-new"; did you mean usfk-news or'),
        (["--newsroom", "branch:Nayv"], 'no newsroom is chosen by branch:"Nayv"; did you mean "Navy"?'),
        (["--newsroom", "brnch:Navy"], 'newsrooms are not chosen by "brnch"; did you mean branch?'),
        (["--state", "gone"], "--state"),
        (["--sort", "size"], "--sort"),
    ],
)
def test_a_wrong_choice_is_one_line(arguments: list[str], line: str, crawled_db: Path) -> None:
    answer = run_here("search", "harbor", *arguments, "--db", crawled_db)
    assert answer.code != 0
    assert line in answer.err
    assert len(answer.err.splitlines()) == 1


def test_words_found_are_marked_and_controls_written_out() -> None:
    shown = mark_words("a \x1b[31mred  tank", ((9, 13), (15, 19))[1:])
    assert shown.plain == "a \\x1b[31mred tank"
    assert [shown.plain[one.start : one.end] for one in shown.spans if one.style] != []
