"""How large everything is: the process, the database table by table, the captures beside it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from storage.archive.writer import get_archive_folder
from storage.store import Store

Tables = Mapping[str, tuple[int, int]]  # bytes and rows of each
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Sample:
    """How large everything was at the end of a day; requests and visits so far."""

    day: int
    real_s: float
    rss_mb: float
    requests: int
    visits: int
    database_mb: float
    captures_mb: float


def take_sample(store: Store, day: int, real_s: float, requests: int, visits: int) -> Sample:
    """Return how large everything is."""
    pages, size = (store.db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
    captures = sum(file.stat().st_size for file in get_archive_folder(store.path).glob("*"))
    return Sample(day, real_s, rss_bytes() / MB, requests, visits, pages * size / MB, captures / MB)


def rss_bytes() -> int:
    """Return the resident memory of this process."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE_BYTES


def measure_tables(store: Store) -> Tables:
    """Return the bytes and the rows of each table, its indexes counted with it, the largest first."""
    of = dict(store.db.execute("SELECT name, tbl_name FROM sqlite_schema").fetchall())
    found: dict[str, int] = {}
    for name, size in store.db.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name"):
        table = of.get(name, name)
        found[table] = found.get(table, 0) + size
    return {
        name: (size, store.db.execute(f"SELECT count(*) FROM [{name}]").fetchone()[0])
        for name, size in sorted(found.items(), key=lambda one: -one[1])
    }
