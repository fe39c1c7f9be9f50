"""What an article costs in CPU time: parse and content hash, with trafilatura on the same pages beside it."""

import json
import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from bs4 import BeautifulSoup
from lxml.html import document_fromstring
from trafilatura import extract

from crawler.parsing import html, reader
from crawler.parsing.platforms import registry
from crawler.parsing.platforms.afpims import article
from storage.diff.changes import compute_content_hash
from storage.models import Fields, Page

PROJECT = Path(__file__).parents[1]
SHARED = Path(os.environ.get("MILWIRE_SHARED", PROJECT.parent / "shared"))
ARTICLES = frozenset({"article", "print"})
HEAVIEST_HOST = "www.war.gov"  # its contract announcements run to 8,000 words
ROUNDS = 15
LIMIT_MS = 3.0  # what we promise, as a mean over the corpus


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU milliseconds for one page, each the median of some rounds."""

    page: Page
    parse_ms: float  # article parse and content hash
    reading_ms: float  # the same with all that a crawl does before: refusals, kind, platform
    trafilatura_ms: float
    tree_ms: float  # lxml's tree of the same bytes, and nothing else
    soup_ms: float  # Beautiful Soup's tree of them


def corpus() -> tuple[str, list[Page]]:
    """Return where the article pages come from, and the pages: real ones where we have them."""
    manifest = SHARED / "corpus" / "manifest.jsonl"
    if not manifest.exists():
        return f"no corpus at {SHARED}: the made-up pages of tests/pages instead", _made_up()
    rows = [json.loads(line) for line in manifest.read_text(encoding="utf-8").splitlines()]
    pages = [
        Page(row["url"].split(" ")[0], 200, (), (manifest.parent / row["file"]).read_bytes())
        for row in rows
        if row["kind"] in ARTICLES
    ]
    return f"{len(pages)} real pages of {manifest.parent}", pages


def measure(pages: Sequence[Page], rounds: int = ROUNDS) -> list[Cost]:
    """Return what each page costs; the ways take turns, so that a busy machine slows all alike."""
    return [Cost(page, *_medians(page, WAYS, rounds)) for page in pages]


def report(rounds: int = ROUNDS) -> str:
    """Return the figures as a few lines for people; one line where there is no page to measure."""
    source, pages = corpus()
    if not pages:
        return f"extraction: {source}, but none is an article"
    costs = measure(pages, rounds)
    heavy = [cost for cost in costs if HEAVIEST_HOST in cost.page.url]
    return "\n".join(
        [
            f"extraction: {source}; CPU ms a page, median of {rounds} rounds",
            f"  baseline: trafilatura {version('trafilatura')}, extract() alone; our limit: {LIMIT_MS} ms",
            f"  {'':<22} {'parse + hash':>13} {'whole reading':>14} {'trafilatura':>12} {'ratio':>8}",
            _line("mean", costs),
            *_list_ratios(costs),
            *(_line(f"{HEAVIEST_HOST}, {len(cost.page.content) // 1000} kB", [cost]) for cost in heavy),
        ]
    )


def _made_up() -> list[Page]:
    found = []
    for beside in sorted((PROJECT / "tests" / "pages").glob("*/*.json")):
        path = next((path for path in beside.parent.glob(f"{beside.stem}.*") if path != beside), None)
        url = json.loads(beside.read_text(encoding="utf-8")).get("url")
        if path is not None and url:
            found.append(Page(url, 200, (), path.read_bytes()))
    return [page for page in found if _is_article(page)]


def _is_article(page: Page) -> bool:
    try:
        read = reader.read_page(page)
    except html.ParseError:
        return False
    return read.platform == article.NAME and read.fields is not None


def _parse(page: Page) -> None:
    _hash(registry.choose_platform(page).read_article(page))


def _whole_reading(page: Page) -> None:
    fields = reader.read_page(page).fields
    if fields is None:
        raise ValueError(f"{page.url}: not read as an article, so there is nothing to measure")
    _hash(fields)


def _hash(fields: Fields) -> None:
    compute_content_hash(fields.title, fields.paragraphs)


def _trafilatura(page: Page) -> None:
    extract(page.content, url=page.url, include_comments=False)


def _tree(page: Page) -> None:
    document_fromstring(page.content)


def _soup(page: Page) -> None:
    BeautifulSoup(page.content, "lxml")


WAYS = (_parse, _whole_reading, _trafilatura, _tree, _soup)  # in the order of the fields of `Cost`


def _list_ratios(costs: Sequence[Cost]) -> list[str]:
    """Return how many times as long as lxml's tree the ways take: median and worst decile of the pages."""
    names = {"whole reading": "reading_ms", "Beautiful Soup": "soup_ms", "trafilatura": "trafilatura_ms"}
    lines = []
    for name, field in names.items():
        ratios = sorted(getattr(cost, field) / cost.tree_ms for cost in costs)
        worst = ratios[int(0.9 * (len(ratios) - 1))]
        lines.append(
            f"  {name}, times lxml's tree: median {statistics.median(ratios):.1f}, worst decile {worst:.1f}"
        )
    return lines


def _medians(page: Page, ways: Sequence[Callable[[Page], None]], rounds: int) -> list[float]:
    for way in ways:
        way(page)
    taken = [[_cpu_ms(way, page) for way in ways] for _ in range(rounds)]
    return [statistics.median(times) for times in zip(*taken, strict=True)]


def _cpu_ms(way: Callable[[Page], None], page: Page) -> float:
    html.parse_tree.cache_clear()  # the readers of one page share its tree, but no two rounds do
    html.lower_content.cache_clear()
    begun = time.process_time_ns()
    way(page)
    return (time.process_time_ns() - begun) / 1e6


def _line(name: str, costs: Sequence[Cost]) -> str:
    parse = statistics.mean(cost.parse_ms for cost in costs)
    whole = statistics.mean(cost.reading_ms for cost in costs)
    theirs = statistics.mean(cost.trafilatura_ms for cost in costs)
    return f"  {name:<22} {parse:>13.2f} {whole:>14.2f} {theirs:>12.2f} {theirs / parse:>7.1f}x"
