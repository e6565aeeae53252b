"""Time: blocks of some 150 ms, and what each of them does."""

import math
from bisect import bisect
from itertools import accumulate
from random import Random

from exchange.simulator import settlement, watch
from exchange.simulator.bars import HOUR
from exchange.simulator.book import premium
from exchange.simulator.happenings import BookChanged, CandleChanged, Happening, Trades
from exchange.simulator.matching import crowd_trade
from exchange.simulator.state import State

BLOCK_MS = (70, 230)
ROUND_MS = 3000
"""Every market's oracle moves once in this time (API.md section 8)."""
SAMPLE_MS = 5000
"""How often the premium is sampled for funding."""


class Blocks:
    """Runs a state forward, block by block; where the caller stops between makes no difference."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.next_at = state.start_ms + BLOCK_MS[0]
        self.next_hour = (state.start_ms // HOUR + 1) * HOUR
        self.next_sample = state.start_ms + SAMPLE_MS
        self._weights = list(accumulate(market.listing.rate for market in state.alive))
        self._turn = 0.0

    def run(self, to_ms: int) -> list[Happening]:
        """All blocks up to ``to_ms``; what happened, in order."""
        state, happened = self.state, []
        while self.next_at <= to_ms:
            elapsed = self.next_at - state.now
            state.now = self.next_at
            self.next_at += state.rng.randrange(*BLOCK_MS)
            self._block(elapsed)
            happened += self._collect()
        return happened

    def _block(self, elapsed: int) -> None:
        state = self.state
        if state.now >= state.funding.stamp(self.next_hour):
            settlement.pay_funding(state, self.next_hour)
            self.next_hour += HOUR
        while action := state.due():
            action(state)
        self._trade(elapsed)
        self._reprice(elapsed)
        if state.now >= self.next_sample:
            self._sample()
            self.next_sample += SAMPLE_MS
        watch.orders(state)
        watch.liquidations(state)

    def _trade(self, elapsed: int) -> None:
        state, total = self.state, self._weights[-1]
        for _ in range(poisson(state.rng, total * elapsed / 1000)):
            crowd_trade(state, state.alive[bisect(self._weights, state.rng.random() * total)])

    def _reprice(self, elapsed: int) -> None:
        """Move the oracles of the next few markets, so that all have their turn in three seconds."""
        state, markets = self.state, self.state.alive
        end = self._turn + min(1.0, elapsed / ROUND_MS) * len(markets)
        for at in range(int(self._turn), int(end)):
            market = markets[at % len(markets)]
            market.drift(state.now, state.rng)
            if market.requote():
                state.touched[market.listing.name] = None
            market.reprice(state.rng)
        self._turn = end % len(markets)

    def _sample(self) -> None:
        for market in self.state.perps:
            market.premium_sum += premium(market, self.state.now)
            market.premium_count += 1

    def _collect(self) -> list[Happening]:
        """The block's happenings: public ones first, then those of accounts."""
        state, now = self.state, self.state.now
        public: list[Happening] = [Trades(now, coin, rows) for coin, rows in state.tape.items()]
        public += [CandleChanged(now, coin) for coin in state.tape]
        public += [BookChanged(now, coin) for coin in state.touched]
        public += state.happenings
        state.tape, state.touched, state.happenings = {}, {}, []
        return public


def poisson(rng: Random, mean: float) -> int:
    """How many independent things happen when ``mean`` are expected."""
    limit, product, count = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count
