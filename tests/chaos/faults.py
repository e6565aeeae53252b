"""The faults of the production chaos suite: what breaks, which line of health must say so, what it takes along.

``FAST`` are rounds of faults that have nothing to do with each other, for every run of the tests: each line is in
one of them. ``LONG`` are all faults one by one, for ``make chaos``.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial

from tests.chaos import breaking as b
from tests.chaos.proxy import DEAD, Wire
from tests.chaos.stage import Stage

Break = Callable[[Stage], AbstractContextManager[None]]
FEED = frozenset({"feed", "evaluator", "snapshots"})
"""Alerts are evaluated and history is written by the feed that leads."""
SLOW, NARROW = Wire(latency=0.05), Wire(bandwidth=200)
ELSEWHERE = Wire(latency=0.005)
"""In another building. History takes some two hundred statements a second, so a database 50 ms away is too far."""
HALF_A_SECOND, TOO_SLOW = Wire(latency=0.5), Wire(latency=2.0)
"""The first is an answer still, and a page asks a dozen times; the second is longer than anybody waits for one."""


@dataclass(frozen=True, slots=True)
class Fault:
    """``line`` of health must say it while it lasts ("": none needs to), ``takes`` are other lines that may.

    ``lasts`` so many seconds more. ``hides`` are pages that may be late or away meanwhile; ``drops_requests``:
    some get no answer until the balancer has noticed; ``needs_small_disk``: it takes the right to mount;
    ``forgets``: the exchange has forgotten what it said before; ``backs_off``: so many seconds more may pass until
    all is well, since an exchange that was long away is not stormed (``exchange/backoff.py``). ``is_written_in``:
    somebody writes meanwhile and must read his own at once; others find it once health has said its word, and with
    ``is_late`` not before.
    """

    name: str
    line: str
    breaks: Break
    takes: frozenset[str] = frozenset()
    lasts: float = 4.0
    hides: frozenset[str] = frozenset()
    drops_requests: bool = False
    needs_small_disk: bool = False
    forgets: bool = False
    backs_off: float = 0.0
    is_written_in: bool = False
    is_late: bool = False

    def __str__(self) -> str:
        return self.name


def _wire(name: str, like: Wire) -> Break:
    return partial(b.wire, name=name, like=like)


def _cut(name: str) -> Break:
    return partial(b.cut, name=name)


def _killed(who: b.Chosen) -> Break:
    return partial(b.killed, chosen=who)


def _stopped(who: b.Chosen) -> Break:
    return partial(b.stopped, chosen=who)


BOTH_WAYS = frozenset({"hyperliquidApi", "websocket"})
TAKEN_OVER = FEED | BOTH_WAYS
"""While a standby takes over, each of these may say so for a moment."""
ALERT_PAGES = frozenset({"/alerts/"})

DATABASE = [
    Fault("the database is killed", "database", b.postgres_killed, FEED | {"replica"}),  # it has nobody to follow
    Fault("the database stands still", "database", b.postgres_stopped, FEED),
    Fault("the wire to the database is dead", "database", _wire("database", DEAD), FEED),
    Fault("connections to the database are refused", "database", _cut("database"), FEED),
    Fault(
        "the database answers too slowly",
        "database",
        _wire("database", TOO_SLOW),
        FEED | {"deliverer"},
        hides=frozenset({"/markets/BTC/"}),  # the lease may change hands, since nobody renews it in time
    ),
    Fault("the database is somewhat slow", "", _wire("database", ELSEWHERE)),
    Fault("the database restarts", "", b.postgres_restarted, FEED | {"database"}, lasts=0),
    Fault(
        "the disk of the database is full",
        "snapshots",
        b.postgres_full,
        FEED | {"database", "deliverer"},
        needs_small_disk=True,
    ),
]
REPLICA = [
    Fault("the replica is killed", "replica", b.replica_killed),
    Fault("the replica stands still", "replica", b.replica_stopped, is_written_in=True),
    Fault("the wire to the replica is dead", "replica", _wire("replica", DEAD)),
    Fault("the replica is slow", "replica", _wire("replica", HALF_A_SECOND), is_written_in=True),
    Fault("the replica answers too slowly", "replica", _wire("replica", TOO_SLOW), is_written_in=True),
    Fault("the replica is somewhat slow", "", _wire("replica", SLOW), is_written_in=True),
    Fault("the replica restarts", "", b.replica_restarted, frozenset({"replica"}), is_written_in=True),
    Fault("the replica lags behind", "replica", b.replica_lags, is_written_in=True, is_late=True),
]
REDIS = [
    Fault("Redis is killed", "redis", b.redis_killed),
    Fault("Redis stands still", "redis", b.redis_stopped),
    Fault("the wire to Redis is dead", "redis", _wire("redis", DEAD)),
    Fault("Redis answers too slowly", "redis", _wire("redis", TOO_SLOW), frozenset({"feed"})),
    Fault("Redis is somewhat slow", "", _wire("redis", SLOW)),
    Fault("Redis restarts", "", b.redis_restarted, frozenset({"redis", "feed"}), lasts=8.0),
]
EXCHANGE = [
    Fault("the exchange is killed", "websocket", _killed(b.exchange), BOTH_WAYS, forgets=True, backs_off=20.0),
    Fault("the exchange stands still", "websocket", _stopped(b.exchange), BOTH_WAYS),
    Fault("the wire to the exchange's socket is dead", "websocket", _wire("socket", DEAD)),
    Fault("the exchange's socket is cut", "websocket", _cut("socket")),
    Fault("the exchange's socket is too narrow", "websocket", _wire("socket", NARROW)),
    Fault("the wire to the exchange's REST is dead", "hyperliquidApi", _wire("rest", DEAD)),
    Fault("the exchange's REST refuses", "hyperliquidApi", _cut("rest")),
    Fault("the exchange is somewhat slow", "", _wire("socket", SLOW)),
]
PROCESSES = [
    Fault("the standby is killed", "", _killed(b.standby)),
    Fault("both feeds are killed", "feed", _killed(b.feeds), TAKEN_OVER),
    Fault("both feeds stand still", "feed", _stopped(b.feeds), TAKEN_OVER),
    Fault("the feed that leads is killed", "", _killed(b.leader), TAKEN_OVER),
    Fault("the feed that leads stands still", "", _stopped(b.leader), TAKEN_OVER),
    Fault("the deliverer is killed", "deliverer", _killed(b.deliver)),
    Fault("the deliverer stands still", "deliverer", _stopped(b.deliver)),
    Fault("a web process is killed", "", _killed(b.web), drops_requests=True),
    Fault("a web process stands still", "", _stopped(b.web), drops_requests=True),
]
PARTS = [
    Fault(
        "the table of alerts is locked",
        "evaluator",
        partial(b.locked, table="alerts_alert"),
        frozenset({"deliverer"}),  # it reads there what a message is about
        hides=ALERT_PAGES,
    ),
    Fault("the table of trades is locked", "snapshots", partial(b.locked, table="snapshots_tradesnapshot")),
    Fault("the disk is full", "disk", b.disk_full, needs_small_disk=True),
]
LONG = [*EXCHANGE, *DATABASE, *REPLICA, *REDIS, *PROCESSES, *PARTS]


def named(*names: str) -> tuple[Fault, ...]:
    """Those with these names."""
    return tuple(next(fault for fault in LONG if fault.name == name) for name in names)


FAST = [
    named("the wire to the database is dead"),
    named("Redis is killed"),
    named(
        "the wire to the exchange's REST is dead",
        "the deliverer is killed",
        "the disk is full",
        "the replica is killed",
        "a web process is killed",
    ),
    named("the exchange's socket is cut"),
    named("the replica lags behind"),
    named("the table of alerts is locked", "the table of trades is locked"),
    named("both feeds are killed"),
]
