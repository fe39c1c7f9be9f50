"""`milwire search`: releases by words."""

from pathlib import Path

import pytest

from tests.support.cli import read_objects, run_here


@pytest.mark.parametrize("words", ["훈련", "春祭り", "harbor rescue", '"Harbor rescue"'])
def test_search_finds_words_of_any_language(words: str, crawled_db: Path) -> None:
    (hit, *_) = read_objects(run_here("search", words, "--json", "--db", crawled_db))
    assert {"release", "title", "published_on", "posting", "excerpt"} <= set(hit)
    shown = run_here("search", words, "--db", crawled_db)
    assert str(hit["title"])[:20] in shown.out


def test_search_for_nothing_there_says_so(crawled_db: Path) -> None:
    assert "no releases match" in run_here("search", "xyzzy", "--db", crawled_db).err
