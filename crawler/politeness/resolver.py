"""Names to addresses, public ones only: a name that leads into a private network does not resolve.

The connection goes to the very addresses that were checked here, so a name that changes its answer between
a check and the connection (DNS rebinding) gains nothing.

The system is asked in a thread of its own for each name: in a pool, a few names whose servers do not answer
would hold up all others, and the end of the process too.
"""

import asyncio
import socket
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any, Protocol

from scrapy.crawler import Crawler
from scrapy.resolver import HostResolution
from twisted.internet import address, interfaces
from zope.interface import implementer  # type: ignore[import-untyped]  # ships no types

TIMEOUT_S = 20.0
Found = list[tuple[int, str]]  # family and literal of each address
NAT64 = ip_network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address


def is_public(literal: str) -> bool:
    """Return whether an IP address is one of the open internet; embedded IPv4 addresses decide."""
    found: IPv4Address | IPv6Address = ip_address(literal.partition("%")[0])
    if isinstance(found, IPv6Address):
        found = _embedded(found) or found
    return found.is_global and not found.is_multicast and not found.is_reserved


def _embedded(found: IPv6Address) -> IPv4Address | None:
    if found in NAT64:
        return IPv4Address(int(found) & 0xFFFFFFFF)
    teredo = found.teredo
    return found.ipv4_mapped or found.sixtofour or (teredo[1] if teredo else None)


class Receiver(Protocol):
    """Twisted's IResolutionReceiver, in a form that can be checked."""

    def resolutionBegan(self, resolution: HostResolution) -> None: ...  # noqa: N802  # Twisted's names

    def addressResolved(self, address: address.IPv4Address | address.IPv6Address) -> None: ...  # noqa: N802

    def resolutionComplete(self) -> None: ...  # noqa: N802


@implementer(interfaces.IHostnameResolver)
class PublicResolver:
    """The reactor's resolver: asks the system, and gives only public addresses unless a host is allowed."""

    def __init__(self, reactor: Any) -> None:  # Twisted's reactor has many interfaces and no type
        self.reactor = reactor
        self.look_up: Callable[[str, int], Found] = look_up  # may take its time, and may be another one
        self._asking: dict[tuple[str, int], asyncio.Future[Found]] = {}
        self._allowed: Counter[str] = Counter()
        self._refused: dict[str, str] = {}
        self._running: set[asyncio.Task[None]] = set()

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: Any) -> "PublicResolver":
        """Compose as Scrapy's setting TWISTED_DNS_RESOLVER wants."""
        return cls(reactor)

    def install_on_reactor(self) -> None:
        """Become the reactor's resolver."""
        self.reactor.installNameResolver(self)

    def allow_private(self, host: str) -> None:
        """Let this host lead to a private address; one crawl's permission, taken back by `forbid_private`."""
        self._allowed[_name(host)] += 1

    def forbid_private(self, host: str) -> None:
        """Take back one permission."""
        self._allowed[_name(host)] -= 1

    def refusal(self, host: str) -> str | None:
        """Return the private address for which the host was refused at its last resolution."""
        return self._refused.get(_name(host))

    def resolveHostName(  # noqa: N802  # Twisted's name
        self,
        resolutionReceiver: Receiver,  # noqa: N803
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        addressTypes: Sequence[type[interfaces.IAddress]] | None = None,  # noqa: N803
        transportSemantics: str = "TCP",  # noqa: N803
    ) -> HostResolution:
        """Give the receiver the addresses of a host; none where it has none that are allowed."""
        resolution = HostResolution(hostName)
        resolutionReceiver.resolutionBegan(resolution)
        task = asyncio.ensure_future(self._resolve(resolutionReceiver, hostName, portNumber))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return resolution

    async def _resolve(self, receiver: Receiver, host: str, port: int) -> None:
        try:
            for family, literal in self._permitted(host, await self._addresses(host, port)):
                kind = address.IPv6Address if family == socket.AF_INET6 else address.IPv4Address
                receiver.addressResolved(kind("TCP", literal, port))
        finally:
            receiver.resolutionComplete()

    async def _addresses(self, host: str, port: int) -> Found:
        """Return the addresses of a name; none where it does not resolve, or not in time."""
        key = (host, port)
        if key not in self._asking:
            loop = asyncio.get_running_loop()
            asking = self._asking[key] = loop.create_future()
            name = f"look up {host}"
            threading.Thread(target=self._ask, args=(loop, key, asking), name=name, daemon=True).start()
        try:
            return await asyncio.wait_for(asyncio.shield(self._asking[key]), TIMEOUT_S)
        except TimeoutError:
            return []
        finally:
            self._asking.pop(key, None)  # whoever comes later asks anew

    def _ask(
        self, loop: asyncio.AbstractEventLoop, key: tuple[str, int], asking: asyncio.Future[Found]
    ) -> None:
        try:
            found = self.look_up(*key)
        except (OSError, UnicodeError):
            found = []
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(asking.set_result, found)

    def _permitted(self, host: str, found: Sequence[tuple[int, str]]) -> Sequence[tuple[int, str]]:
        self._refused.pop(_name(host), None)
        if self._allowed[_name(host)] > 0:
            return found
        private = [literal for _, literal in found if not is_public(literal)]
        if private:  # a name with both kinds of address is refused whole: nobody serves news that way
            self._refused[_name(host)] = private[0]
            return []
        return found


def installed(reactor: Any) -> PublicResolver:
    """Return the reactor's resolver, made and installed now unless it is ours already."""
    if not isinstance(reactor.nameResolver, PublicResolver):
        PublicResolver(reactor).install_on_reactor()
    resolver = reactor.nameResolver
    assert isinstance(resolver, PublicResolver)
    return resolver


def look_up(host: str, port: int) -> Found:
    """Return family and literal of each address of a name, without repeats; OSError where it has none."""
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys((family, str(where[0])) for family, *_, where in answers))


def _name(host: str) -> str:
    """Return the name without port and brackets, as the reactor asks for it."""
    bare = host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() and host.count(":") == 1 else host
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    return bare.lower().rstrip(".")
