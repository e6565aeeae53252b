"""What those who run the site are told besides the lines: the budget, breakers, lags and what waits in buffers."""

from collections.abc import Mapping
from typing import Any

from exchange.breaker import CLOSED
from monitoring.database_server import open_or_closed
from monitoring.told import Told

WAITING = ("waitingTrades", "waitingSnapshots", "dropped", "refused")


def asides(told: Told, budget: Mapping[str, Any], rest_breaker: str = "") -> dict[str, Any]:
    """Plain values. ``budget``: limits and ledger of what the exchange is asked, of whoever counts it.

    ``rest_breaker``: how the feed's breaker of the exchange's REST stands, in the feed's own word.
    """
    beats = told.beats
    feed = beats["feed"].detail if "feed" in beats else {}
    recorder = beats["snapshots"].detail if "snapshots" in beats else {}
    return {
        "budget": dict(budget),
        "breakers": breakers(told, feed) | rest(rest_breaker) | databases(),
        "buffers": {name: recorder[name] for name in WAITING if name in recorder},
    }


def breakers(told: Told, feed: Mapping[str, Any]) -> dict[str, str]:
    """``open`` or ``closed`` by what is behind it; transports of messages are named while theirs is open.

    A feed of another version, or one that follows no accounts, may say nothing of it.
    """
    sockets = {"feed socket": feed.get("feed"), "accounts socket": feed.get("accounts")}
    found = {name: word(said["breaker_open"]) for name, said in sockets.items() if said and "breaker_open" in said}
    names = [name.strip() for name in told.alerts.delivery_trouble.replace(";", ",").split(",")]
    return found | {name: "open" for name in names if name}


def rest(state: str) -> dict[str, str]:
    """The feed's breaker of the exchange's REST, if it has said anything of it."""
    return {"hyperliquidApi": word(state != CLOSED)} if state else {}


def databases() -> dict[str, str]:
    """Those of this process: the database and, if there is one, its replica."""
    names = {"default": "database"}
    return {names.get(alias, alias): word(is_open) for alias, is_open in open_or_closed().items()}


def word(is_open: bool) -> str:
    """How the state of a breaker is said."""
    return "open" if is_open else "closed"
