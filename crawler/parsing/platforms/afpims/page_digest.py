"""Whole AFPIMS pages that are as they were, but for what changes with each answer: known without a parse."""

import hashlib
import re
from dataclasses import replace

from crawler.parsing import urls
from crawler.parsing.html import ParseError
from crawler.parsing.platforms.afpims import article as afpims
from storage.models import Page

# Cache numbers of assets, and the hidden fields of WebForms. No character of such a value can end an
# attribute, a tag or a comment, so that a page is the same tree whatever stands there. The length is bounded
# by far less than what makes lxml give up.
CHANGING = (
    re.compile(rb"(\?cdv=)[0-9]{1,40}"),
    re.compile(rb"(\?ver=)[0-9A-Za-z%_-]{1,200}"),
    re.compile(rb'(<input type="hidden" name="__\w{1,40}" id="__\w{1,40}" value=")[0-9A-Za-z+/=]{1,1000000}'),
)
TAKEN_OUT = rb"\1~"  # no value has a ~: where one takes part in a digest, taking it out shows


def digest_page(page: Page) -> str | None:
    """Return what names a page but for what changes with each answer; None where it is not UTF-8."""
    content = _mask_changing_values(page)
    if content is None:
        return None
    types = [value for name, value in page.headers if name == "content-type"]
    said = "\n".join((afpims.PARSER, page.url, *types, "")).encode("utf-8", "surrogatepass")
    return f"sha256:{hashlib.sha256(said + content).hexdigest()}"


def identifies_article(page: Page, article: str) -> bool:
    """Tell whether a page with the digest of this one has the digest of its article too.

    It has where the article is the same one without the changing values. They may stand anywhere: in the
    address of a picture, say, which is a field. And it must have the number of its address.
    """
    content = _mask_changing_values(page)
    settled = replace(page, content=content or b"")
    try:
        if content is None or not afpims.is_article(settled):
            return False
        found = afpims.find_article(settled)
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
    for changing in CHANGING:
        content = changing.sub(TAKEN_OUT, content)
    return content
