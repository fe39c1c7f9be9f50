"""Headers that do not end cost little memory and end the answer."""
# mypy: disable-error-code="no-untyped-call"

import tracemalloc

import pytest
from scrapy.exceptions import DownloadFailedError
from scrapy.utils._download_handlers import wrap_twisted_exceptions
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.web._newclient import Request
from twisted.web.http_headers import Headers

from crawler.crawl.download_errors import explain_error
from crawler.politeness import header_limits
from crawler.politeness.header_limits import LimitedClientProtocol
from storage.models import Verdict

MEMORY_BYTES = 8 * 1024 * 1024
STATUS = b"HTTP/1.1 200 OK\r\n"


def connect() -> tuple[LimitedClientProtocol, list[object]]:
    """Return a connection on which a request was sent, and what comes of it."""
    results: list[object] = []
    protocol = LimitedClientProtocol(lambda one: None)
    protocol.makeConnection(StringTransport())
    headers = Headers({b"Host": [b"www.example.mil"]})
    protocol.request(Request(b"GET", b"/", headers, None)).addBoth(results.append)
    return protocol, results


def receive(protocol: LimitedClientProtocol, results: list[object], chunk: bytes, most: int) -> None:
    """Let chunks come in until the answer failed, or so many came."""
    transport = protocol.transport
    assert isinstance(transport, StringTransport)
    protocol.dataReceived(STATUS)
    for _ in range(most):
        if results or transport.disconnecting:
            break
        protocol.dataReceived(chunk)
    if transport.disconnecting:
        protocol.connectionLost(Failure(ConnectionError("closed")))


def explain(failure: object) -> tuple[Verdict, str]:
    assert isinstance(failure, Failure)
    with pytest.raises(DownloadFailedError) as caught, wrap_twisted_exceptions():
        failure.raiseException()
    return explain_error(caught.value)


@pytest.mark.parametrize(
    ("chunk", "said"),
    [(b"X-Made-Up: " + b"a" * 8000 + b"\r\n", "bytes of headers"), (b"A: b\r\n" * 100, "lines of headers")],
)
def test_endless_headers_end_the_answer_within_a_few_megabytes(chunk: bytes, said: str) -> None:
    protocol, results = connect()
    tracemalloc.start()
    try:
        receive(protocol, results, chunk, most=100_000)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    verdict, reason = explain(results[0])
    assert (verdict, said in reason) == (Verdict.TOO_LARGE, True)
    assert peak < MEMORY_BYTES


def test_headers_that_drip_end_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter(range(0, 10_000, 10))
    monkeypatch.setattr(header_limits, "monotonic", lambda: next(times))
    protocol, results = connect()
    receive(protocol, results, b"A: b\r\n", most=100)
    assert "did not end within 30 seconds" in explain(results[0])[1]


def test_a_long_body_is_no_header() -> None:
    protocol, results = connect()
    head = b"Content-Length: 900000\r\n\r\n"
    protocol.dataReceived(STATUS + b"X-Many: y\r\n" * 500 + head)
    protocol.dataReceived(b"line\n" * 100_000)
    (answer,) = results
    assert not isinstance(answer, Failure)
