"""Whether a page came to its end, as its own markup shows."""

import pytest

from crawler.parsing.page_ends import has_page_end, shows_own_end

WHOLE = b"<html><body><p>Made up.</p></body></html>"


@pytest.mark.parametrize(
    "content",
    [
        WHOLE,
        WHOLE + b"\n<!-- cached 12:00 --> <script>beacon()</script>\r\n",
        b"<p>A fragment that opens no page.</p>",
        WHOLE + b"&nbsp;<iframe src='/count'>no frames</iframe>",
        WHOLE.decode().encode("utf-16-le"),
        b"<html><body><p>Pasted</body></html> and more.</p></BODY ></HTML\n>",
        b"<html><body><p>Made up.</p></body>",
    ],
)
def test_a_page_that_closes_what_it_opened_has_an_end(content: bytes) -> None:
    assert has_page_end(content)


@pytest.mark.parametrize(
    "content",
    [
        b"<!DOCTYPE html><html lang='en'><body><p>Made",
        WHOLE[:-9] + b"</bo",
        WHOLE[:-16].decode().encode("utf-16-be"),
        b"<html><body><p>Pasted</body></html> and more, until it br",
        b"<html><body><p>Made up.</p><script>var a = 1",
    ],
)
def test_a_page_that_breaks_off_has_none(content: bytes) -> None:
    assert not has_page_end(content)


@pytest.mark.parametrize("content", [WHOLE, b"<rss><channel/></rss>\n", b"<ns:urlset></ns:urlset>"])
def test_pages_feeds_and_site_maps_show_their_end(content: bytes) -> None:
    assert shows_own_end(content)


@pytest.mark.parametrize("content", [b"", b"<p>A fragment", b"<rss><channel>", b"User-agent: *\n"])
def test_what_shows_no_end_may_be_cut(content: bytes) -> None:
    assert not shows_own_end(content)
