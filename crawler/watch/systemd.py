"""Notifications to systemd about the state of a service, one datagram each.

Sending never waits and never fails: without a socket to send to, nothing is sent.

Source: sd_notify(3) and systemd.service(5), systemd 252.
"""

import socket
import time
from contextlib import suppress

VARIABLE = "NOTIFY_SOCKET"  # the environment variable in which systemd names its socket


class Supervisor:
    """The supervisor of this process; None as address: there is none."""

    def __init__(self, address: str | None) -> None:
        """Take an address from the environment: a path, or `@` and an abstract name."""
        self._address = address.replace("@", "\0", 1) if address and address.startswith("@") else address

    def notify_ready(self, status: str) -> None:
        """Notify that the service is ready, or that a reload is done."""
        self._send_lines("READY=1", f"STATUS={status}")

    def notify_reloading(self) -> None:
        """Notify that a reload begins; `notify_ready` ends it."""
        self._send_lines(
            "RELOADING=1", f"MONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}"
        )

    def notify_alive(self, status: str) -> None:
        """Notify that the service works: without this for too long, systemd restarts it."""
        self._send_lines("WATCHDOG=1", f"STATUS={status}")

    def notify_stopping(self) -> None:
        """Notify that the service stops."""
        self._send_lines("STOPPING=1", "STATUS=storing what is in flight")

    def _send_lines(self, *lines: str) -> None:
        if not self._address:
            return
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
            out.setblocking(False)
            out.sendto("\n".join(lines).encode(), self._address)
