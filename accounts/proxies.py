"""Who asks, behind proxies: what ``X-Forwarded-…`` says counts only from a proxy that is trusted.

The middleware rewrites ``REMOTE_ADDR`` once, first of all, so that sessions, limits and allauth need not
know about proxies. What anybody else sends in these headers is dropped.
"""

from collections.abc import Iterable, MutableMapping
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.conf import settings

FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PORT")
OF_PROXIES = (*FORWARDED, "HTTP_X_REQUEST_ID")
"""Headers that count from a trusted proxy only."""
PROXIED = "dashboard.proxied"
"""In META: whether a proxy, trusted or not, has brought the request."""
Network = IPv4Network | IPv6Network


def networks(names: Iterable[str]) -> tuple[Network, ...]:
    """Addresses and networks as networks; raises ``ValueError`` for one that is neither."""
    return tuple(ip_network(name) for name in names)


def is_in(address: str, trusted: Iterable[Network]) -> bool:
    """Whether the address lies in one of the networks; what is no address lies in none."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return any(found.version == network.version and found in network for network in trusted)


def client_of(peer: str, forwarded: str, trusted: Iterable[Network]) -> str:
    """The address that asks: walking back from us, the first one that is no trusted proxy.

    What stands left of it was written by the client itself and proves nothing. A word that is no address
    ends the walk: then the last proxy is the best that is known.
    """
    known = peer
    for word in reversed(forwarded.split(",")):
        if not is_in(known, trusted):
            return known
        try:
            known = str(ip_address(word.strip()))
        except ValueError:
            return known
    return known


class TrustedProxies:
    """First middleware: ``REMOTE_ADDR`` is the client, and forwarding headers of strangers are gone."""

    sync_capable = async_capable = True

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response
        self.trusted = networks(settings.TRUSTED_PROXIES)
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: Any) -> Any:
        believe(request.META, self.trusted)
        return self.get_response(request)


def believe(meta: MutableMapping[str, Any], trusted: tuple[Network, ...]) -> None:
    """Write into ``meta`` who asks; a peer on a Unix socket has no address and is a proxy of this machine."""
    peer = meta.get("REMOTE_ADDR") or "127.0.0.1"
    meta["REMOTE_ADDR"] = peer
    meta[PROXIED] = any(name in meta for name in FORWARDED)
    if is_in(peer, trusted):
        meta["REMOTE_ADDR"] = client_of(peer, meta.pop("HTTP_X_FORWARDED_FOR", ""), trusted)
        return
    for name in OF_PROXIES:
        meta.pop(name, None)
