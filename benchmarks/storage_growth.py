"""What a database costs as it grows: bytes, ingest, edits, search and pages, at several sizes.

    python -m benchmarks.storage_growth FOLDER [POSTINGS ...] [--json FILE]

Archives are made by `benchmarks.large_archive` where FOLDER has none. Times are CPU times, medians over many
calls in one process, so that the start of a process is not in them; work is counted in steps of SQLite's
virtual machine, which are the same on every machine. Searches are those of `benchmarks/search_queries.txt`.
"""

import argparse
import asyncio
import json
import shutil
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Final

from datasette.app import Datasette

from benchmarks.large_archive import SIZES, make_archive
from benchmarks.made_releases import LAST_DAY, SOURCES, edit_fields, make_looks, make_posting
from storage.browse import make_datasette
from storage.queries import asof, events, history, releases, search, status
from storage.queries.filters import Filter
from storage.store import Store

QUERIES: Final = Path(__file__).with_name("search_queries.txt")
STEP: Final = 100  # of SQLite's virtual machine, between two counts
ROUNDS: Final = 15


@dataclass(frozen=True, slots=True)
class Cost:
    """What one thing costs at one size."""

    name: str
    median_ms: float
    p95_ms: float
    steps: int  # median


def main() -> None:
    """Measure the sizes that the command line names, and print and save the rows."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("sizes", type=int, nargs="*", default=SIZES)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    paths = {size: make_archive(given.folder / f"{size}.db", size) for size in given.sizes}
    found = {size: measure_archive(path, size) for size, path in paths.items()}
    print(format_report(found))
    if given.json:
        rows = {size: list(map(asdict, costs.values())) for size, costs in found.items()}
        given.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def measure_archive(path: Path, size: int) -> dict[str, Cost]:
    """Return the costs by name; writes go to a copy."""
    with closing(Store.open(path, read_only=True)) as store:
        rows = [*measure_reads(store, size), measure_searches(store)]
    rows.extend(measure_pages(path, size))
    copy = path.with_name("copy.db")
    shutil.copy(path, copy)
    with closing(Store.open(copy)) as store:
        rows.extend(measure_writes(store, size))
    copy.unlink()
    rows.append(Cost("kB a posting", path.stat().st_size / size / 1000, 0, 0))
    return {row.name: row for row in rows}


def measure_reads(store: Store, size: int) -> list[Cost]:
    """Return what the commands ask of a database."""
    large = SOURCES[0]
    asked = {
        "show": lambda n: history.read_history(store, 1 + n * 7919 % (size * 9 // 10)),
        "events": lambda _: list(events.list_events(store, Filter(limit=30))),
        "newest": lambda _: list(releases.list_releases(store, Filter(limit=15))),
        "asof": lambda _: asof.read_as_of(store, large, LAST_DAY),
        "status": lambda _: status.read_status(store),
    }
    return [measure_calls(name, store, call, ROUNDS) for name, call in asked.items()]


def measure_searches(store: Store) -> Cost:
    """Return what a search costs, over the committed queries."""
    queries = [line for line in QUERIES.read_text(encoding="utf-8").splitlines() if line]
    return measure_calls("search", store, lambda n: search.search_releases(store, queries[n]), len(queries))


def measure_writes(store: Store, size: int) -> list[Cost]:
    """Return what it costs to save a new release, and to judge an edit of one."""
    new = [make_posting(size + 30 + n) for n in range(ROUNDS) if (size + 30 + n) % 25 != 24]
    old = [make_posting(size - 3000 + 5 * n + 1) for n in range(ROUNDS)]

    def save_new(number: int) -> None:
        store.save_look(make_looks(new[number])[0])

    def judge_edit(number: int) -> None:
        made = old[number]
        later = replace(make_looks(made)[-1], at=LAST_DAY + timedelta(hours=number))
        text = edit_fields(made.newest, Random(number))
        run = store.start_run(made.source, "looks", later.at)
        store.save_look(replace(later, fields=text, run_id=run, article_digest="sha256:other"))
        store.detect_changes(made.source)

    return [
        measure_calls("release", store, save_new, len(new)),
        measure_calls("edit", store, judge_edit, len(old)),
    ]


def measure_pages(path: Path, size: int) -> list[Cost]:
    """Return what pages of the browser cost, as Datasette answers them."""
    pages = {
        "home page": "/",
        "release page": f"/milwire/releases/{size // 2}",
        "edits page": "/milwire/edited",
        "search page": "/milwire/search?words=training+exercise",
        "releases table": "/milwire/releases",
        "revisions table": "/milwire/revisions",
    }
    return asyncio.run(_measure_pages(path, pages))


async def _measure_pages(path: Path, pages: dict[str, str]) -> list[Cost]:
    app = make_datasette(path)
    return [await _measure_page(app, name, url) for name, url in pages.items()]


async def _measure_page(app: Datasette, name: str, url: str) -> Cost:
    times = []
    for _ in range(5):
        began = time.process_time()
        answer = await app.client.get(url)
        times.append((time.process_time() - began) * 1000)
        assert answer.status_code == 200, (url, answer.status_code)
    return Cost(name, statistics.median(times), max(times), 0)


def measure_calls(name: str, store: Store, call: Callable[[int], object], rounds: int) -> Cost:
    """Return the cost of a call, each round with its number."""
    times: list[float] = []
    steps = [
        count_steps(store, lambda number=number: times.append(_time_call(call, number)))  # type: ignore[misc]
        for number in range(rounds)
    ]
    return Cost(name, statistics.median(times), _find_percentile(times, 95), int(statistics.median(steps)))


def count_steps(store: Store, call: Callable[[], object]) -> int:
    """Return how many steps SQLite's virtual machine takes in a call, in hundreds rounded down."""
    count = 0

    def add() -> int:
        nonlocal count
        count += STEP
        return 0

    store.db.conn.set_progress_handler(add, STEP)
    call()
    store.db.conn.set_progress_handler(None, 0)
    return count


def _time_call(call: Callable[[int], object], number: int) -> float:
    began = time.process_time()
    call(number)
    return (time.process_time() - began) * 1000


def _find_percentile(times: Sequence[float], percent: int) -> float:
    return sorted(times)[min(len(times) - 1, len(times) * percent // 100)]


def format_report(found: dict[int, dict[str, Cost]]) -> str:
    """Return the rows as a table, with the growth from the smallest to the largest size."""
    sizes = list(found)
    lines = [f"{'':<16}" + "".join(f"{size:>24,}" for size in sizes) + f"{'growth':>9}"]
    for name, first in found[sizes[0]].items():
        costs = [found[size][name] for size in sizes]
        cells = "".join(f"{cost.median_ms:>10.1f} p95 {cost.p95_ms:>9.1f}" for cost in costs)
        growth = costs[-1].steps / first.steps if first.steps else costs[-1].median_ms / first.median_ms
        unit = " of steps" if first.steps else ""
        lines.append(f"{name:<16}{cells}{growth:>9.2f}{unit}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
