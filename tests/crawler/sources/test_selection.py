"""Newsrooms chosen by id, branch, tag and organization."""

import pytest

from crawler.sources import catalog
from crawler.sources.catalog import SourceError
from crawler.sources.selection import select_sources


def test_each_way_to_name_newsrooms_chooses_those() -> None:
    every = catalog.load_catalog()
    assert [source.id for source in select_sources(None, ["usfk-news", "newsroom:usfk-news"])] == [
        "usfk-news"
    ]
    navy = select_sources(None, ["branch:navy"])
    assert navy == tuple(source for source in every if source.branch == "Navy")
    speeches = select_sources(None, ["tag=Speeches"])
    assert speeches
    assert {source.section for source in speeches} == {"speeches"}
    assert len(select_sources(None, ["branch:navy", "usfk-news"])) == len(navy) + 1
    assert select_sources(None, []) == ()


def test_under_an_organization_are_the_hosts_below_its_own() -> None:
    (above,) = [one for one in catalog.load_catalog() if one.host == "www.acc.af.mil"][:1]
    below = select_sources(None, [f"under:{above.organization.upper()}"])
    assert above in below
    assert "www.12af.acc.af.mil" in {source.host for source in below}
    assert all(source.host.endswith("acc.af.mil") for source in below)
    assert select_sources(None, ["under:Navy"]) == select_sources(None, ["branch:Navy"])


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("usfk-new", 'no source "usfk-new"; did you mean usfk-news or'),
        ("under:Air Combat Comand", 'did you mean "Air Combat Command"?'),
        ("group:korea", 'no newsroom is chosen by group:"korea"'),
        ("branch:", "names no newsroom"),
    ],
)
def test_what_chooses_nothing_is_an_error(text: str, line: str) -> None:
    with pytest.raises(SourceError) as caught:
        select_sources(None, [text])
    assert line in str(caught.value)
