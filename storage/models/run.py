"""How far a run of a crawl or an import got."""

from enum import StrEnum


class RunState(StrEnum):
    """The state of a run, as the table `runs` stores it."""

    RUNNING = "running"
    OK = "ok"
    FAILED = "failed"  # at least one failure is on its record
    INTERRUPTED = "interrupted"  # somebody ended it, or its process died
    LIMITED = "limited"  # it stopped at the number of releases that was allowed
