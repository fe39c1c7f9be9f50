"""Limits on the headers of an answer: how many bytes and lines may come before its body, and for how long.

Twisted collects headers without a limit; a server that never ends them took 700 MB in 18 seconds. Scrapy's
own limit (`DOWNLOAD_MAXSIZE`) begins with the body.
"""
# Much of Twisted has no types.
# mypy: disable-error-code="no-untyped-call"

from time import monotonic
from typing import Any, Final

from scrapy.core.downloader.handlers import http11
from scrapy.crawler import Crawler
from twisted.internet.interfaces import IAddress
from twisted.python.failure import Failure
from twisted.web._newclient import BODY

from crawler.crawl.download_errors import HeadersTooLongError

MAX_HEADER_BYTES: Final = 256 * 1024  # browsers and proxies allow 8 to 256 KB
MAX_HEADER_LINES: Final = 1000
MAX_HEADER_S: Final = 30.0  # from the first byte of an answer to its body


class LimitedClientProtocol(http11._LenientHTTP11ClientProtocol):
    """A connection that gives up on an answer whose headers do not end."""

    _header_bytes = 0
    _header_lines = 0
    _header_since: float | None = None

    def request(self, request: Any) -> Any:  # Twisted's types are private
        """Send a request; the counts begin anew."""
        self._header_bytes, self._header_lines, self._header_since = 0, 0, None
        return super().request(request)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802  # Twisted's name
        """Pass data on; give up where the headers still go on beyond a limit."""
        super().dataReceived(data)
        if self._parser is None or self._parser.state == BODY:
            return
        if self._header_since is None:
            self._header_since = monotonic()
        self._header_bytes += len(data)
        self._header_lines += data.count(b"\n")
        if reason := self._explain_excess():
            self._giveUp(Failure(HeadersTooLongError(reason)))

    def _explain_excess(self) -> str:
        if self._header_bytes > MAX_HEADER_BYTES:
            return f"more than {MAX_HEADER_BYTES} bytes of headers"
        if self._header_lines > MAX_HEADER_LINES:
            return f"more than {MAX_HEADER_LINES} lines of headers"
        if self._header_since is not None and monotonic() - self._header_since > MAX_HEADER_S:
            return f"headers that did not end within {MAX_HEADER_S:g} seconds"
        return ""


class LimitedClientFactory(http11._LenientHTTP11ClientFactory):
    """Makes such connections."""

    def buildProtocol(self, addr: IAddress | None) -> LimitedClientProtocol:  # noqa: N802  # Twisted's name
        """Return a connection."""
        return LimitedClientProtocol(self._quiescentCallback)


class LimitedDownloadHandler(http11.HTTP11DownloadHandler):
    """Scrapy's handler of http and https, with limits on headers."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._pool._factory = LimitedClientFactory
