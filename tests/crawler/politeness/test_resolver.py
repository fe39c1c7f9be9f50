"""Host names resolve to public addresses only, unless a crawl may use private ones."""

import asyncio
import socket
import threading
from collections.abc import Sequence

import pytest

from crawler.politeness import resolver as resolver_module
from crawler.politeness.resolver import PublicResolver, is_public


@pytest.mark.parametrize(
    "literal",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "240.0.0.1",
        "::1",
        "::",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:7f00:1::",
        "fec0::1",
        "3fff:fff::1",
        "192.0.0.9",
        "192.88.99.1",
        "2620:4f:8000::1",
        "64:ff9b:1::1",
        "::7f00:1",
    ],
)
def test_these_addresses_are_not_public(literal: str) -> None:
    assert not is_public(literal)


@pytest.mark.parametrize(
    "literal", ["8.8.8.8", "214.13.1.1", "2600:1406::1", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_these_addresses_are_public(literal: str) -> None:
    assert is_public(literal)


def test_a_name_with_one_private_address_is_refused_whole_unless_allowed() -> None:
    resolver = PublicResolver(None)
    found = [(socket.AF_INET, "8.8.8.8"), (socket.AF_INET, "10.0.0.1")]
    assert resolver._drop_private("news.example", found) == []
    assert resolver.find_refused_address("news.example:8080") == "10.0.0.1"
    resolver.allow_private("News.example:8080")
    assert resolver._drop_private("news.example", found) == found
    assert resolver.find_refused_address("news.example") is None
    resolver.forbid_private("news.example:8080")
    assert resolver._drop_private("news.example", found) == []


class Receiver:
    """What Twisted hands over: takes the addresses of one name."""

    def __init__(self) -> None:
        self.hosts: list[str] = []
        self.is_complete = asyncio.Event()

    def resolutionBegan(self, resolution: object) -> None:  # noqa: N802  # Twisted's names
        pass

    def addressResolved(self, address: object) -> None:  # noqa: N802
        self.hosts.append(str(getattr(address, "host")))  # noqa: B009  # two types have it

    def resolutionComplete(self) -> None:  # noqa: N802
        self.is_complete.set()


def resolve(resolver: PublicResolver, *names: str) -> list[list[str]]:
    """Return the addresses of names that are looked up at once."""
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(resolve_all(resolver, *names))
    finally:
        loop.close()


async def resolve_all(resolver: PublicResolver, *names: str) -> list[list[str]]:
    receivers = [Receiver() for _ in names]
    for receiver, name in zip(receivers, names, strict=True):
        resolver.resolveHostName(receiver, name, 443)
    for receiver in receivers:
        await receiver.is_complete.wait()
    return [receiver.hosts for receiver in receivers]


def test_a_name_resolves_to_its_public_addresses() -> None:
    resolver = PublicResolver(None)
    resolver.look_up = lambda host, port: [(socket.AF_INET, "8.8.8.8"), (socket.AF_INET6, "2600:1406::1")]
    assert resolve(resolver, "news.example") == [["8.8.8.8", "2600:1406::1"]]


def test_a_private_name_and_one_that_does_not_exist_have_no_address() -> None:
    def look_up(host: str, port: int) -> list[tuple[int, str]]:
        if host == "none.example":
            raise OSError("no such name")
        return [(socket.AF_INET, "10.0.0.1")]

    resolver = PublicResolver(None)
    resolver.look_up = look_up
    assert resolve(resolver, "none.example", "private.example") == [[], []]
    assert resolver.find_refused_address("private.example") == "10.0.0.1"
    assert resolver.find_refused_address("none.example") is None


def test_two_requests_at_once_look_a_name_up_only_once() -> None:
    looked_up: list[str] = []

    def look_up(host: str, port: int) -> list[tuple[int, str]]:
        looked_up.append(host)
        return [(socket.AF_INET, "8.8.8.8")]

    resolver = PublicResolver(None)
    resolver.look_up = look_up
    assert resolve(resolver, "news.example", "news.example") == [["8.8.8.8"]] * 2
    assert looked_up == ["news.example"]


def test_a_name_server_that_does_not_answer_holds_up_no_other_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolver_module, "TIMEOUT_S", 0.05)
    answer = threading.Event()

    def look_up(host: str, port: int) -> Sequence[tuple[int, str]]:
        if host == "slow.example":
            answer.wait(30)
        return [(socket.AF_INET, "8.8.8.8")]

    resolver = PublicResolver(None)
    resolver.look_up = look_up  # type: ignore[assignment]  # a list all the same
    assert resolve(resolver, "slow.example", "news.example") == [[], ["8.8.8.8"]]
    answer.set()


def test_an_address_in_place_of_a_name_is_looked_up_too() -> None:
    assert resolver_module.look_up("127.0.0.1", 80) == [(socket.AF_INET, "127.0.0.1")]
