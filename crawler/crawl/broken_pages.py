"""Pages that break off in their text: held until their run shows whether that is the site's way.

A page without its end, whose text is another than we know, is no edit: a connection was closed early, or
a cache holds half a page. Some sites never close their pages, though. So such a look waits until two siblings
of the same run lack the end as well; then it is read, else it is unreadable when the run is over. A first
look is read at once: it is provisional (`Fields.has_end`), and the first whole look sets a new baseline.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final

from crawler.parsing import page_ends, verdicts
from storage.diff import changes
from storage.models import Fields, Look, Role, Verdict

ENDLESS_SIBLINGS: Final = 2  # that lack the end too, before it is the site's way
MOST_HELD: Final = 50  # pages kept in memory

FindKnownText = Callable[[Look], Fields | None]  # what the posting of a look said at the look before


@dataclass(frozen=True, slots=True)
class HeldLook:
    """A look that waits, and the text that was known before it."""

    look: Look
    known: Fields


class BrokenPages:
    """The looks of one run at pages without their end."""

    def __init__(self, find_known_text: FindKnownText) -> None:
        self._find_known_text = find_known_text
        self._endless: dict[str, set[str]] = {}  # by site: postings whose page lacked the end
        self._held: list[HeldLook] = []

    @property
    def held_keys(self) -> frozenset[str]:
        """Return the keys of the postings whose looks wait."""
        return frozenset(one.look.address.key for one in self._held)

    def sort_look(self, look: Look) -> tuple[Look, ...]:
        """Return what can be saved now: the look, unless it must wait, and those that wait no more for it."""
        if not lacks_end(look):
            return (look,)
        site, key = look.address.site, look.address.key
        self._endless.setdefault(site, set()).add(key)
        known = self._find_known_text(look) if look.fields else None
        if known and look.fields and _may_break_off(known, look.fields):
            self._held.append(HeldLook(look, known))
            return self._release_looks(site)
        return (look, *self._release_looks(site))

    def release_rest(self) -> tuple[Look, ...]:
        """Return the looks that still wait, once the run has no more to look at: their pages break off."""
        held, self._held = self._held, []
        return tuple(_mark_broken(one.look) for one in held)

    def _is_way_of(self, site: str) -> bool:
        return len(self._endless.get(site, ())) > ENDLESS_SIBLINGS

    def _release_looks(self, site: str) -> tuple[Look, ...]:
        """Return the looks that wait no more; half of a text that was known whole is never the site's way."""
        if not self._is_way_of(site):
            return () if len(self._held) <= MOST_HELD else (_mark_broken(self._held.pop(0).look),)
        released = [one for one in self._held if one.look.address.site == site]
        self._held = [one for one in self._held if one.look.address.site != site]
        return tuple(_mark_broken(one.look) if _is_half(one) else one.look for one in released)


def lacks_end(look: Look) -> bool:
    """Return whether a look showed a release on a page that does not close what it opened."""
    page = look.page
    return (
        look.role is Role.ARTICLE
        and look.verdict is Verdict.LIVE
        and page is not None
        and page.status == HTTPStatus.OK
        and not page_ends.has_page_end(page.content)
    )


def _may_break_off(known: Fields, read: Fields) -> bool:
    """Return whether another text than we know may be a part of it, for want of its page's end."""
    if not changes.list_changes(known, read):
        return False
    return known.has_end or _is_cut(known, read) or _is_cut(read, known)


def _is_half(held: HeldLook) -> bool:
    return held.look.fields is not None and held.known.has_end and _is_cut(held.known, held.look.fields)


def _is_cut(whole: Fields, part: Fields) -> bool:
    """Return whether a body is the beginning of another and ends before it."""
    one, other = (changes.normalize_text(changes.format_body(each)) for each in (whole, part))
    return len(other) < len(one) and one.startswith(other)


def _mark_broken(look: Look) -> Look:
    return replace(
        look,
        verdict=Verdict.UNREADABLE,
        reason=verdicts.BREAKS_OFF,
        fields=None,
        article_digest=None,
        page_digest=None,
        found_address=None,
        validators=None,
        is_damaged=True,
    )
