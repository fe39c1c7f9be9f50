"""Many known releases of a newsroom that are absent at once: a purge, or a site that broke."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class MassAbsence:
    """What is known of a mass absence between runs. A source has at most one."""

    since_at: datetime  # of the first absent look
    absent: int  # postings that belong to it
    known: int  # postings that were known and answered when it began
    reason: str = ""  # why its postings are suspected and not removed, one line
    counted_looks: int = 0  # runs whose lists and siblings bear out that the postings are gone
    counted_first_at: datetime | None = None
    counted_last_at: datetime | None = None
    is_removal_reported: bool = False
