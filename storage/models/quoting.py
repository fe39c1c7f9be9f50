"""Somebody else's words in lines that people and programs read: quoted, and without control characters."""

import json
import re
import traceback
from pathlib import PurePath

from storage.models.errors import StoreError

# C0 without tab and line ends, C1, and the marks that turn the direction of a text (UAX 9).
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def escape_text_controls(text: str) -> str:
    """Return text with each control character written out, such as `\\u202e`, as JSON writes it."""
    return CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def quote_value(value: object) -> str:
    """Return a value as a line shows it: text in double quotes, all else as JSON writes it."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if isinstance(value, str):
        return f'"{"".join(each if each.isprintable() else " " for each in value)}"'
    return json.dumps(value, ensure_ascii=False, default=str)


def describe_error(error: BaseException) -> str:
    """Return what went wrong in our own code, and where: its words are Python's, and the log has them."""
    frames = traceback.extract_tb(error.__traceback__)
    name = type(error).__name__
    return f"{name} ({PurePath(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else name


def format_error_line(error: Exception) -> str:
    """Return an error of the store, or of our own code, in one line."""
    is_store = isinstance(error, StoreError)
    return " ".join(str(error).split()) if is_store else f"internal error: {describe_error(error)}"
