"""Each error of a download has a verdict and one line of reason."""

import pytest
from scrapy import exceptions
from scrapy.exceptions import IgnoreRequest

from crawler.crawl import download_errors
from storage.models import Verdict


@pytest.mark.parametrize(
    ("problem", "verdict"),
    [
        (download_errors.RobotsDeniedError("no"), Verdict.ROBOTS_DENIED),
        (download_errors.PrivateAddressError("no"), Verdict.UNREACHABLE),
        (exceptions.DownloadCancelledError("too big"), Verdict.TOO_LARGE),
        (IgnoreRequest("exceeded DOWNLOAD_MAXSIZE during decompression"), Verdict.TOO_LARGE),
        (exceptions.DownloadTimeoutError("60 s"), Verdict.UNREACHABLE),
        (exceptions.CannotResolveHostError("?"), Verdict.UNREACHABLE),
        (exceptions.DownloadConnectionRefusedError("x"), Verdict.UNREACHABLE),
        (exceptions.DownloadFailedError("ConnectionLost"), Verdict.UNREACHABLE),
        (OSError("Not a gzipped file"), Verdict.UNREADABLE),
        (EOFError("short"), Verdict.UNREADABLE),
    ],
)
def test_a_failed_download_is_a_verdict_with_one_line(problem: Exception, verdict: Verdict) -> None:
    found, reason = download_errors.explain_error(problem)
    assert found is verdict
    assert reason
    assert "\n" not in reason


def test_an_error_of_our_own_is_not_explained_away() -> None:
    with pytest.raises(LookupError):
        download_errors.explain_error(TypeError("a bug"))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "[<Failure OpenSSL.SSL.Error: [('SSL routines', '', 'certificate verify failed')]>]",
            "certificate verify failed",
        ),
        ("VerificationError(errors=[DNSMismatch(mismatched_id=DNS_ID(b'a.mil'))])", "another host's"),
        (
            "[<Failure twisted.internet.error.ConnectionLost: Connection lost.>]",
            "broke before an answer came",
        ),
    ],
)
def test_what_twisted_nests_is_one_plain_line(text: str, wanted: str) -> None:
    verdict, reason = download_errors.explain_error(exceptions.DownloadFailedError(text))
    assert verdict is Verdict.UNREACHABLE
    assert wanted in reason
    assert "Failure" not in reason


def test_a_long_or_wordless_error_is_one_short_line() -> None:
    assert download_errors.explain_error(exceptions.DownloadFailedError("x\n" * 500))[1].count("x") == 100
    assert download_errors.explain_error(exceptions.DownloadFailedError())[1] == "DownloadFailedError"
