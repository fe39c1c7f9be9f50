"""Which process holds something, and whether it still runs."""

import os
from functools import cache
from pathlib import Path

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@cache
def boot_id() -> str:
    """Return what names this start of the machine; empty where the system does not tell."""
    try:
        return BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def is_dead(pid: int | None, boot: str | None) -> bool:
    """Tell whether a process of this start of the machine runs no more.

    False where that cannot be told, as for a process of another machine or an earlier start.
    """
    if pid is None or boot != boot_id():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
