"""Alerts in words for their owner: his names for wallets and coins, his time zone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from accounts.address import short_address
from accounts.models import Wallet
from alerts.metrics import METRICS, Metric
from alerts.models import Alert
from alerts.named import readable
from alerts.rule import ALREADY, DONE, FIRED, HOLDING, NEW, RESTING, WAITING
from alerts.sentence import sentence
from alerts.waiting import reminder_due
from dashboard.pages.history.coins import Coins
from dashboard.pages.history.scope import name_of
from dashboard.pages.history.times import Times
from exchange.spans import span

UNSEEN = "not seen by the evaluator yet"
GROUPS = {
    "Price": ("mark", "mid", "oracle", "last"),
    "Change over a time": ("change", "move", "open_interest_change", "volume_change"),
    "Spike against the average": ("open_interest_spike", "volume_spike"),
    "Funding and premium": ("funding", "funding_apr", "funding_sign", "premium"),
    "Size of the market": ("open_interest", "volume", "spread", "trade"),
    "Position": ("liquidation_distance", "position_pnl", "position_leverage", "position_value"),
    "Account": ("margin_usage", "unrealized_pnl", "equity", "leverage"),
    "What happens in an account": (
        *("fill", "order_filled", "order_cancelled", "position_opened", "position_closed"),
        *("position_increased", "position_reduced", "position_flipped", "liquidation"),
    ),
}
"""All metrics, as the form and the filters group them; a test compares them with ``METRICS``."""


def metric_name(metric: Metric) -> str:
    """``Mark price`` · ``A fill``: by itself."""
    words = metric.label.rpartition(" ")[0] if metric.is_occurrence else metric.label
    return words[:1].upper() + words[1:]


def grouped() -> list[tuple[str, list[tuple[str, str]]]]:
    """For a select: group, (name, words) of each."""
    return [(group, [(name, metric_name(METRICS[name])) for name in names]) for group, names in GROUPS.items()]


@dataclass
class _Shown:
    """What ``sentence`` reads, with other names and without the moments that are said in the user's zone."""

    alert: Alert
    coin: str
    address: str
    snoozed_until: None = None
    expires_at: None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.alert, name)


@dataclass(frozen=True)
class Words:
    """One page's: ``wallets`` are the user's, by address."""

    times: Times
    wallets: Mapping[str, Wallet]
    coins: Coins = field(default_factory=Coins)

    def sentence(self, alert: Alert) -> tuple[str, str]:
        """What it watches, and how; both in words."""
        whole = sentence(_Shown(alert, self.coins.label(alert.coin) if alert.coin else "", self.who(alert)))
        head, _, rest = whole.partition(", ")
        head = readable(head)
        return head[:1].upper() + head[1:], rest

    def who(self, alert: Alert) -> str:
        """The user's name of the alert's wallet; empty for "any of mine"."""
        if not alert.address:
            return ""
        wallet = self.wallets.get(alert.address)
        return name_of(wallet) if wallet else short_address(alert.address)

    def state(self, alert: Alert) -> tuple[str, str]:
        """A word for its tag, and a sentence on it."""
        word, said = self._state(alert)
        moment = reminder_due(alert.rule, alert.state) if alert.is_active else None
        return word, said if moment is None else f"{said} Reminds until you acknowledge it.".lstrip()

    def _state(self, alert: Alert) -> tuple[str, str]:
        if not alert.is_active:
            return "paused", "Nothing is watched until you resume it."
        if alert.phase == DONE:
            return "over", "It has fired once, or has expired; editing it starts it again."
        if alert.expires_at and alert.expires_at <= self.times.now:
            return "over", f"It expired {self.times.near(alert.expires_at)}."
        if alert.seen_version < alert.version:
            return "new", f"This version is {UNSEEN}."
        if (until := alert.snoozed_until) and until > self.times.now:
            return "snoozed", f"until {self.times.near(until)}"
        return self._phase(alert)

    def _phase(self, alert: Alert) -> tuple[str, str]:
        since = self.times.near(alert.since) if alert.since else ""
        said = {
            NEW: ("waiting", "No value has arrived yet."),
            ALREADY: ("already true", "True from the start: it has to become false first."),
            WAITING: ("waiting", f"since {since}"),
            HOLDING: ("holding", f"True since {since}; it must stay so for {span(alert.hold)}."),
            FIRED: ("fired", f"since {since}; it waits for recovery."),
            RESTING: ("resting", f"In its cooldown since {since}."),
        }
        if alert.of.is_occurrence and alert.phase in (NEW, WAITING):
            return "waiting", "for it to happen"
        return said[alert.phase]

    def counts_since(self, alert: Alert) -> str:
        """From when on the rule as it is now is watched."""
        if not alert.is_active or alert.phase == DONE or alert.seen_version < alert.version:
            return ""
        return f"in force since {self.times.near(alert.seen_at)}"


def words_of(user: Any, times: Times) -> Words:
    """One query."""
    return Words(times, {wallet.address: wallet for wallet in Wallet.objects.of(user)})
