"""Shapes of paths that carry the number of a story: by them a story is known under any headline.

A site's slug follows its headline, its number stays. Only shapes that were seen or are documented stand here:
other digits in a path may be a year, a day or a page, and say nothing of a story's identity.
"""

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class PathShape:
    """A shape of path in which a platform, or one host, writes a story's number."""

    hosts: frozenset[str]  # empty: on any host, the platform being in use on hundreds
    pattern: re.Pattern[str]  # group 1 is the number
    source: str  # of the fact

    def find_number(self, host: str, path: str) -> str | None:
        """Return the last number of this shape in a path, or None."""
        if self.hosts and host not in self.hosts:
            return None
        numbers = self.pattern.findall(path)
        return str(numbers[-1]) if numbers else None


NO_DAY: Final = r"(?!(?:19|20)[0-9]{2}/[01]?[0-9](?:/|$))"
NO_YEAR: Final = r"(?!(?:19|20)[0-9]{2}(?:/|$))"  # /news/2024/, /news/article/2024/05/06/slug
# One segment after the number at most, the slug.
ONE_SLUG: Final = rf"/{NO_YEAR}([0-9]+)(?:/(?![0-9]{{1,2}}/?$)[^/]*)?/?$"

PATH_SHAPES: Final = (
    PathShape(
        frozenset(),
        re.compile(rf"/(?:Article/{NO_DAY}|(?i:article)/{NO_YEAR})([0-9]+)(?=\.(?i:aspx)|/|$)"),
        "AFPIMS: /News/Article/<number>/<slug>/, written so; in small letters a year may stand there",
    ),
    PathShape(
        frozenset({"army.mil", "www.army.mil"}),
        re.compile(r"^/article/([0-9]+)(?=/|$)", re.IGNORECASE),
        "army.mil: /article/<number>/<slug> (address of its pages; those of 2007 have four digits)",
    ),
    PathShape(
        frozenset({"dvidshub.net", "www.dvidshub.net"}),
        re.compile(r"^/news" + ONE_SLUG, re.IGNORECASE),
        "a story's page of 2022, whose table repeats the number; images and videos have numbers of their own",
    ),
    PathShape(
        frozenset({"africom.mil", "www.africom.mil"}),
        re.compile(r"^/pressrelease" + ONE_SLUG, re.IGNORECASE),
        "/pressrelease/33093/slug on a page of 2020",
    ),
)


def find_story_number(host: str, path: str) -> str | None:
    """Return the number of a story that a path carries by a known shape, or None."""
    found = (shape.find_number(host.lower().rstrip("."), path) for shape in PATH_SHAPES)
    return next((number for number in found if number is not None), None)
