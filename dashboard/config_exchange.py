"""Configuration variables: which exchange is read, and how much may be asked of it."""

from dataclasses import dataclass
from functools import partial

from dashboard.config_variable import variable

exchange = partial(variable, section="Exchange")
limits = partial(variable, section="Exchange limits")
simulator = partial(variable, section="Simulated exchange")


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """Which exchange is read, and how much may be asked of it."""

    hyperliquid_network: str = exchange(
        "mainnet",
        "Which exchange is shown; each has a database of its own by default.",
        choices=("mainnet", "testnet", "simulated"),
    )
    hyperliquid_api_url: str = exchange(
        "", "REST address instead of the network's own.", schemes=("https", "http")
    )
    hyperliquid_ws_url: str = exchange(
        "", "Socket address; without it, `/ws` beside `HYPERLIQUID_API_URL`.", schemes=("wss", "ws")
    )

    hyperliquid_max_weight: int = limits(1200, "Most REST weight spent in a minute.", low=60)
    hyperliquid_max_sockets: int = limits(10, "Most sockets open at once.", low=1)
    hyperliquid_max_opens: int = limits(30, "Most sockets opened in a minute.", low=1)
    hyperliquid_max_subscriptions: int = limits(1000, "Most subscriptions held at once.", low=10)
    hyperliquid_max_users: int = limits(10, "Most accounts streamed at once; others are polled.", low=0)
    hyperliquid_max_messages: int = limits(2000, "Most frames sent in a minute.", low=60)
    hyperliquid_max_posts: int = limits(100, "Most requests under way on sockets at once.", low=1)

    simulator_seed: int = simulator(7, "Same seed, same history.", low=0)
    simulator_speed: float = simulator(1.0, "Simulated seconds in one real second.", low=0.01, high=1000)
