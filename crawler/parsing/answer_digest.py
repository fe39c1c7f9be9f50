"""What an answer without an article shows, as a digest: two error pages are compared by it. Pure."""

import hashlib
from collections.abc import Iterable

from crawler.parsing import html
from crawler.parsing.html import ParseError
from storage.models import Page


def digest_answer(page: Page) -> str | None:
    """Return "sha256:<hex>" of the words that a page shows; None where it is no markup.

    Words with a digit or a slash are left out: times, incident numbers, and the address that was asked for,
    which error pages like to repeat.
    """
    if not page.content.strip():
        return _digest_words(())
    try:
        shown = html.read_text(html.parse_tree(page))
    except ParseError:
        return None
    words = shown.casefold().split()
    return _digest_words(one for one in words if "/" not in one and not any(map(str.isdigit, one)))


def _digest_words(words: Iterable[str]) -> str:
    return f"sha256:{hashlib.sha256(' '.join(words).encode()).hexdigest()}"
