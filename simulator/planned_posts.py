"""Stories on their way to a page: where each will stand, and which share a number or are one release."""

from dataclasses import dataclass
from datetime import date, datetime

from simulator import stories
from storage.models import Fields


@dataclass(frozen=True, slots=True)
class PlannedPost:
    """A story for one section of one site."""

    site: str
    section: str
    fields: Fields
    at: datetime
    story: str | None = None  # planned with the same story are one release; None = on its own
    shares_number: str | None = None  # planned with the same key get the same article number
    label: str | None = None


def plan_post(site: str, section: str, on: date, fields: Fields, minutes: int = 0) -> PlannedPost:
    """Return a draft for a day of its own."""
    return PlannedPost(site, section, fields, stories.afternoon(on, minutes))
