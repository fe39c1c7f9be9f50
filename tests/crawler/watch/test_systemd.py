"""Notifications reach the socket that systemd names, in its format, and never fail."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.watch.systemd import Supervisor


@pytest.fixture(params=["path", "abstract"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "notify") if request.param == "path" else f"@milwire-{tmp_path.name}"


@pytest.fixture
def end(address: str) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as opened:
        opened.bind(address.replace("@", "\0", 1) if address.startswith("@") else address)
        opened.settimeout(10)
        yield opened


def read_lines(end: socket.socket) -> list[str]:
    return end.recv(4096).decode().split("\n")


def test_each_notification_is_one_datagram_in_systemds_words(end: socket.socket, address: str) -> None:
    supervisor = Supervisor(address)
    supervisor.notify_ready("watching 2 hosts")
    assert read_lines(end) == ["READY=1", "STATUS=watching 2 hosts"]
    supervisor.notify_alive("visiting 1 host")
    assert read_lines(end) == ["WATCHDOG=1", "STATUS=visiting 1 host"]
    supervisor.notify_stopping()
    assert read_lines(end)[0] == "STOPPING=1"


def test_a_reload_names_its_time(end: socket.socket, address: str) -> None:
    """Type=notify-reload wants it: systemd 253, sd_notify(3)."""
    Supervisor(address).notify_reloading()
    first, second = read_lines(end)
    assert first == "RELOADING=1"
    assert second.startswith("MONOTONIC_USEC=")
    assert second.partition("=")[2].isdecimal()


@pytest.mark.parametrize("nowhere", [None, "", "/nonexistent/socket", "@nobody-listens-here", "x" * 200])
def test_without_a_listener_nothing_happens(nowhere: str | None) -> None:
    Supervisor(nowhere).notify_ready("")
