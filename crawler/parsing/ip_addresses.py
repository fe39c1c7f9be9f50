"""Which IP addresses are of the public internet: one table, for names before and after they are resolved."""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import ada_url

IPAddress = IPv4Address | IPv6Address

NAT64 = ip_network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address
# What Python's table calls global, or calls so in some versions, and where no newsroom can be.
NOT_PUBLIC = tuple(
    ip_network(network)
    for network in (
        "192.0.0.0/24",  # IETF protocol assignments (RFC 6890)
        "192.88.99.0/24",  # 6to4 relays, withdrawn (RFC 7526)
        "64:ff9b:1::/48",  # translation within a network (RFC 8215)
        "2620:4f:8000::/48",  # AS112: answers for private addresses (RFC 7534)
        "3fff::/20",  # documentation (RFC 9637)
        "5f00::/16",  # segment routing (RFC 9602)
        "fec0::/10",  # site-local, withdrawn (RFC 3879)
    )
)
NUMBER_AT_END = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)", re.IGNORECASE)


def is_public_address(address: IPAddress) -> bool:
    """Return whether an address is one of the public internet; an embedded IPv4 address decides."""
    found = address
    if isinstance(found, IPv6Address):
        found = _extract_ipv4(found) or found
    if not found.is_global or found.is_multicast or found.is_reserved:
        return False
    return not any(found in network for network in NOT_PUBLIC)


def parse_host(name: str) -> IPAddress | None:
    """Return the IP address that a host is, read as browsers and resolvers do, or None where it is a name.

    `127.1`, `2130706433`, `0x7f.1`, `0177.0.0.1` and digits of other widths are addresses too.
    """
    bare = name.partition("%")[0] if ":" in name else name
    try:
        return ip_address(bare)
    except ValueError:
        if ":" in bare:
            return None
    try:
        host = str(ada_url.URL(f"http://{bare}/").hostname)
        return ip_address(host) if NUMBER_AT_END.fullmatch(host) else None
    except ValueError:
        return None


def _extract_ipv4(found: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address inside an IPv6 one, by whichever way of embedding it."""
    if found in NAT64:
        return IPv4Address(int(found) & 0xFFFFFFFF)
    if int(found) >> 32 == 0 and int(found) > 1:  # IPv4-compatible (RFC 4291, withdrawn)
        return IPv4Address(int(found))
    teredo = found.teredo
    return found.ipv4_mapped or found.sixtofour or (teredo[1] if teredo else None)
