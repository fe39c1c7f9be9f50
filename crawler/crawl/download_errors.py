"""Why no usable answer came: the errors of a download, as verdicts with one line each."""

import re
import struct
import zlib

from scrapy import exceptions
from scrapy.exceptions import IgnoreRequest
from twisted.internet import error
from twisted.web.client import ResponseFailed

from storage.models import Verdict


class RobotsDenied(IgnoreRequest):
    """robots.txt does not let us fetch this address."""


class RobotsUnknown(RobotsDenied):
    """Nobody can say what robots.txt allows: nothing of the host may be fetched."""


class PrivateAddress(IgnoreRequest):
    """The host's name leads into a private network."""


class Stopped(IgnoreRequest):
    """The run is over; this request was never sent."""


TLS_WORDS = re.compile(r"'([a-z][a-z ]{6,})'")  # "certificate verify failed"
UNDECODABLE = (
    OSError,
    EOFError,
    struct.error,
    zlib.error,
)  # what decompression raises for a body that is none

EXPECTED: tuple[type[Exception], ...] = (
    IgnoreRequest,
    exceptions.CannotResolveHostError,
    exceptions.DownloadCancelledError,
    exceptions.DownloadConnectionRefusedError,
    exceptions.DownloadFailedError,
    exceptions.DownloadTimeoutError,
    exceptions.ResponseDataLossError,
    exceptions.UnsupportedURLSchemeError,
    error.ConnectError,
    error.ConnectionClosed,
    ResponseFailed,
    *UNDECODABLE,
)


def explain(problem: Exception) -> tuple[Verdict, str]:
    """Return the verdict and the one-line reason of an expected failure; LookupError for any other."""
    for kind, verdict, reason in TABLE:
        if isinstance(problem, kind):
            return verdict, reason or _one_line(problem)
    if isinstance(problem, EXPECTED):
        return Verdict.UNREACHABLE, _one_line(problem)
    raise LookupError(f"not a failure of a download: {problem!r}")


TABLE: tuple[tuple[type[Exception], Verdict, str], ...] = (
    (RobotsDenied, Verdict.ROBOTS_DENIED, ""),
    (PrivateAddress, Verdict.UNREACHABLE, ""),
    (exceptions.DownloadCancelledError, Verdict.TOO_LARGE, "the body is larger than allowed (max_bytes)"),
    # Scrapy's decompression raises this one, for a body that grows beyond the limit.
    (IgnoreRequest, Verdict.TOO_LARGE, "the body is larger than allowed once decoded (max_bytes)"),
    (
        exceptions.DownloadTimeoutError,
        Verdict.UNREACHABLE,
        "no complete answer within the time limit (timeout_s)",
    ),
    (exceptions.CannotResolveHostError, Verdict.UNREACHABLE, "the host's name does not resolve"),
    (exceptions.DownloadConnectionRefusedError, Verdict.UNREACHABLE, "the connection was refused"),
    (exceptions.ResponseDataLossError, Verdict.UNREADABLE, "the answer broke off"),
    *((kind, Verdict.UNREADABLE, "the body cannot be decoded as its headers say") for kind in UNDECODABLE),
)


def _one_line(problem: Exception) -> str:
    # Twisted nests the cause: [<twisted.python.failure.Failure OpenSSL.SSL.Error: [('SSL routines', ...)]>]
    said = " ".join(str(problem).split()) or type(problem).__name__
    if "VerificationError" in said:
        return "no secure connection: the certificate is another host's"
    if "certificate" in said or "SSL" in said:
        return f"no secure connection: {', '.join(TLS_WORDS.findall(said)) or said[:120]}"
    if "ConnectionLost" in said or "ConnectionDone" in said:
        return "the connection broke before an answer came"
    return said[:200]
