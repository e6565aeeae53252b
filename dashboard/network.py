"""The configured exchange: where it is, our budget there, and the ways to ask it. One of each a process."""

from functools import cache

from django.conf import settings

from dashboard.alerting import Alerting
from dashboard.recording import Recording
from exchange.breaker import Breaker
from exchange.budget import Budget, Priority
from exchange.budget_memory import MemoryStore
from exchange.budget_store import Store
from exchange.clock import Clock, SystemClock
from exchange.demand import Demand
from exchange.errors import ExchangeError
from exchange.feed import LiveFeed
from exchange.info import InfoClient
from exchange.market import Market
from exchange.networks import ADDRESSES, Addresses
from exchange.reach import Reach
from exchange.tracker import AccountTracker
from monitoring.lease import Leadership

BREAKS_AFTER, RESPITE_S = 5, 5.0
"""Calls in a row that the exchange's REST did not answer, and seconds for which it is then left alone."""

_started_here: list[Addresses] = []
BUDGET_S = 1.0
"""So long Redis may take to count."""


class NoAddress(ExchangeError):
    """The simulated exchange has no address of its own."""

    def __init__(self) -> None:
        super().__init__(
            "HYPERLIQUID_NETWORK=simulated needs a simulated exchange: `manage.py up` starts one by itself; for "
            "others run `python -m exchange.simulator` and set HYPERLIQUID_API_URL to the address it prints."
        )


def use(addresses: Addresses) -> None:
    """From now on this is the exchange: one that was started here."""
    _started_here[:] = [addresses]


def is_configured() -> bool:
    """Whether there is an address without starting an exchange here."""
    return settings.CONFIG.hyperliquid_network in ADDRESSES or bool(settings.CONFIG.hyperliquid_api_url)


def addresses() -> Addresses:
    """Where the exchange is; raises NoAddress. A configured REST address has its socket beside it."""
    config = settings.CONFIG
    if _started_here:
        return _started_here[0]
    if not is_configured():
        raise NoAddress
    own = ADDRESSES.get(config.hyperliquid_network)
    api = config.hyperliquid_api_url
    socket = config.hyperliquid_ws_url or (f"{api.rstrip('/').replace('http', 'ws', 1)}/ws" if api else "")
    return Addresses(api or (own.api if own else ""), socket or (own.socket if own else ""))


@cache
def budget() -> Budget:
    """What this IP address may ask, counted together with all other processes if there is a Redis."""
    return Budget(_store(), settings.CONFIG.exchange_limits, SystemClock())


def _store() -> Store:
    if not settings.CONFIG.redis_url:
        return MemoryStore()
    from redis import Redis, RedisError
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    from exchange.budget_fallback import FallbackStore
    from exchange.budget_redis import RedisStore

    # Threads that wait for Redis are missing elsewhere, and there is something to go on with: soon, and once.
    options = {"socket_timeout": BUDGET_S, "socket_connect_timeout": BUDGET_S, "retry": Retry(NoBackoff(), 1)}
    shared = RedisStore(Redis.from_url(settings.CONFIG.redis_url, **options))
    return FallbackStore(shared, (RedisError,))


@cache
def breaker() -> Breaker:
    """Of this process' calls to the exchange's REST; ``reach`` asks without it, for it is to find out."""
    return Breaker("hyperliquidApi", BREAKS_AFTER, RESPITE_S)


def info(feature: str, priority: Priority = Priority.INTERACTIVE) -> InfoClient:
    """The exchange's REST on behalf of ``feature``."""
    clock = SystemClock()
    return InfoClient(addresses().api, budget(), clock, feature=feature, priority=priority, breaker=breaker())


def live_feed(demand: Demand, clock: Clock) -> LiveFeed:
    """A feed of the configured exchange."""
    return LiveFeed(addresses().socket, info("feed", Priority.BACKGROUND), budget(), demand, clock)


def tracker(clock: Clock) -> AccountTracker:
    """Follows accounts of the configured exchange."""
    return AccountTracker(addresses().socket, info("accounts", Priority.BACKGROUND), budget(), clock)


def recording(market: Market, demand: Demand, clock: Clock, leadership: Leadership) -> Recording:
    """Keeps the history of the configured exchange."""
    return Recording(market, demand, info("history", Priority.BACKGROUND), clock, leadership)


def alerting(market: Market, demand: Demand, clock: Clock, leadership: Leadership) -> Alerting:
    """Evaluates alerts on the configured exchange. What it asks it asks once: others wait for the answer."""
    client = info("alerts", Priority.BACKGROUND)
    client.tries, client.patience, client.timeout = 1, 2.0, (1.0, 3.0)
    return Alerting(market, demand, client, clock, leadership)


def reach(clock: Clock) -> Reach:
    """Asks whether the REST answers: one try, so that nothing is hidden by a second, and before what can wait."""
    client = InfoClient(
        addresses().api,
        budget(),
        clock,
        (1.0, 2.0),
        tries=1,
        feature="health",
        priority=Priority.INTERACTIVE,
        patience=1.0,
    )
    return Reach(client, clock)
