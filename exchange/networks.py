"""Where each network of the exchange listens (API.md section 1)."""

from typing import NamedTuple


class Addresses(NamedTuple):
    """``api`` is the REST base (``/info`` is added to it), ``socket`` the whole address of the socket."""

    api: str
    socket: str


ADDRESSES = {
    "mainnet": Addresses("https://api.hyperliquid.xyz", "wss://api.hyperliquid.xyz/ws"),
    "testnet": Addresses("https://api.hyperliquid-testnet.xyz", "wss://api.hyperliquid-testnet.xyz/ws"),
}
"""The simulated exchange has an address only while it runs."""
