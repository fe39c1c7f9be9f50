"""The platforms that we can read, and which of them made a page."""

from typing import cast

from crawler.parsing.platforms import DigestingPlatform, Platform, afpims, army, dvids, generic
from storage.models import Page

# The first that the catalogue names for a host, or that recognizes the page, reads it. The last one is the
# fallback: it takes every page that the others leave.
PLATFORMS: tuple[Platform, ...] = (dvids, afpims, army, generic)


def choose_platform(page: Page, hint: str | None = None) -> Platform:
    """Return the platform that reads a page; `hint` is the one that the catalogue names for its host."""
    candidates = PLATFORMS[:-1]
    return next((each for each in candidates if hint == each.NAME or each.recognizes(page)), PLATFORMS[-1])


def find_platform(name: str) -> Platform | None:
    """Return the platform with this name, or None where we have no reader for it."""
    return next((each for each in PLATFORMS if name == each.NAME), None)


def has_reader(name: str) -> bool:
    """Return whether a platform has a reader of its own, other than the fallback."""
    return any(name == each.NAME for each in PLATFORMS[:-1])


def find_digesting(platform: Platform) -> DigestingPlatform | None:
    """Return a platform that recognizes unchanged articles by a digest as such, or None for any other."""
    # One name and a cast: isinstance with the whole protocol takes 0.1 ms, as long as recognizing a page.
    return cast("DigestingPlatform", platform) if hasattr(platform, "read_if_changed") else None


def is_fallback(platform: Platform) -> bool:
    """Return whether a platform is the one for pages that no other recognizes."""
    return platform is PLATFORMS[-1]
