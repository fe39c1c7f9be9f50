"""Conditional requests (RFC 9110, section 13): validators from an answer's headers, request headers. Pure."""

import re

from storage.models import Page, Validators

# What a server sends may be hostile, and is sent back to it: printable ASCII, far longer than any seen.
USABLE_VALUE = re.compile(r"[\x20-\x7e]{1,256}")


def find_validators(page: Page) -> Validators | None:
    """Return the validators of an answer as they came; None where it has no usable one."""
    etag, modified = _find_single_value(page, "etag"), _find_single_value(page, "last-modified")
    return Validators(etag, modified) if etag or modified else None


def build_conditional_headers(validators: Validators | None) -> dict[str, str]:
    """Return the request headers that ask for a page only if it has changed; none for None."""
    if validators is None:
        return {}
    headers = {"If-None-Match": validators.etag, "If-Modified-Since": validators.last_modified}
    return {name: value for name, value in headers.items() if value}


def _find_single_value(page: Page, name: str) -> str | None:
    """Return the usable value of a header; None where it is missing or stands there with two values."""
    values = {value.strip() for key, value in page.headers if key == name}
    (value,) = values if len(values) == 1 else ("",)
    return value if USABLE_VALUE.fullmatch(value) else None
