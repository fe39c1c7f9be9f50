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


def cases(folder: str) -> list[Path]:
    return sorted(path for path in (PAGES / folder).iterdir() if path.suffix != ".json")


def said(read: Reading) -> dict[str, Any]:  # an expectation is free-form JSON
    """Return a reading as JSON would have it, without what is empty and without the library's version.

    The digest has tests of its own (test_recognising.py), and the number is among the fields.
    """
    plain: dict[str, Any] = json.loads(json.dumps(asdict(read), default=str))
    told = {name: value for name, value in plain.items() if name not in ("digest", "number")}
    return {name: kept for name, value in told.items() if (kept := _kept(value)) not in (None, "", [], {})}


def read_and_expected(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what reading a page says, and what it should."""
    beside = path.with_suffix(".json")
    if not beside.exists():
        page = Page("https://www.lighthouse.mil/News/", 200, (), path.read_bytes())
        told = {"url": page.url, "obtained": "made up", "reading": said(reader.read_page(page))}
        beside.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        raise AssertionError(f"{beside} was written: read it, correct it, commit it")
    case = json.loads(beside.read_text(encoding="utf-8"))
    page = Page(case["url"], case.get("status", 200), (), path.read_bytes())
    return said(reader.read_page(page)), case["reading"]


def _kept(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: kept for name, item in value.items() if (kept := _kept(item)) not in (None, "", [], {})}
    if isinstance(value, list):
        return [_kept(item) for item in value]
    return value.partition("+trafilatura")[0] if isinstance(value, str) else value
