"""The key of the DVIDS API: it exists in the environment and on the wire, and nowhere else.

It goes into a request as its bytes are written, so no address that we log, print, store or follow has it, and
only to the scheme, host and port of the configured address (`dvids_api`), which a redirect cannot change. An
answer that repeats it is cleaned before anything reads it.
"""

# Much of Twisted has no types.
# mypy: disable-error-code="no-untyped-call"

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadFailedError
from scrapy.http import Response
from twisted.web import _newclient

from crawler.config import DVIDS_API, DVIDS_KEY_VARIABLE
from crawler.crawl.download_errors import ApiKeyMissingError
from crawler.politeness.header_limits import (
    LimitedClientFactory,
    LimitedClientProtocol,
    LimitedDownloadHandler,
)

PARAMETER: Final = b"api_key="
PATHS: Final = re.compile(r"/(?:search|asset)/?", re.IGNORECASE)
MASK: Final = b"KEY"
MIN_KEY_LENGTH: Final = 8  # a shorter word would be masked wherever it stands; theirs have 17 characters


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key, and the address of the API that it belongs to."""

    base_url: str
    secret: str = field(repr=False)

    def belongs_to(self, url: str | bytes) -> bool:
        """Return whether an address is one of the API's that want the key; never raises."""
        try:
            asked = urlsplit(url.decode("latin-1") if isinstance(url, bytes) else url)
            base = urlsplit(self.base_url)
            is_same = (asked.scheme, asked.hostname, asked.port) == (base.scheme, base.hostname, base.port)
        except ValueError:
            return False
        prefix = base.path.rstrip("/")
        rest = asked.path.removeprefix(prefix)
        return is_same and asked.path.startswith(prefix) and PATHS.fullmatch(rest) is not None

    def sign(self, target: bytes) -> bytes:
        """Return a request's target with the key."""
        joint = b"&" if b"?" in target else b"?"
        return target + joint + PARAMETER + quote(self.secret, safe="").encode()

    def mask(self, content: bytes) -> bytes:
        """Return bytes of an answer without the key, as it is or percent-encoded."""
        for written in {self.secret, quote(self.secret, safe=""), quote(self.secret)} - {""}:
            content = content.replace(written.encode(), MASK)
        return content


def load_api_key(base_url: str, env: Mapping[str, str]) -> ApiKey:
    """Return the key of the environment; an unusable one counts as none."""
    secret = env.get(DVIDS_KEY_VARIABLE, "").strip()
    is_usable = secret.isascii() and secret.isprintable() and len(secret) >= MIN_KEY_LENGTH
    return ApiKey(base_url, secret if is_usable else "")


class KeyedClientProtocol(LimitedClientProtocol):
    """A connection that adds the key to requests for the API as they are written."""

    key: ApiKey

    def request(self, request: Any) -> Any:  # Twisted's types are private
        """Send a request; one for the API with the key, which asks for a body that is not packed."""
        if request.absoluteURI and self.key.secret and self.key.belongs_to(request.absoluteURI):
            headers = request.headers.copy()
            headers.setRawHeaders(b"Accept-Encoding", [b"identity"])
            request = _newclient.Request._construct(
                request.method,
                self.key.sign(request.uri),
                headers,
                request.bodyProducer,
                request.persistent,
                request._parsedURI,
            )
        return super().request(request)


class KeyedDownloadHandler(LimitedDownloadHandler):
    """The handler of http and https, which knows the key of the DVIDS API."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._key = key = load_api_key(crawler.settings.get("MILWIRE_DVIDS_API") or DVIDS_API, os.environ)

        class Factory(LimitedClientFactory):
            def buildProtocol(self, addr: object) -> KeyedClientProtocol:  # noqa: N802  # Twisted's name
                """Return a connection."""
                protocol = KeyedClientProtocol(self._quiescentCallback)
                protocol.key = key
                return protocol

        self._pool._factory = Factory

    async def download_request(self, request: Request) -> Response:
        """Return the answer, without the key. ApiKeyMissingError where the API is asked and there is none."""
        if not self._key.belongs_to(request.url):
            return await super().download_request(request)
        if not self._key.secret:
            raise ApiKeyMissingError(f"the DVIDS API wants a key: set {DVIDS_KEY_VARIABLE}")
        answer = await super().download_request(request)
        if answer.headers.get("Content-Encoding"):
            raise DownloadFailedError("the API packed its answer, though it was asked not to")
        headers = {
            name: [self._key.mask(value) for value in values] for name, values in answer.headers.items()
        }
        return answer.replace(body=self._key.mask(answer.body), headers=headers)
