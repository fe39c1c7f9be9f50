"""Which process holds something, and whether it still runs."""

import os
from functools import cache
from pathlib import Path

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
NUMBERS = Path("/proc/self/ns/pid")  # leads to the name of the space in which process numbers count
FIRST = Path("/proc/1/stat")
MACHINE = "pid:[4026531836]"  # the space of a machine that is no container, on every Linux


@cache
def boot_id() -> str:
    """Return what names this start of the machine, or of the container; empty where the system does not tell.

    A container numbers its processes for itself, and from 1 again at each start.
    """
    try:
        boot = BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""
    try:
        is_container = NUMBERS.readlink() != Path(MACHINE)
        return f"{boot}/{began(FIRST.read_text(encoding='utf-8'))}" if is_container else boot
    except OSError:
        return boot


def began(stat: str) -> str:
    """Return when a process began, by its line of /proc; its name, in brackets, may hold anything."""
    return stat.rpartition(")")[2].split()[19]


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
