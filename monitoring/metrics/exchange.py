"""Sources about the exchange: what a leader hears, and what of the budget is used."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from prometheus_client.core import Metric

from exchange.hearing import Hearing
from monitoring.metrics.registry import counter, gauge

SOCKET, FEATURE = "socket", ("feature", "limit")


def hearing(*heard: Hearing | None) -> Iterator[Metric]:
    """Sockets: of the market, and of accounts. Nothing of one that is not there."""
    by_name = {one.link.name: one for one in heard if one is not None}

    def each(figure: Callable[[Hearing], float]) -> dict[str, float]:
        return {name: figure(one) for name, one in by_name.items()}

    def counted(counts: Callable[[Hearing], Mapping[str, int]]) -> dict[tuple[str, ...], float]:
        return {(name, key): count for name, one in by_name.items() for key, count in list(counts(one).items())}

    yield gauge("exchange_connected", "Whether the socket is open and speaks.", each(speaks), SOCKET)
    yield gauge("exchange_subscriptions", "What it was asked for.", each(asked), SOCKET)
    yield counter("exchange_frames", "Frames received.", each(lambda one: one.frames), SOCKET)
    yield counter("exchange_events", "Events told.", each(lambda one: one.events), SOCKET)
    yield counter(
        "exchange_opens", "Sockets opened: after the first, reconnects.", each(lambda one: one.link.opened), SOCKET
    )
    bad = counted(lambda one: one.bad_frames)
    yield counter("exchange_bad_frames", "Frames that could not be read.", bad, SOCKET, "kind")
    failed = counted(lambda one: one.chores.failures)
    yield counter("exchange_chore_failures", "Work beside the socket that failed.", failed, SOCKET, "chore")


def speaks(one: Hearing) -> float:
    """Whether its socket is open and has said something."""
    return float(one.link.session is not None and one.link.session.heard_at is not None)


def asked(one: Hearing) -> int:
    """Subscriptions of its socket."""
    return len(one.link.session.asked) if one.link.session else 0


def streams(feed: Any) -> Iterator[Metric]:
    """How many streams of each kind are in which state: names of coins would be too many."""
    by_name = list(feed.streams.by_name.values()) if feed else []
    states = Counter((stream.name.partition(":")[0], stream.state) for stream in by_name)
    yield gauge("streams", "Streams by kind and state.", dict(states), "kind", "state")


def budget(spent: Mapping[str, Any]) -> Iterator[Metric]:
    """What the monitor last found of the budget (``dashboard.upstream.spent``): nobody is asked for a scrape."""
    limits = spent.get("limits", {})
    used, most = ({name: one[key] for name, one in limits.items()} for key in ("used", "most"))
    yield gauge("budget_used", "In use now, of each limit of the exchange.", used, "limit")
    yield gauge("budget_most", "What may be in use.", most, "limit")
    lines = {(line["feature"], line["limit"]): line for line in spent.get("ledger", ())}
    for key, name, factor, words in (
        ("used", "budget_spent", 1, "Spent, by feature."),
        ("waited", "budget_waited_seconds", 0.001, "Waited for room, by feature."),
        ("refused", "budget_refused", 1, "Asks that found no room in time, by feature."),
    ):
        yield counter(name, words, {who: line[key] * factor for who, line in lines.items()}, *FEATURE)
