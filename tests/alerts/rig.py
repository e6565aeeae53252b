"""A Market, a clock that the test moves, and an Evaluator on the test's database, turned by hand."""

from decimal import Decimal

from alerts.decide import Guard, no_guard
from alerts.evaluate import Evaluator
from alerts.models import Alert, Firing
from exchange import account_events as said
from exchange import events
from exchange.clock import ManualClock
from exchange.market import Market
from exchange.wire import account as wire
from tests.exchange.market_events import T0, context, universe

D = Decimal
S = 1000


class Rig:
    """``say`` gives an event to both and decides; ``at`` is the time of the next, which is one second later."""

    def __init__(self, guard: Guard = no_guard) -> None:
        self.market, self.clock = Market(), ManualClock(T0)
        self.market.apply(events.UniverseChanged(T0, universe()))
        self.evaluator = Evaluator(self.market, self.clock, guard)
        self.at = T0

    def add(self, *alerts: Alert) -> None:
        """The evaluator takes note of these."""
        self.evaluator.look()
        for alert in alerts:
            alert.refresh_from_db()
            assert alert.seen_version == alert.version

    def say(self, event: events.Event) -> None:
        self.hear(event)
        while self.evaluator.round():
            pass

    def hear(self, event: events.Event) -> None:
        """Without deciding."""
        self.clock._start_ms = max(self.clock._start_ms, event.received_at)
        self.market.apply(event)
        self.evaluator.take(event)
        self.at = max(self.at, event.received_at) + S

    def mark(self, *marks: object, coin: str = "BTC") -> None:
        """One a second."""
        for mark in marks:
            self.say(self.prices(**{coin: mark}))

    def prices(self, **marks: object) -> events.Prices:
        return events.Prices(self.at, {coin: D(str(mark)) for coin, mark in marks.items()}, {})

    def contexts(self, *btc: object) -> None:
        """The first dex's contexts, BTC's as given."""
        for one in btc:
            self.say(events.DexContexts(self.at, [("", [one, context(), context()])]))

    def account(
        self, user: str, *positions: wire.Position, mode: str = "default", usdc: object = 1000, vaults: bool = True
    ) -> None:
        """The account is streamed, and has these positions, and so many USDC in spot besides 1000 of margin.

        Deposits in ``vaults``, none, are known or not.
        """
        margin = wire.MarginSummary(D(1000), D(0), D(0), D(0))
        state = wire.ClearinghouseState([wire.AssetPosition(one) for one in positions], self.at, margin, margin)
        balance = wire.SpotBalance("USDC", D(str(usdc)), D(0), 0)
        if vaults:
            self.say(said.VaultDeposits(self.at, user, []))
        for event in (
            said.Following(self.at, user, "streamed"),
            said.AccountMode(self.at, user, mode),
            said.SpotState(self.at, user, wire.SpotState([balance])),
            said.AccountStates(self.at, user, [("", state)], True),
        ):
            self.say(event)

    def stream(self, name: str, state: str) -> None:
        self.say(events.StreamState(self.at, name, state))

    @property
    def fired(self) -> list[Decimal | None]:
        """Values of all firings."""
        return list(Firing.objects.order_by("id").values_list("value", flat=True))


def position(coin: str = "BTC", size: object = 1, liquidation: object = 80, value: object = 100) -> wire.Position:
    """A cross position that was worth ``value`` when the exchange said it."""
    return wire.Position(
        coin,
        D(str(size)),
        wire.Leverage("cross", 5),
        D(100),
        D(str(value)),
        D(0),
        D(0),
        None if liquidation is None else D(str(liquidation)),
        D(20),
        40,
    )
