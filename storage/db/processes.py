"""Names the present start of the machine, and tells whether the process that took a lease still runs."""

import os
from functools import cache
from pathlib import Path

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
PID_NAMESPACE = Path("/proc/self/ns/pid")  # a link that names the namespace of our process ids
FIRST_PROCESS = Path("/proc/1/stat")
HOST_NAMESPACE = "pid:[4026531836]"  # outside containers, on every Linux


@cache
def read_boot_id() -> str:
    """Return a name for this start of the machine, or of the container; empty where the system gives none.

    A container has process ids of its own and counts from 1 again at each start. So the start time of its
    first process is part of the name.
    """
    try:
        boot = BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""
    try:
        is_container = PID_NAMESPACE.readlink() != Path(HOST_NAMESPACE)
        return (
            f"{boot}/{parse_start_time(FIRST_PROCESS.read_text(encoding='utf-8'))}" if is_container else boot
        )
    except OSError:
        return boot


def parse_start_time(stat: str) -> str:
    """Return when a process began, from its line in /proc. The name, in brackets, may hold anything."""
    return stat.rpartition(")")[2].split()[19]


def is_process_dead(pid: int | None, boot: str | None) -> bool:
    """Return whether a process of this start of the machine no longer runs.

    False where we cannot know, as for a process of another machine or of an earlier start.
    """
    if pid is None or boot != read_boot_id():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
