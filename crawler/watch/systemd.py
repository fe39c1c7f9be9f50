"""What a service tells the supervisor that started it: systemd's notifications, a datagram each.

Nothing waits for the supervisor and nothing fails for want of one: where nobody listens, nothing is said.

Source: sd_notify(3) and systemd.service(5), systemd 252.
"""

import socket
import time
from contextlib import suppress

VARIABLE = "NOTIFY_SOCKET"  # where a supervisor says that it listens


class Supervisor:
    """Who started this process and wants to hear of it, or nobody."""

    def __init__(self, address: str | None) -> None:
        """Take an address as the environment has it: a path, or `@` and a name that is in no folder."""
        self._address = address.replace("@", "\0", 1) if address and address.startswith("@") else address

    def ready(self, status: str) -> None:
        """Tell that the work has begun, or goes on after a reload."""
        self._tell("READY=1", f"STATUS={status}")

    def reloading(self) -> None:
        """Tell that the configuration is read anew; `ready` ends it."""
        self._tell("RELOADING=1", f"MONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")

    def alive(self, status: str) -> None:
        """Tell that the work goes on: a supervisor that misses this for too long starts it anew."""
        self._tell("WATCHDOG=1", f"STATUS={status}")

    def stopping(self) -> None:
        """Tell that the end has begun."""
        self._tell("STOPPING=1", "STATUS=storing what is in flight")

    def _tell(self, *lines: str) -> None:
        if not self._address:
            return
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
            out.setblocking(False)
            out.sendto("\n".join(lines).encode(), self._address)
