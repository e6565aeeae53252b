"""Fills the slots about markets, from the Market and on each event that changes one of their figures.

Only figures that somebody watches are computed. What a stream carried is "no data" as soon as the stream is
stale, and counts again with the next value or when the stream lives again.
"""

from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal

from alerts.carried import LIVING, brings, is_silent, lives
from alerts.figure import Figure
from alerts.metrics import METRICS
from alerts.metrics.coin import NOW, OVER_TIME, Compute, base_of
from alerts.slot import Slot
from alerts.trail import Trail
from exchange import events
from exchange.market import Market

Rows = dict[str, list[tuple[Slot, Compute]]]


class Window:
    """The trail of one figure of a coin over one window, and the slots that look at it."""

    def __init__(self, coin: str, compute: Compute, window: int) -> None:
        self.coin, self.compute = coin, compute
        self.trail = Trail(window)
        self.slots: list[tuple[Slot, str]] = []

    def value(self, how: str, now: Decimal) -> Decimal | None:
        """The change, the move whichever way, or the spike, in per cent."""
        if how == "spike":
            return self.trail.against_average(now)
        change = self.trail.change(now)
        return abs(change) if how == "move" and change is not None else change


class CoinFigures:
    """``touched`` is told which alerts a value touches."""

    def __init__(self, market: Market, touched: Callable[[list[int]], None]) -> None:
        self.market, self.touched = market, touched
        self.rows: dict[str, Rows] = defaultdict(lambda: defaultdict(list))
        self.windows: dict[str, dict[tuple[str, str, int], Window]] = defaultdict(dict)
        self.over_time: dict[str, list[Slot]] = defaultdict(list)
        """By coin, what looks at a window."""
        self._takers: dict[type[events.Event], Callable[..., None]] = {
            events.Prices: self._prices,
            events.Mids: self._mids,
            events.DexContexts: self._dex_contexts,
            events.SpotContexts: self._spot_contexts,
            events.CoinContext: self._coin_context,
            events.QuotesChanged: lambda event, at: self._update("quotes", event.quotes.coin, at),
            events.BookChanged: lambda event, at: self._update("quotes", event.book.coin, at),
            events.Traded: lambda event, at: self._update("trades", event.coin, at),
            events.StreamState: self._stream_state,
        }

    def add(self, slot: Slot) -> None:
        """Fill this slot from now on."""
        name, coin, span = slot.figure
        source = METRICS[name].source
        if name not in OVER_TIME:
            self.rows[source][coin].append((slot, NOW[name]))
            if lives(self.market, source, coin):  # a coin that stands still may not be named for long
                slot.value = NOW[name](self.market.coins[coin], self.market)
            slot.is_heard = is_silent(self.market, source, coin)
            return
        base, how = OVER_TIME[name]
        window = self.windows[source].setdefault((coin, base, span), Window(coin, base_of(name), span))
        window.slots.append((slot, how))
        self.over_time[coin].append(slot)
        slot.is_heard = is_silent(self.market, source, coin)

    def forget(self, slots: set[Slot]) -> None:
        """Fill these no more: nobody watches them."""
        for coins in self.rows.values():
            for coin in {slot.figure.subject for slot in slots} & coins.keys():
                coins[coin] = [row for row in coins[coin] if row[0] not in slots]
        for windows in self.windows.values():
            for key in [
                key for key, one in windows.items() if not slots.isdisjoint(slot for slot, _ in one.slots)
            ]:
                windows[key].slots = [row for row in windows[key].slots if row[0] not in slots]
                if not windows[key].slots:
                    del windows[key]
        for coin in {slot.figure.subject for slot in slots} & self.over_time.keys():
            self.over_time[coin] = [slot for slot in self.over_time[coin] if slot not in slots]

    def fill(self, at: int) -> None:
        """Take what the Market knows, as of ``at``: it may know more than was heard here."""
        for source, coins in self.rows.items():
            for coin, rows in coins.items():
                if lives(self.market, source, coin):
                    self._update(source, coin, at)
                elif is_silent(self.market, source, coin):
                    self._silence([slot for slot, _ in rows], at)
        for source, windows in self.windows.items():
            for window in windows.values():
                if is_silent(self.market, source, window.coin):
                    self._silence([slot for slot, _ in window.slots], at)

    def window(self, figure: Figure) -> Window | None:
        """The window that a figure looks at."""
        base = OVER_TIME[figure.metric][0]
        return self.windows[METRICS[figure.metric].source].get((figure.subject, base, figure.window))

    def take(self, event: events.Event, at: int) -> None:
        """The Market has applied this event."""
        if taker := self._takers.get(type(event)):
            taker(event, at)

    def _prices(self, event: events.Prices, at: int) -> None:
        for coin in event.marks:
            self._update("prices", coin, at)
        for coin in event.mids.keys() - event.marks.keys():
            self._update("prices", coin, at)
        self._turn("prices", at)

    def _mids(self, event: events.Mids, at: int) -> None:
        for coin in event.mids:
            self._update("prices", coin, at)
        self._turn("prices", at)

    def _dex_contexts(self, event: events.DexContexts, at: int) -> None:
        for dex, _ in event.dexes:
            for coin in self.market.universe.by_dex.get(dex, ()):
                self._context(coin.name, at)
        self._turn("contexts", at)

    def _spot_contexts(self, event: events.SpotContexts, at: int) -> None:
        for context in event.contexts:
            self._context(context.coin or "", at)
        self._turn("contexts", at)

    def _coin_context(self, event: events.CoinContext, at: int) -> None:
        self._context(event.coin, at)

    def _context(self, coin: str, at: int) -> None:
        self._update("prices", coin, at)
        self._update("contexts", coin, at)

    def _update(self, source: str, coin: str, at: int) -> None:
        """Compute what somebody watches of this coin."""
        rows, state = self.rows[source].get(coin), self.market.coins.get(coin)
        if rows is None or state is None:
            return
        for slot, compute in rows:
            value = compute(state, self.market)
            if value is not slot.value and value != slot.value and (hit := slot.take(at, value)):
                self.touched(hit)

    def _turn(self, source: str, at: int) -> None:
        """Time goes on for all windows of a source: also what stands still has changed against an hour ago."""
        for window in self.windows[source].values():
            state = self.market.coins.get(window.coin)
            now = window.compute(state, self.market) if state else None
            window.trail.add(at, now)
            for slot, how in window.slots:
                value = None if now is None else window.value(how, now)
                if value != slot.value and (hit := slot.take(at, value)):
                    self.touched(hit)

    def _stream_state(self, event: events.StreamState, at: int) -> None:
        kind, _, coin = event.stream.partition(":")
        source = {"book": "quotes", "spot": "contexts"}.get(kind, kind)
        if source not in self.rows and source not in self.windows:
            return
        coins = [coin] if coin else [name for name in self.rows[source] if brings(self.market, kind, name)]
        if event.state in LIVING:
            for name in coins:
                self._update(source, name, at)
            return
        for name in coins:
            self._silence([slot for slot, _ in self.rows[source].get(name, ())], at, event.state == "stale")
        for window in self.windows[source].values():
            if not coin and brings(self.market, kind, window.coin):
                window.trail.forget()
                self._silence([slot for slot, _ in window.slots], at, event.state == "stale")

    def _silence(self, slots: list[Slot], at: int, is_stale: bool = True) -> None:
        """No data from now on; a stream that is not wanted any more says nothing of what was never heard."""
        for slot in slots:
            is_new = slot.value is not None or (is_stale and not slot.is_heard)
            if is_new and (hit := slot.take(at, None)):
                self.touched(hit)
