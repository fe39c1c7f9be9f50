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


# One segment after the number at most, the slug; what could be a year is none: /news/2024/, /news/2024/05/.
ONE_SLUG: Final = r"/(?!(?:19|20)[0-9]{2}(?:/|$))([0-9]+)(?:/(?![0-9]{1,2}/?$)[^/]*)?/?$"

PATH_SHAPES: Final = (
    PathShape(
        frozenset(),
        re.compile(r"/article/([0-9]+)(?=\.aspx|/|$)", re.IGNORECASE),
        "AFPIMS: /News/Article/<number>/<slug>/; army.mil: /article/<number>/<slug> (address of its pages)",
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
