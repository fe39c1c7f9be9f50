"""What a crawl requests: first, after each look, and last. Each strategy of a crawl implements this."""

from collections.abc import Iterable
from typing import Protocol

from crawler.crawl.response import Target, make_target
from storage.models import Look, Role


class Traversal(Protocol):
    """The way of one crawl through a site: targets out, looks in."""

    def list_first_targets(self) -> Iterable[Target]:
        """Return what to request first; to be called once, when the host's lease is held."""

    def follow_look(self, target: Target, look: Look) -> Iterable[Target]:
        """Return what to request because of a look at a target; the look is saved by then."""

    def list_last_targets(self) -> Iterable[Target]:
        """Return what to request once all is answered; to be called again then, until it is empty."""


class SinglePageTraversal:
    """Requests one page and nothing after it."""

    def __init__(self, url: str) -> None:
        self.url = url

    def list_first_targets(self) -> Iterable[Target]:
        """Return the page."""
        return (make_target(Role.LISTING, self.url),)

    def follow_look(self, target: Target, look: Look) -> Iterable[Target]:
        """Return nothing."""
        return ()

    def list_last_targets(self) -> Iterable[Target]:
        """Return nothing."""
        return ()
