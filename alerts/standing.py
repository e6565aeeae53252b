"""Standing: how the evaluator does, for its row in the database and for the dead man's switch."""

from typing import Any

BEHIND_MS, SILENT_MS = 10_000, 60_000
"""An evaluator that is so far behind, or has heard no price for so long, is not well."""


def trouble(evaluator: Any) -> str:
    """What keeps it from deciding everything; empty if nothing does."""
    refused = next((f"alert {alert}: {why}" for alert, why in evaluator.refused.items()), "")
    return (evaluator.thread.trouble or refused)[:300]


def is_well(evaluator: Any, now: int) -> bool:
    """Whether at ``now`` (Unix ms) it completed a round just now, hears prices, is not behind, has no trouble."""
    oldest = evaluator.watch.oldest
    is_behind = now - min(now if oldest is None else oldest, evaluator.round_at) > BEHIND_MS
    return not (is_behind or now - evaluator.heard_at > SILENT_MS or trouble(evaluator))


def how_far(evaluator: Any, now: int) -> dict[str, Any]:
    """The columns of ``Evaluation``. ``seen_until`` is that of prices: only those can be read in candles later."""
    oldest, heard = evaluator.watch.oldest, evaluator.heard_at
    return {
        "number": evaluator.number,
        "started_at": evaluator.started_at,
        "round_at": now,
        "rules": len(evaluator.watch),
        "seen_until": heard if oldest is None else min(oldest, heard),
        "trouble": trouble(evaluator),
    }
