"""JSON-LD is read as systems write it, and of several stories the page's own."""

import json
import time
from datetime import date

import pytest

from crawler.parsing import reader
from crawler.parsing.platforms.generic import json_ld
from storage.models import Page

URL = "https://www.harbor.example/news/1234/bridge-opens"
OTHER_URL = "https://www.harbor.example/news/999/crane-falls"
OWN = {"@type": "NewsArticle", "headline": "Bridge opens", "datePublished": "2026-03-05", "url": URL}
OTHER = {"@type": "NewsArticle", "headline": "Crane falls", "datePublished": "2024-01-01", "url": OTHER_URL}
UNNAMED = {name: value for name, value in OWN.items() if name != "url"}
OTHER_UNNAMED = {name: value for name, value in OTHER.items() if name != "url"}
LINE = "<p>Sentence {} tells of the bridge and of those who built it in spring.</p>"
TEXT = "".join(map(LINE.format, range(6)))


def read_day(script: str, kind: str = "application/ld+json") -> date | None:
    content = (
        f'<html><head><title>Bridge opens</title><meta property="og:type" content="article">'
        f'<script type="{kind}">{script}</script></head>'
        f"<body><main><article><h1>Bridge opens</h1><div>{TEXT}</div></article></main></body></html>"
    )
    fields = reader.read_page(Page(URL, 200, (), content.encode())).fields
    assert fields is not None
    return fields.published_on


@pytest.mark.parametrize(
    "script",
    [
        json.dumps(OWN).replace("Bridge opens", "Bridge\n opens"),
        json.dumps(OWN).replace("Bridge opens", "Bridge\topens"),
        "\ufeff" + json.dumps(OWN),
        f"/* the story */ {json.dumps(OWN)};",
        f'{{"@type": "WebSite"}}\n{json.dumps(OTHER)}{json.dumps(OWN)}',
        f"//<![CDATA[\n{json.dumps(OWN)}\n//]]>",
        f"/*<![CDATA[*/{json.dumps(OWN)}/*]]>*/",
        f"<!--\n{json.dumps(OWN)}\n-->",
        json.dumps(OWN) + ";",
        json.dumps(OWN)[:-1] + ",\n}",
        json.dumps(OWN)[:-1] + r', "about": "C:\\x",}',
        json.dumps(OWN).replace('"', "&quot;"),
        json.dumps(OWN)[:-1] + r', "about": "the crew\'s, ] and }"}',
    ],
)
def test_it_is_read_in_spite_of_common_faults(script: str) -> None:
    assert read_day(script) == date(2026, 3, 5)


@pytest.mark.parametrize("kind", ["application/ld+json; charset=utf-8", "Application/LD+JSON"])
def test_its_type_may_have_a_charset(kind: str) -> None:
    assert read_day(json.dumps(OWN), kind) == date(2026, 3, 5)


@pytest.mark.parametrize(
    "content",
    [
        [OTHER, OWN],
        {"@graph": [OTHER, OWN]},
        {"@type": "WebPage", "url": URL, "mainEntity": UNNAMED},
        {"@type": "WebPage", "mainEntity": {"@graph": [OWN]}},
        [OTHER_UNNAMED, UNNAMED],
        [OTHER_UNNAMED | {"mainEntityOfPage": {"@id": OTHER_URL}}, UNNAMED | {"mainEntityOfPage": URL}],
        {"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "item": OTHER}, {"item": OWN}]},
        OWN | {"hasPart": [OTHER]},
        OWN | {"@type": ["Thing", "https://schema.org/NewsArticle"]},
    ],
)
def test_of_several_stories_that_of_this_page_counts(content: object) -> None:
    assert read_day(json.dumps(content)) == date(2026, 3, 5)


@pytest.mark.parametrize(
    "content", [OTHER, [OTHER], {"@graph": [OTHER, OTHER_UNNAMED]}, OWN | {"datePublished": None}]
)
def test_another_story_gives_no_day(content: object) -> None:
    assert read_day(json.dumps(content)) is None


@pytest.mark.parametrize(
    "hostile",
    [
        "[" * 200_000,
        '{"' * 200_000,
        "{" + "," * 200_000,
        '"' + "\\" * 200_001,
        '{"' + '\\"' * 50_000,
        "//" * 200_000,
    ],
)
def test_hostile_scripts_take_no_time(hostile: str) -> None:
    before = time.process_time()
    assert json_ld.parse_json_ld(hostile) is None
    assert time.process_time() - before < 2


def test_comments_that_never_end_take_no_time() -> None:
    start = time.process_time()
    assert json_ld.parse_json_ld("/* " * 100_000) is None
    assert time.process_time() - start < 2
