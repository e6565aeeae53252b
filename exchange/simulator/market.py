"""The live state of one market: best prices, last trade, mark, oracle, 24 h sums, funding samples."""

import math
from collections import deque
from random import Random
from typing import Any

from exchange.simulator.accounts import Account
from exchange.simulator.bars import DAY, HOUR
from exchange.simulator.candles import Candles
from exchange.simulator.figures import Ladder
from exchange.simulator.history import QUARTER
from exchange.simulator.listing import Listing
from exchange.simulator.orders import Order

TAPE = 100
"""Trades kept per coin: more than any answer shows."""


class Market:
    """One coin. ``bid``, ``ask`` and ``last`` are steps of the ladder; oracle and mark are price units."""

    def __init__(self, listing: Listing, ladder: Ladder, candles: Candles, seed: int) -> None:
        self.listing = listing
        self.ladder = ladder
        self.candles = candles
        self.seed = seed
        self.last = candles.history.last
        self.fair = float(ladder.price(self.last))
        self.touched = candles.history.end_ms
        self.tape: deque[dict[str, Any]] = deque(maxlen=TAPE)
        self.eaten_bid = self.eaten_ask = 0
        self.spread = self._usual_spread()
        self.bid = self.last - self.spread // 2
        self.ask = self.bid + self.spread
        self.oracle = self.mark = ladder.price(self.last)
        price = listing.price * listing.lots
        self.depth_lots = max(2, int((200 + 3 * math.sqrt(listing.day_usd)) / listing.price * listing.lots))
        self.trade_lots = max(1.0, listing.day_usd / (listing.rate * 86_400) / listing.price * listing.lots)
        self.open_interest = 0 if listing.delisted else int(0.4 * listing.day_usd * listing.lots**2 / price)
        self.makers: list[Account] = []
        self.resting: list[tuple[Account, Order]] = []
        self.premium_sum = 0.0
        self.premium_count = 0
        self.hours: dict[int, list[int]] = {}
        self._past_hours: dict[int, tuple[int, int]] = {}
        self._prev: tuple[int, int] = (-1, 0)

    def _usual_spread(self) -> int:
        rate = self.listing.rate
        bps = 0.1 if rate > 1 else 1.0 if rate > 0.3 else 5.0
        return max(1, round(bps / 10_000 * self.ladder.price(self.last) / self.ladder.tick(self.last)))

    @property
    def alive(self) -> bool:
        return self.listing.trading

    def drift(self, now: int, rng: Random) -> None:
        """Let the fair price wander for the time since it was last touched."""
        seconds = max(0, now - self.touched) / 1000
        self.touched = now
        sigma = self.listing.volatility * math.sqrt(seconds / 86_400)
        self.fair = max(float(self.ladder.price(60)), self.fair * math.exp(rng.gauss(0.0, sigma)))

    def requote(self) -> bool:
        """Put the best prices around the fair price if it has left them, or if trades ate the book wide open.

        True when they changed.
        """
        middle = self.ladder.step(round(self.fair))
        if self.bid <= middle <= self.ask and self.ask - self.bid <= 2 * self.spread:
            return False
        return self.quote(middle - self.spread // 2)

    def quote(self, bid: int) -> bool:
        """Set the best bid, and the ask a usual spread above; True when that changed anything."""
        if bid == self.bid and self.ask == bid + self.spread:
            return False
        self.bid, self.ask = bid, bid + self.spread
        self.eaten_bid = self.eaten_ask = 0
        return True

    def reprice(self, rng: Random) -> None:
        """A new oracle price near the fair one; mark is the median of oracle, middle and last trade."""
        self.oracle = max(1, round(self.fair * (1 + rng.gauss(0.0002, 0.0002))))
        middle = (self.ladder.price(self.bid) + self.ladder.price(self.ask)) // 2
        self.mark = sorted((self.oracle, middle, self.ladder.price(self.last)))[1]

    def count(self, now: int, lots: int, notional: int) -> None:
        """Add a trade to the sums of its hour."""
        hour = self.hours.setdefault(now // HOUR * HOUR, [0, 0])
        hour[0] += lots
        hour[1] += notional

    def day_volume(self, now: int) -> tuple[float, float]:
        """(coins, dollars) of the last 24 hours, by hours; of the oldest hour the part still inside."""
        if self.listing.delisted or self.listing.dead:
            return 0.0, 0.0
        first = (now - DAY) // HOUR * HOUR
        lots = notional = 0.0
        for t in range(first, now + 1, HOUR):
            part = 1.0 if t != first else 1 - (now - DAY - first) / HOUR
            base, money = self._hour(t)
            lots += part * base
            notional += part * money
        for t in [t for t in self.hours if t < first]:
            del self.hours[t]
        return lots / self.listing.lots, notional / self.listing.money

    def _hour(self, t: int) -> tuple[int, int]:
        """Lots and notional of an hour: what traded live, and before the start what the candle says."""
        lots, notional = self.hours.get(t, (0, 0))
        if t < self.candles.history.end_ms:
            if t not in self._past_hours:
                bar = self.candles.history.bar(t, HOUR)
                middle = (self.ladder.price(bar.h) + self.ladder.price(bar.l)) // 2 if bar else 0
                self._past_hours[t] = (bar.v, bar.v * middle) if bar else (0, 0)
            past_lots, past_notional = self._past_hours[t]
            lots += past_lots
            notional += past_notional
        return lots, notional

    def previous_day(self, now: int) -> int:
        """Price 24 hours ago, in price units, to the quarter hour."""
        if not self.alive:
            return self.mark
        quarter = (now - DAY) // QUARTER * QUARTER
        if self._prev[0] != quarter:
            self._prev = (quarter, self.ladder.price(self.step_at(quarter)))
        return self._prev[1]

    def step_at(self, t: int) -> int:
        """The step the coin stood at in the quarter hour of ``t``, live or before."""
        history = self.candles.history
        if t < history.end_ms:
            return history.price_at(t)
        quarter = t // QUARTER * QUARTER
        live = [bar for bar in self.candles.live("15m") if bar.t <= quarter]
        if not live:
            return history.last
        return live[-1].o if live[-1].t == quarter else live[-1].c
