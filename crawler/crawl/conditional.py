"""Asking by what a server gave before (RFC 9110, section 13): headers in, headers out. Pure."""

import re

from storage.models import Page, Validators

# What a server sends is hostile, and goes back to it: printable ASCII, no longer than any seen by far.
USABLE = re.compile(r"[\x20-\x7e]{1,256}")


def given(page: Page) -> Validators | None:
    """Return what a server gave to ask by, as it came; None where it gave nothing usable."""
    etag, modified = _one(page, "etag"), _one(page, "last-modified")
    return Validators(etag, modified) if etag or modified else None


def headers(validators: Validators | None) -> dict[str, str]:
    """Return the request headers that ask whether a page is as it was; none for None."""
    if validators is None:
        return {}
    asked = {"If-None-Match": validators.etag, "If-Modified-Since": validators.last_modified}
    return {name: value for name, value in asked.items() if value}


def _one(page: Page, name: str) -> str | None:
    """Return the one usable value of a header; two that differ are none."""
    values = {value.strip() for key, value in page.headers if key == name}
    (value,) = values if len(values) == 1 else ("",)
    return value if USABLE.fullmatch(value) else None
