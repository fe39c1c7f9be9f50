"""Every platform is complete and has test pages, every test page reads as expected, and the order decides."""

from pathlib import Path

import pytest

from crawler.parsing import reader
from crawler.parsing.platforms import PageKind, Platform, afpims, generic, registry
from storage.models import Page
from tests.support.page_cases import list_pages, read_and_expected
from tests.support.paths import PAGES

FOLDERS = sorted(path.name for path in PAGES.iterdir())
URL = "https://www.lighthouse.mil/News/"
SIGN_IN = b"<html><title>Sign in</title><body><form></form></body></html>"
AFPIMS_PAGE = b'<script src="/DesktopModules/ArticleCS/x.js?cdv=1"></script><body id="dnn_ctr1_x">'


@pytest.mark.parametrize(
    "path", [path for folder in FOLDERS for path in list_pages(folder)], ids=lambda path: path.stem
)
def test_every_test_page_reads_as_expected(path: Path) -> None:
    reading, expected = read_and_expected(path)
    assert reading == expected


@pytest.mark.parametrize("kind", [PageKind.ARTICLE, PageKind.LISTING])
@pytest.mark.parametrize("platform", registry.PLATFORMS, ids=lambda platform: platform.NAME)
def test_every_platform_has_a_release_page_and_a_listing_page(platform: Platform, kind: PageKind) -> None:
    expected = [read_and_expected(path)[1] for path in list_pages(platform.NAME, kind)]
    assert any(reading["platform"] == platform.NAME for reading in expected)


@pytest.mark.parametrize("platform", registry.PLATFORMS, ids=lambda platform: platform.NAME)
def test_every_platform_satisfies_the_protocol(platform: Platform) -> None:
    assert isinstance(platform, Platform)
    assert platform.list_parsers().articles
    assert platform.list_parsers().listings


def test_no_two_platforms_have_one_name_or_one_parser() -> None:
    assert len({platform.NAME for platform in registry.PLATFORMS}) == len(registry.PLATFORMS)
    parsers = [parser for platform in registry.PLATFORMS for parser in platform.list_parsers().articles]
    assert len(parsers) == len(set(parsers))


@pytest.mark.parametrize("path", list_pages("afpims", "article"), ids=lambda path: path.stem)
def test_the_parser_of_a_reading_is_one_of_its_platforms(path: Path) -> None:
    reading, _ = read_and_expected(path)
    assert reading["parser"] in reader.current_article_parsers()


def test_the_platform_that_recognizes_a_page_reads_it() -> None:
    assert registry.choose_platform(Page(URL, 200, (), AFPIMS_PAGE)) is afpims
    assert registry.choose_platform(Page(URL, 200, (), AFPIMS_PAGE), "generic") is afpims


def test_the_platform_that_the_catalogue_names_reads_a_page_that_shows_nothing() -> None:
    assert registry.choose_platform(Page(URL, 200, (), SIGN_IN), "afpims") is afpims


@pytest.mark.parametrize("hint", [None, "generic", "navy", "unknown"])
def test_the_last_platform_reads_what_no_other_recognizes(hint: str | None) -> None:
    platform = registry.choose_platform(Page(URL, 200, (), SIGN_IN), hint)
    assert platform is generic
    assert registry.is_fallback(platform)


def test_the_fallback_is_not_a_reader_of_its_own() -> None:
    assert registry.has_reader("afpims")
    assert not registry.has_reader("generic")
    assert not registry.has_reader("navy")


def test_a_platform_is_found_by_its_name() -> None:
    assert registry.find_platform("afpims") is afpims
    assert registry.find_platform("navy") is None


def test_only_a_platform_with_digests_is_a_digesting_one() -> None:
    assert registry.find_digesting(afpims) is afpims
    assert registry.find_digesting(generic) is None
