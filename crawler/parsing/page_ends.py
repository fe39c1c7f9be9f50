"""Whether a page came to its end, as its own markup shows. Pure.

A length that the server announced proves little: caches announce the length of the half they hold, and
servers that of the page before it was packed. A page that opened `<html>` or `<body>` and closed neither
breaks off, unless its site never closes them (`crawler.crawl.broken_pages` decides that).
"""

import re
from typing import Final

OPENED_PAGE: Final = re.compile(rb"<(?:html|body)[\s>]", re.IGNORECASE)
CLOSED_PAGE: Final = re.compile(rb"</(?:html|body)\s*>", re.IGNORECASE)
XML_END: Final = re.compile(rb"</(?:[a-z]+:)?(?:rss|feed|rdf|urlset|sitemapindex)\s*>", re.IGNORECASE)
HIDDEN_PART: Final = re.compile(
    rb"<!--.*?(?:-->|\Z)|<(script|style|noscript|iframe)\b.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL
)
ANY_TAG: Final = re.compile(rb"<[^<>]*>?")
END_BYTES: Final = 65_536  # how far from its end a complete page closes


def has_page_end(content: bytes) -> bool:
    """Return whether a page closes what it opened, and no text follows.

    Pasted documents leave `</body></html>` in the middle of a text. What opens neither is asked for no end.
    """
    if b"\0" in content[:4]:  # UTF-16 shows its tags without NUL
        content = content.replace(b"\0", b"")
    tail = content[-END_BYTES:]
    ends = [found.end() for found in CLOSED_PAGE.finditer(tail)]
    if not ends:
        return OPENED_PAGE.search(content) is None
    behind = ANY_TAG.sub(b"", HIDDEN_PART.sub(b"", tail[ends[-1] :])).replace(b"&nbsp;", b"")
    return not behind.strip(b" \t\r\n\f\0")


def closes_page(content: bytes) -> bool:
    """Return whether `</html>` or `</body>` stands near the end of a page."""
    return CLOSED_PAGE.search(content[-END_BYTES:]) is not None


def shows_own_end(content: bytes) -> bool:
    """Return whether a page, a feed or a site map closes what it began: it is whole at whatever length."""
    is_feed = XML_END.search(content[-END_BYTES:]) is not None
    return is_feed or (closes_page(content) and has_page_end(content))
