"""Real articles and prints: every field and the body's measure as labelled by hand."""

import contextlib

import pytest

from crawler.parsing.html import ParseError
from crawler.parsing.platforms import Platform, registry
from crawler.parsing.platforms.afpims import article
from storage.models import Fields, Page
from tests.conftest import Sample, corpus_params, samples

ARTICLES = ("print", "article")


def page(sample: Sample) -> Page:
    return Page(sample.label["url"], 200, (), sample.path.read_bytes())


def platform(sample: Sample) -> Platform:
    return registry.choose_platform(page(sample))


def read(sample: Sample) -> Fields:
    return platform(sample).read_article(page(sample))


@pytest.mark.parametrize("sample", corpus_params(*ARTICLES))
def test_a_real_article_reads_as_labelled(sample: Sample) -> None:
    gold, fields = sample.label["gold"], read(sample)
    assert sample.label.get("platform", "afpims") == platform(sample).NAME
    assert platform(sample).is_article(page(sample))
    assert fields.title == gold["title"]
    assert (fields.published_on and fields.published_on.isoformat()) == gold["published"]
    assert (fields.byline, fields.organization) == (gold["byline"], gold["organization"])
    assert fields.dateline == gold["dateline"]
    assert fields.article_id == gold["article_id"]
    assert list(fields.tags) == gold["tags"]
    assert len(fields.images) == gold["images"]


@pytest.mark.parametrize("sample", corpus_params(*ARTICLES))
def test_a_real_body_is_whole_and_alone(sample: Sample) -> None:
    gold, fields = sample.label["gold"], read(sample)
    body = "\n\n".join(fields.paragraphs)
    words = body.split()
    assert " ".join(words).startswith(gold["body_first"])
    assert " ".join(words).endswith(gold["body_last"])
    assert len(fields.paragraphs) == gold["body_paragraphs"]
    assert len(words) == gold.get("body_words", len(words))
    assert not [text for text in gold["must_not"] if text in " ".join(words)]


@pytest.mark.parametrize("sample", corpus_params(*ARTICLES))
def test_pictures_of_real_articles_have_number_and_caption(sample: Sample) -> None:
    for image in read(sample).images:
        assert image.url.startswith("http")
        assert image.caption is None or "DOWNLOAD" not in image.caption
        assert image.virin is None or image.virin in image.url.upper()


@pytest.mark.parametrize("sample", corpus_params("other", "home", "listing", "denied"))
def test_no_other_real_page_claims_to_be_an_article(sample: Sample) -> None:
    assert not article.is_article(page(sample))


@pytest.mark.slow
def test_a_real_page_cut_anywhere_never_crashes() -> None:
    for sample in samples(*ARTICLES)[::8]:
        whole = page(sample)
        for cut in range(0, len(whole.content), 997):
            with contextlib.suppress(ParseError):
                assert platform(sample).read_article(Page(whole.url, 200, (), whole.content[:cut])).paragraphs
