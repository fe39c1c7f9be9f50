"""Reading feeds as their readers do, and checking them against the formats."""

import json
import re
from functools import cache
from typing import Any, Final

import feedparser
from lxml import etree

from tests.support.paths import ROOT

ABSOLUTE: Final = re.compile(r"https?://[^\s]+")
DATE: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
TOP: Final[dict[str, type[Any]]] = {
    "version": str,
    "title": str,
    "home_page_url": str,
    "feed_url": str,
    "description": str,
    "next_url": str,
    "authors": list,
    "language": str,
    "items": list,
}
ITEM: Final[dict[str, type[Any]]] = {
    "id": str,
    "url": str,
    "title": str,
    "content_html": str,
    "content_text": str,
    "summary": str,
    "date_published": str,
    "date_modified": str,
    "authors": list,
    "tags": list,
    "language": str,
}


@cache
def load_atom_schema() -> Any:
    """Return the RELAX NG schema of RFC 4287, as far as our feeds use the format."""
    return etree.RelaxNG(etree.parse(str(ROOT / "tests/storage/publish/atom.rng")))


def read_valid_atom(content: bytes) -> Any:
    """Return an Atom feed as feedparser reads it; it is valid."""
    schema = load_atom_schema()
    document = etree.fromstring(content, etree.XMLParser(huge_tree=True))
    assert schema.validate(document), schema.error_log
    relations = [one.get("rel") for one in document.findall("{*}link")]
    assert relations.count("self") == 1
    assert len(set(relations)) == len(relations)
    found = feedparser.parse(content, sanitize_html=False)
    assert not found.bozo, found.bozo_exception
    assert found.version == "atom10"
    assert len({one.id for one in found.entries}) == len(found.entries)
    return found


def read_valid_json_feed(content: bytes) -> Any:
    """Return a JSON Feed; it is valid by version 1.1 of the format."""
    found = json.loads(content)
    assert found["version"] == "https://jsonfeed.org/version/1.1"
    assert {"title", "items"} <= found.keys()
    check_members(found, TOP)
    for one in found["items"]:
        assert one["id"]
        assert "content_html" in one or "content_text" in one
        check_members(one, ITEM)
        assert DATE.fullmatch(one["date_published"])
    assert len({one["id"] for one in found["items"]}) == len(found["items"])
    return found


def check_members(values: dict[str, Any], known: dict[str, type[Any]]) -> None:
    """Hold that members are those of the format, of the right type; extensions begin with `_`."""
    for name, value in values.items():
        if name.startswith("_"):
            assert isinstance(value, dict)
            continue
        assert isinstance(value, known[name]), name
        if name.endswith("url"):
            assert ABSOLUTE.fullmatch(value), value
        if name == "authors":
            assert all(one["name"] for one in value)
