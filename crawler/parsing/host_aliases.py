"""Hosts that are one site: former names with the date of the change, staging names that leak into links."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Alias:
    """A host that stands for another; `since_on` is the day the other name came into use, where known."""

    host: str
    stands_for: str
    since_on: date | None = None
    staging: bool = False  # never reachable from outside: links are rewritten, not only counted as one site


# defense.gov became war.gov in September 2025 with the same article numbers; dod.defense.gov was the "Legacy
# Homepage" of 2016 to 2018. The staging names were met in public links; a scraper rewrites saj so too.
ALIASES = (
    Alias("defense.gov", "www.war.gov", date(2025, 9, 1)),
    Alias("www.defense.gov", "www.war.gov", date(2025, 9, 1)),
    Alias("dod.defense.gov", "www.war.gov"),
    Alias("war.gov", "www.war.gov"),
    Alias("saj.usace.afpims.mil", "www.saj.usace.army.mil", staging=True),
    Alias("aviano.usaf.afpims.mil", "www.aviano.af.mil", staging=True),
    Alias("mynavyhr.navy.afpims.mil", "www.mynavyhr.navy.mil", staging=True),
)

SITES = {alias.host: alias.stands_for for alias in ALIASES}
STAGING = {alias.host: alias.stands_for for alias in ALIASES if alias.staging}
