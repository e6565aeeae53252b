"""Guard: an address that a user names is reached only if it is a public one, also after its name was resolved.

Whoever may choose where this server sends something could otherwise have it talk to what is behind the firewall:
its own loopback, neighbours, the cloud's metadata (SSRF). ``addresses`` resolves a name and checks every answer;
``alerts.transports.outgoing`` connects to the very address that was checked, so that a name server that says
something else the second time (rebinding) changes nothing. ``ALERTS_ALLOW_PRIVATE`` switches it off.
"""

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from django.conf import settings

from alerts.transports.transport import Permanent, Temporary

NAT64 = ip_network("64:ff9b::/96")
INSIDE = [
    ip_network(net)
    for net in ("64:ff9b:1::/48", "::/96", "192.0.0.0/24", "192.88.99.0/24", "fec0::/10", "5f00::/16")
]
"""Not reachable from outside, though some versions of Python say so."""
LONGEST = 2000


def is_public(address: str) -> bool:
    """Whether everybody on the internet would reach the same machine there."""
    one = ip_address(address.partition("%")[0])
    if isinstance(one, IPv6Address) and (inner := _inside(one)) is not None:
        return is_public(str(inner))
    if any(one in net for net in INSIDE if net.version == one.version):
        return False
    return one.is_global and not (one.is_multicast or one.is_reserved or one.is_unspecified)


def _inside(one: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that is meant by an IPv6 one: a gateway or the system itself would go there."""
    if one in NAT64:
        return IPv4Address(int(one) & 0xFFFFFFFF)
    return one.ipv4_mapped or one.sixtofour or (one.teredo[1] if one.teredo else None)


def addresses(host: str, port: int) -> list[tuple]:
    """``(family, address)`` of the host as ``socket`` wants them. Permanent if any is private; Temporary."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Temporary(f"The name {host} could not be resolved.") from error
    if not settings.CONFIG.alerts_allow_private and not all(is_public(str(one[4][0])) for one in found):
        raise Permanent(f"{host} is in a private network. Give an address that can be reached from the internet.")
    return [(one[0], one[4]) for one in found]


def wrong_url(url: str) -> str:
    """What is wrong with an address as a user typed it, or nothing. It is resolved only when something is sent."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "This is no address that can be read."
    if parts.scheme not in ("https", "http") or not parts.hostname:
        return "An address beginning with https:// is needed."
    if len(url) > LONGEST or any(ord(sign) <= 32 or ord(sign) == 127 for sign in url) or "\\" in url:
        return "It is too long, or has signs that no address has."
    if parts.username is not None or parts.password is not None:
        return "Leave out user name and password."
    if port is not None and port < 1024 and port not in (80, 443) and not settings.CONFIG.alerts_allow_private:
        return "No web server listens at this port."
    return "" if settings.CONFIG.alerts_allow_private else _wrong_host(parts.hostname)


def _wrong_host(host: str) -> str:
    """Addresses without a name can be refused at once, in whatever way the system would read them."""
    try:
        found = socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        inside = host.rstrip(".")
        is_local = "." not in inside or inside.endswith((".localhost", ".local", ".internal"))
        return "This is a name in a private network." if is_local else ""
    return "" if all(is_public(str(one[4][0])) for one in found) else "This address is in a private network."
