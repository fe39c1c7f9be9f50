"""JSON-LD as content systems write it: with bare line ends, wrapped for old browsers, escaped as if it were
markup, with commas too many. It is read by hand, since an error in it must not cost a story its date.
"""

import json
import re
from html import unescape

# What systems put around JSON-LD to hide it from old browsers or from XML, and a byte order mark.
WRAPPER = re.compile(
    r"(?:[\s;,]|\ufeff|/\*[^{\[*]{0,200}+\*/|//|/\*|\*/|<!--|-->|<!\[CDATA\[|\]\]>)*+", re.IGNORECASE
)
# Strings as a whole, for no comma within one is one too many; a string without an end goes to the last sign.
COMMA_TOO_MANY = re.compile(r'("(?:[^"\\]++|\\.)*+(?:"|\\?\Z))|,(?=\s*+[}\]])', re.DOTALL)
BAD_ESCAPE = re.compile(r"""(\\["\\/bfnrtu])|\\(?=.)""", re.DOTALL)


def parse_json_ld(content: str) -> object | None:
    """Return what a script says, None where it is no JSON even after the usual repairs.

    Several objects one after another, as some systems write them, are a list.
    """
    found = _parse_json(content)
    return _parse_json(_repair_json(content)) if found is None else found


def _parse_json(content: str) -> object | None:
    decoder = json.JSONDecoder(strict=False)  # bare line ends in strings are an error of many systems
    found: list[object] = []
    position = _skip_wrapper(content, 0)
    while position < len(content):
        try:
            value, position = decoder.raw_decode(content, position)
        except (ValueError, RecursionError):
            break
        found.append(value)
        position = _skip_wrapper(content, position)
    return found if len(found) > 1 else found[0] if found else None


def _skip_wrapper(content: str, position: int) -> int:
    skipped = WRAPPER.match(content, position)
    return skipped.end() if skipped else position


def _repair_json(content: str) -> str:
    if '"' not in content:
        content = unescape(content)
    content = BAD_ESCAPE.sub(lambda match: match[1] or "", content)
    return COMMA_TOO_MANY.sub(lambda match: match[1] or "", content)
