"""Where a redirect leads, and whether we go there. Knows no network."""

from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from crawler.parsing import urls
from storage.models import Page

REDIRECTS = frozenset({301, 302, 303, 307, 308})
MAX_HOPS = 5


@dataclass(frozen=True, slots=True)
class Hop:
    """A redirect: its target as an absolute address, and why we do not follow it (empty: we do)."""

    url: str | None
    refused: str = ""
    wrong: bool = False  # not just a move to another site: a loop, a private address, no target


def hop(page: Page, hops: int) -> Hop | None:
    """Return where a page redirects to, or None where it does not; `hops` were followed before this one.

    Only addresses of the same site (host after the alias table) are followed, http and https alone.
    """
    if page.status not in REDIRECTS:
        return None
    location = next((value for name, value in page.headers if name == "location"), "").strip()
    if not location:
        return Hop(None, "a redirect without a target", wrong=True)
    try:
        target = urljoin(page.url, location)
        parts = urlsplit(target)
        same = urls.site(target) == urls.site(page.url)
    except ValueError as error:
        return Hop(location, f"a redirect to what is no web address ({error})", wrong=True)
    url = parts._replace(fragment="").geturl()
    if not same:
        if urls.is_private_name(parts.hostname or ""):
            return Hop(url, f"a redirect to a private address: {url}", wrong=True)
        return Hop(url, f"a redirect to another site: {url}")
    if hops >= MAX_HOPS:
        return Hop(url, f"more than {MAX_HOPS} redirects in a row, the last to {url}", wrong=True)
    return Hop(url)
