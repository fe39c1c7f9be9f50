"""Real server responses: every feed, list, home page and other page reads as labelled by hand."""

from typing import Any

import pytest

from crawler.parsing import reader, urls
from crawler.parsing.platforms import PageKind, Reading
from storage.models import Entry, Page
from tests.conftest import Sample, corpus_params


def read(sample: Sample, *, with_status: bool = False) -> Reading:
    url = sample.label["url"].split(" ")[0]
    status = sample.label.get("http_status", 200) if with_status else 200
    return reader.read_page(Page(url, status, (), sample.path.read_bytes()))


def entries(found: Reading) -> tuple[Entry, ...]:
    assert found.listing
    return found.listing.entries


# A label is free-form JSON.
def says(entry: Entry) -> dict[str, Any]:
    return {
        "title": entry.title,
        "link": entry.address.url,
        "number": entry.address.number,
        "pubDate": entry.published_raw,
    }


def labelled(item: dict[str, Any]) -> dict[str, Any]:
    return {name: item.get(name) for name in ("title", "pubDate")} | {
        "link": urls.canonicalize_url(item["link"]),
        "number": urls.find_article_number(item["link"]),
    }


@pytest.mark.parametrize("sample", corpus_params("rss"))
def test_a_feed_reads_as_labelled(sample: Sample) -> None:
    found = read(sample)
    gold = sample.label["gold"]
    assert found.kind is PageKind.FEED
    assert [entry.address.number for entry in entries(found)] == gold["article_ids"]
    assert len(entries(found)) == gold["items"]
    assert says(entries(found)[0]) == labelled(gold["first"])
    last = labelled(gold["last"]) | {"pubDate": entries(found)[-1].published_raw}
    assert says(entries(found)[-1]) == last
    assert all(entry.published_at and entry.published_source == "rss" for entry in entries(found))


@pytest.mark.parametrize("sample", corpus_params("listing", "home"))
def test_a_list_reads_as_labelled(sample: Sample) -> None:
    found = read(sample)
    gold = sample.label["gold"]["articles"]
    if not gold:  # a home page without a news module lists nothing, and is no list
        assert (found.kind, found.platform, found.listing) == (PageKind.OTHER, "afpims", None)
        return
    assert (found.kind, found.platform) == (PageKind.LISTING, "afpims")
    assert [entry.title for entry in entries(found)] == [item["title"] for item in gold]
    assert [entry.address.number for entry in entries(found)] == [
        urls.find_article_number(item["url"]) for item in gold
    ]
    assert [entry.published_on and str(entry.published_on) for entry in entries(found)] == [
        item["published"] and item["published"][:10] for item in gold
    ]
    assert found.listing
    assert found.listing.next_url == sample.label["gold"]["next_page"]


@pytest.mark.parametrize("sample", corpus_params("listing", "home"))
def test_addresses_of_a_list_are_the_links_themselves(sample: Sample) -> None:
    if "rewritten by HTTrack" in sample.label["fidelity"]:
        pytest.skip("the mirror rewrote the addresses of this page")
    listing = read(sample).listing
    assert [entry.address.url for entry in (listing.entries if listing else ())] == [
        item["url"] for item in sample.label["gold"]["articles"]
    ]


@pytest.mark.parametrize("sample", corpus_params("other", "robots"))
def test_what_is_no_newsroom_page_is_other(sample: Sample) -> None:
    assert read(sample).kind is PageKind.OTHER


@pytest.mark.parametrize("sample", corpus_params("denied"))
@pytest.mark.parametrize("with_status", [True, False])
def test_a_refusal_is_refused_with_and_without_its_status(sample: Sample, with_status: bool) -> None:
    assert read(sample, with_status=with_status).kind is PageKind.REFUSED


@pytest.mark.parametrize("sample", corpus_params("article", "print"))
def test_an_article_is_an_article_and_no_list(sample: Sample) -> None:
    found = read(sample)
    assert (found.kind, found.platform) == (PageKind.ARTICLE, sample.label.get("platform", "afpims"))
    assert found.listing is None
