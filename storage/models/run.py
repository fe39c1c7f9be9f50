"""What a run of a crawl or an import was for, and how far it got."""

from enum import StrEnum


class RunKind(StrEnum):
    """What a run was for, as the table `runs` stores it."""

    CRAWL = "crawl"
    BACKFILL = "backfill"  # all pages of the listing
    SINCE = "since"  # the listing down to a day
    LOOKS = "looks"  # known postings alone
    SITEMAP = "sitemap"
    IMPORT = "import"  # looks taken from an archive


class RunState(StrEnum):
    """The state of a run, as the table `runs` stores it."""

    RUNNING = "running"
    OK = "ok"
    FAILED = "failed"  # at least one failure is on its record
    INTERRUPTED = "interrupted"  # somebody ended it, or its process died
    LIMITED = "limited"  # it stopped at the number of releases that was allowed

    @property
    def is_success(self) -> bool:
        """The run ended as it was meant to: ok or limited."""
        return self is RunState.OK or self is RunState.LIMITED
