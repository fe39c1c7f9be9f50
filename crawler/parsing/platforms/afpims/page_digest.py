"""Digests of whole AFPIMS pages without what changes with each answer: an unchanged page needs no parsing."""

import hashlib
import re
from dataclasses import replace

from crawler.parsing import urls
from crawler.parsing.html import ParseError
from crawler.parsing.platforms.afpims import article as afpims
from storage.models import Page

# Cache numbers of assets, and the hidden fields of WebForms. No character of such a value can end an
# attribute, a tag or a comment, so the page has the same tree whatever the value is. The lengths are far
# below the limit at which lxml gives up.
CHANGING_VALUES = (
    re.compile(rb"(\?cdv=)[0-9]{1,40}"),
    re.compile(rb"(\?ver=)[0-9A-Za-z%_-]{1,200}"),
    re.compile(rb'(<input type="hidden" name="__\w{1,40}" id="__\w{1,40}" value=")[0-9A-Za-z+/=]{1,1000000}'),
)
MASK = rb"\1~"  # no value has a ~, so a masked value that takes part in an article's digest changes it


def digest_page(page: Page) -> str | None:
    """Return the digest of a page without what changes with each answer; None where it is not UTF-8."""
    content = _mask_changing_values(page)
    if content is None:
        return None
    types = [value for name, value in page.headers if name == "content-type"]
    context = "\n".join((afpims.PARSER, page.url, *types, "")).encode("utf-8", "surrogatepass")
    return f"sha256:{hashlib.sha256(context + content).hexdigest()}"


def identifies_article(page: Page, article: str) -> bool:
    """Return whether every page with this page's digest has this article, by the article's digest.

    That is so where the article has the same digest with the changing values masked (they may stand in a
    field, such as the address of a picture), and where it has the number of its address.
    """
    content = _mask_changing_values(page)
    masked = replace(page, content=content or b"")
    try:
        if content is None or not afpims.is_article(masked):
            return False
        found = afpims.find_article(masked)
        return afpims.digest_article(found) == article and afpims.read_number(
            found
        ) == urls.find_article_number(page.url)
    except ParseError:
        return False


def _mask_changing_values(page: Page) -> bytes | None:
    content = page.content
    try:
        content.decode()  # in other encodings, these bytes may be other characters
    except UnicodeDecodeError:
        return None
    for changing in CHANGING_VALUES:
        content = changing.sub(MASK, content)
    return content
