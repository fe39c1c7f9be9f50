"""Test pages: a file and beside it a .json with its address, how it was obtained, and the expected reading.

A page without an expectation gets one written and fails until somebody has read and committed it.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from crawler.parsing import reader
from crawler.parsing.platforms import Reading
from storage.models import Page
from tests.support.paths import PAGES


def list_pages(folder: str, kind: str | None = None) -> list[Path]:
    """Return the pages in a folder of tests/pages, or those whose expected kind is `kind`."""
    paths = sorted(path for path in (PAGES / folder).iterdir() if path.suffix != ".json")
    return [path for path in paths if kind is None or read_expectation(path)["reading"]["kind"] == kind]


def read_expectation(path: Path) -> dict[str, Any]:  # an expectation is free-form JSON
    """Return what stands beside a page. Where nothing does, write what reading it gives now, and fail."""
    beside = path.with_suffix(".json")
    if not beside.exists():
        page = Page("https://www.lighthouse.mil/News/", 200, (), path.read_bytes())
        draft = {"url": page.url, "obtained": "made up", "reading": convert_reading(reader.read_page(page))}
        beside.write_text(json.dumps(draft, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        raise AssertionError(f"{beside} was written: read it, correct it, commit it")
    expectation: dict[str, Any] = json.loads(beside.read_text(encoding="utf-8"))
    return expectation


def load_page(path: Path) -> Page:
    expectation = read_expectation(path)
    return Page(expectation["url"], expectation.get("status", 200), (), path.read_bytes())


def read_and_expected(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what reading a page gives, and what it should give."""
    return convert_reading(reader.read_page(load_page(path))), read_expectation(path)["reading"]


def convert_reading(reading: Reading) -> dict[str, Any]:
    """Return a reading as JSON has it, without what is empty and without the library's version.

    Digests have tests of their own (test_page_digest.py), and so has the end of a page (test_page_ends.py);
    the number is among the fields.
    """
    values: dict[str, Any] = json.loads(json.dumps(asdict(reading), default=str))
    if values["fields"] is not None:
        del values["fields"]["has_end"]
        for link in values["fields"]["links"]:
            if not link["embedded"]:
                del link["embedded"]
    del values["digest"], values["number"]
    short: dict[str, Any] = _drop_empty(values)
    return short


def _drop_empty(value: Any) -> Any:
    if isinstance(value, dict):
        short = {name: _drop_empty(item) for name, item in value.items()}
        return {name: item for name, item in short.items() if item not in (None, "", [], {})}
    if isinstance(value, list):
        return [_drop_empty(item) for item in value]
    return value.partition("+trafilatura")[0] if isinstance(value, str) else value
