"""Who may read ``/metrics``: whoever shows the token or asks from a named network; with neither set, this machine.

A request that a proxy has brought here does not count as one from this machine, trusted or not.
"""

from collections.abc import Mapping
from ipaddress import ip_network
from secrets import compare_digest
from typing import Any

from django.conf import settings

from accounts.proxies import PROXIED, is_in, networks

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


def may_read(meta: Mapping[str, Any]) -> bool:
    """Whether a request with this ``META`` (after ``accounts.proxies.believe``) may."""
    config = settings.CONFIG
    if config.metrics_token and shows(meta.get("HTTP_AUTHORIZATION", ""), config.metrics_token):
        return True
    client = meta.get("REMOTE_ADDR", "")
    if config.metrics_token or config.metrics_networks:
        return is_in(client, networks(config.metrics_networks))
    return is_in(client, LOOPBACK) and not meta.get(PROXIED)


def shows(authorization: str, token: str) -> bool:
    """Whether the header has the token; takes as long for one that is nearly right."""
    kind, _, given = authorization.partition(" ")
    return kind.lower() == "bearer" and compare_digest(given.strip().encode(), token.encode())
