"""Source about history: what the recorder wrote, and what waits to be written."""

from collections.abc import Iterator

from prometheus_client.core import Metric

from monitoring.metrics.registry import counter, gauge
from snapshots.record import Recorder


def recorder(one: Recorder | None) -> Iterator[Metric]:
    """Of a leading feed; nothing of others."""
    if one is None:
        return
    yield counter("history_written", "Rows written.", one.written)
    yield counter(
        "history_dropped", "Trades, snapshots and rows of histories for which there was no room.", one.dropped
    )
    yield counter("history_refused", "Pieces that the database refused.", one.refused)
    yield gauge(
        "history_pending",
        "Trades and snapshots that wait to be written.",
        one.trades.waiting + one.accounts.waiting,
    )
    yield gauge("history_away", "Whether the database cannot be written to just now.", float(bool(one.error)))
