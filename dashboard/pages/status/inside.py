"""What only staff read on the status page: budget, breakers, how accounts are followed, what waits and failed."""

from collections.abc import Mapping
from typing import Any

from accounts.address import short_address
from dashboard.pages.status.words import age
from monitoring.health import Measured

METER = 100.0
MOST_ACCOUNTS = 50
COUNTED = ("sockets_opened", "failures_in_a_row", "subscriptions", "coins")
PILES = ("failures", "last_errors", "error_frames", "bad_frames", "unknown_channels", "suspects", "refused")
"""Parts of the reports that are empty while all is well."""


def inside(measured: Measured) -> dict[str, Any]:
    """All of it; empty parts are left out by the template."""
    beat = measured.told.beats.get("feed")
    said = beat.detail if beat else {}
    feed, accounts = said.get("feed") or {}, said.get("accounts") or {}
    return {
        "limits": limits(measured.asides.get("budget", {})),
        "ledger": ledger(measured.asides.get("budget", {})),
        "breakers": sorted(measured.asides.get("breakers", {}).items()),
        "buffers": list(measured.asides.get("buffers", {}).items()),
        "beat_age": age(measured.at - beat.at) if beat else "",
        "feed": [(name.replace("_", " "), feed[name]) for name in COUNTED if name in feed],
        "fallbacks": sorted((feed.get("fallbacks") or {}).items()),
        "troubles": [*troubles("feed", feed), *troubles("accounts", accounts)],
        "followed": list((accounts.get("followed") or {}).items()),
        "slots": accounts.get("slots"),
        "accounts": [account(one, measured.at) for one in (accounts.get("accounts") or [])[:MOST_ACCOUNTS]],
    }


def limits(budget: Mapping[str, Any]) -> list[dict[str, Any]]:
    """How much of each limit of the exchange is in use."""
    return [
        {
            "name": name,
            "used": one["used"],
            "most": one["most"],
            "part": round(min(1.0, one["used"] / one["most"]) * METER, 1) if one["most"] else 0.0,
        }
        for name, one in (budget.get("limits") or {}).items()
    ]


def ledger(budget: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What each feature used of REST weight and the rest, how long it waited, and what it was refused."""
    lines = sorted(budget.get("ledger") or [], key=lambda one: (one["limit"] != "weight", -one["used"]))
    return [
        {**line, "waited": age(line["waited"]) if line["waited"] else "—", "waited_ms": line["waited"]}
        for line in lines
    ]


def troubles(of: str, report: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What went wrong since the leader began, in its own words."""
    return [
        (f"{of}: {pile.replace('_', ' ')}", ", ".join(f"{name} {count}" for name, count in report[pile].items()))
        for pile in PILES
        if report.get(pile)
    ]


def account(one: Mapping[str, Any], now: int) -> dict[str, Any]:
    """How one account is followed, and how old what is known of it is."""
    known = None if one["at"] is None else now - one["at"]
    return {
        "address": one["address"],
        "short": short_address(one["address"]),
        "how": one["how"],
        "why": one["why"],
        "age": age(known),
        "age_ms": known,
    }
