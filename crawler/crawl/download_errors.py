"""Why a download brought no usable answer: its errors, and their verdicts with one line of reason each."""

import re
import struct
import zlib

from scrapy import exceptions
from scrapy.exceptions import IgnoreRequest
from twisted.internet import error
from twisted.web.client import ResponseFailed

from storage.models import Verdict


class RobotsDeniedError(IgnoreRequest):
    """robots.txt does not let us fetch this address."""


class RobotsUnknownError(RobotsDeniedError):
    """What robots.txt allows is unknown: nothing of the host may be fetched."""


class PrivateAddressError(IgnoreRequest):
    """The host's name resolves to an address in a private network."""


class ApiKeyMissingError(IgnoreRequest):
    """The API wants a key, and there is none."""


class RunStoppedError(IgnoreRequest):
    """The run is over; this request was never sent."""


class HeadersTooLongError(Exception):
    """The headers of an answer are larger than allowed, or do not end."""


FAILURE = re.compile(r"\[?<twisted\.python\.failure\.Failure [\w.]+: ([^>]*)>\]?")  # as Twisted shows a cause
TLS_WORDS = re.compile(r"'([a-z][a-z ]{6,})'")  # "certificate verify failed"
LONG_HEADERS = re.compile(r"HeadersTooLongError: ([^>]*)>")  # as Twisted nests it
DECODING_ERRORS = (
    OSError,
    EOFError,
    struct.error,
    zlib.error,
)  # what decompression raises for a damaged body

EXPECTED_ERRORS: tuple[type[Exception], ...] = (
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
    *DECODING_ERRORS,
)


def explain_error(problem: Exception) -> tuple[Verdict, str]:
    """Return the verdict and the one-line reason of an expected failure; LookupError for any other."""
    if found := LONG_HEADERS.search(str(problem)):
        return Verdict.TOO_LARGE, found[1]
    for kind, verdict, reason in ERROR_VERDICTS:
        if isinstance(problem, kind):
            return verdict, reason or _format_problem(problem)
    if isinstance(problem, EXPECTED_ERRORS):
        return Verdict.UNREACHABLE, _format_problem(problem)
    raise LookupError(f"not an error of a download: {problem!r}")


ERROR_VERDICTS: tuple[tuple[type[Exception], Verdict, str], ...] = (
    (RobotsDeniedError, Verdict.ROBOTS_DENIED, ""),
    (PrivateAddressError, Verdict.UNREACHABLE, ""),
    (ApiKeyMissingError, Verdict.UNREACHABLE, ""),
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
    *(
        (kind, Verdict.UNREADABLE, "the body cannot be decoded as its headers say")
        for kind in DECODING_ERRORS
    ),
)


def _format_problem(problem: Exception) -> str:
    # Twisted nests the cause: [<twisted.python.failure.Failure OpenSSL.SSL.Error: [('SSL routines', ...)]>]
    text = " ".join(str(problem).split()) or type(problem).__name__
    if "VerificationError" in text:
        return "no secure connection: the certificate is another host's"
    if "certificate" in text or "SSL" in text:
        return f"no secure connection: {', '.join(TLS_WORDS.findall(text)) or text[:120]}"
    if "ConnectionLost" in text or "ConnectionDone" in text:
        return "the connection broke before an answer came"
    return FAILURE.sub(r"\1", text)[:200]
