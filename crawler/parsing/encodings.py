"""From bytes to text: the encoding of a page, by its marks, its label and what its bytes show. Pure."""

import codecs
import re

from storage.models import Page

# What browsers understand by some labels (encoding.spec.whatwg.org), as names of Python.
LABELS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "x-sjis": "cp932",
    "x-euc-jp": "euc_jp",
    "x-gbk": "gb18030",
    "x-cp1252": "cp1252",
    "unicode-1-1-utf-8": "utf-8",
}
NOT_TEXT_ENCODINGS = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape"})
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
NOT_ASCII = re.compile(r"[^\x00-\x7f]")


def decode_bytes(page: Page) -> str:
    """Return a page's content as text; U+FFFD stands for what is none.

    UTF-8 is tried before the encoding of any label.
    """
    for mark, codec in BYTE_ORDER_MARKS:
        if page.content.startswith(mark):
            return page.content.decode(codec, "replace")
    if utf_16 := find_unmarked_utf_16(page.content):
        return page.content.decode(utf_16, "replace")
    try:
        return page.content.decode("utf-8")
    except UnicodeDecodeError:
        decoded = page.content.decode(_find_encoding(page), "replace")
    # A label may be wrong: a page without one sign of UTF-8 beyond ASCII is in no UTF-8.
    is_mislabelled = decoded.isascii() or set(NOT_ASCII.findall(decoded)) == {"\ufffd"}
    return page.content.decode("cp1252", "replace") if is_mislabelled else decoded


def find_unmarked_utf_16(content: bytes) -> str | None:
    """Return which UTF-16 a text without a byte order mark is in, None where it is in none.

    Its first two signs are ASCII: "<h" of a page, "Us" of rules.
    """
    first = content[:4]
    if first[1::2] == b"\0\0" and b"\0" not in first[::2]:
        return "utf-16-le"
    return "utf-16-be" if first[::2] == b"\0\0" and b"\0" not in first[1::2] else None


def _find_encoding(page: Page) -> str:
    header = next((value for name, value in page.headers if name == "content-type"), "")
    for source in (header, page.content[:4096].decode("latin-1")):
        named = CHARSET.search(source)
        codec = named and _find_codec(named[1])
        if codec:
            return codec
    return "cp1252"


def _find_codec(label: str) -> str | None:
    """Return Python's name of a text encoding as browsers understand its label, or None."""
    try:
        name = codecs.lookup(LABELS.get(label.lower(), label)).name
        "".encode(name)  # a LookupError for codecs that make no text, such as "hex"
    except (LookupError, UnicodeError):
        return None
    if name in NOT_TEXT_ENCODINGS:
        return None
    return LABELS.get(name, name)
