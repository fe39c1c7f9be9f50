"""Where a redirect leads, and whether we follow it. Pure."""

from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from crawler.parsing import urls, verdicts
from storage.models import Address, Hop, Look, Page

MAX_HOPS = 5
LONGEST_SHOWN = 500  # characters kept of a target that is no web address


@dataclass(frozen=True, slots=True)
class Redirect:
    """A redirect: its target as an absolute address, and why we do not follow it (empty: we do)."""

    url: str | None  # None: it names no target
    refusal_reason: str = ""
    is_faulty: bool = False  # a loop, a private address or no target, not just another site


def find_redirect(page: Page, hops: int) -> Redirect | None:
    """Return where a page redirects to, or None where it does not; `hops` were followed before this one.

    Only http and https addresses of the same site (host after the alias table) are followed; a bare name and
    its www name are one site where one redirects to the other.
    """
    if page.status not in verdicts.REDIRECT_STATUSES:
        return None
    location = next((value for name, value in page.headers if name == "location"), "").strip()
    if not location:
        return Redirect(None, "a redirect without a target", is_faulty=True)
    try:
        target = urls.resolve_url(location, page.url)
        parts = urlsplit(target)
        here = urls.find_site(page.url)
        same = urls.adopt_site(urls.parse_address(target), here).site == here
    except ValueError as error:
        return Redirect(location[:LONGEST_SHOWN], f"a redirect to no web address ({error})", is_faulty=True)
    if parts.username is not None or parts.password is not None:
        bare = parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment="").geturl()
        return Redirect(bare, f"a redirect with a name and password, to {bare}", is_faulty=True)
    url = parts._replace(fragment="").geturl()
    if not same:
        if urls.is_private_name(parts.hostname or ""):
            return Redirect(url, f"a redirect to a private address: {url}", is_faulty=True)
        return Redirect(url, f"a redirect to another site: {url}")
    if hops >= MAX_HOPS:
        return Redirect(url, f"more than {MAX_HOPS} redirects in a row, the last to {url}", is_faulty=True)
    return Redirect(url)


def add_hops(look: Look, page: Page, followed: tuple[Hop, ...]) -> Look:
    """Return a look with the redirects on its way: those followed, and its own answer, if that is one."""
    last = find_redirect(page, len(followed)) if look.verdict.is_absent else None
    own = (Hop(page, last.url, look.at),) if last and last.url else ()
    return replace(look, hops=(*followed, *own))


def parse_redirect_target(url: str | None) -> Address | None:
    """Return where a redirect leads, or None where that is not a web address."""
    try:
        return urls.parse_address(url) if url else None
    except ValueError:
        return None
