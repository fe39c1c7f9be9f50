"""Which site a newsroom is on, and which newsrooms share one."""

from dataclasses import replace

from crawler.sources.hosts import get_source_site, group_by_site
from storage.models import Confidence, Source

SOURCE = Source(
    id="wing-news",
    host="www.wing.example.mil",
    organization="Wing",
    branch="Air Force",
    platform="afpims",
    section="News",
    listing_url="https://www.wing.example.mil/News/",
    feed_url=None,
    confidence=Confidence.HIGH,
)


def test_the_names_of_one_site_are_one() -> None:
    """www.defense.gov and www.war.gov are one site in the alias table."""
    sites = {get_source_site(replace(SOURCE, host=host)) for host in ("www.defense.gov", "www.war.gov")}
    assert len(sites) == 1


def test_a_private_host_keeps_its_port() -> None:
    assert get_source_site(replace(SOURCE, host="127.0.0.1:8080", private=True)) == "127.0.0.1:8080"


def test_newsrooms_of_one_site_stay_together_in_their_order() -> None:
    sources = [
        replace(SOURCE, id=identifier, host=host)
        for identifier, host in [
            ("war-news", "www.war.gov"),
            ("wing-news", "www.wing.example.mil"),
            ("defense-news", "www.defense.gov"),
            ("wing-photos", "www.wing.example.mil"),
        ]
    ]
    groups = [[source.id for source in group] for group in group_by_site(sources).values()]
    assert groups == [["war-news", "defense-news"], ["wing-news", "wing-photos"]]


def test_no_newsrooms_are_no_sites() -> None:
    assert group_by_site([]) == {}
