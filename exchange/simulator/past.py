"""The cast's life before the start: deposits, fills at the prices of those minutes, hourly funding.

The same code books a past fill as a live one, so that what the accounts hold at the start is
exactly what their history adds up to.
"""

from collections.abc import Iterator
from random import Random

from exchange.simulator import cashflow, past_twaps
from exchange.simulator.accounts import Account
from exchange.simulator.bars import DAY, HOUR, MINUTE
from exchange.simulator.characters import Character
from exchange.simulator.fills import NO_HASH, Print, Side, convert_dust, fill
from exchange.simulator.market import Market
from exchange.simulator.orders import Order
from exchange.simulator.settlement import pay
from exchange.simulator.state import State

LONGEST_BURST = 9


class Past:
    """Writes one character's history into its account."""

    def __init__(self, state: State, character: Character, account: Account) -> None:
        self.state = state
        self.character = character
        self.account = account
        self.rng = Random(f"{state.seed}/{character.address}/past")
        end = state.history_end
        self.begin = end // HOUR * HOUR - min(character.days, state.profile.account_days) * DAY
        self.perps = [state.markets[coin] for coin in character.coins if coin in state.markets]
        self.spots = [state.markets[coin] for coin in character.spot if coin in state.markets]
        self.oid = 480_000_000_000
        self.busy_until = 0

    def write(self) -> None:
        self._open()
        bursts = self._bursts()
        for hour in range(self.begin + HOUR, self.state.history_end, HOUR):
            self._fund(hour)
            if hour % DAY == 0:
                self._dust(hour)
            for minute in bursts.get(hour, ()):
                self._burst(minute)
        self._settle()

    def _open(self) -> None:
        """The first deposit, and what each dex needs."""
        state, account, micro = self.state, self.account, self.character.deposit * 1_000_000
        if not micro:
            return
        cashflow.deposit(state, account, self.begin, micro)
        for dex in dict.fromkeys(market.listing.dex for market in self.perps):
            if dex:
                token = state.token_names[next(m.listing.collateral for m in self.perps if m.listing.dex == dex)]
                cashflow.to_dex(state, account, self.begin + 5000, micro, dex, token)
        if self.spots and not account.pooled:
            cashflow.to_spot(state, account, self.begin + 9000, micro * 3 // 4)

    def _bursts(self) -> dict[int, list[int]]:
        """Hour → minutes in which the account trades several times."""
        if not (self.perps or self.spots) or not self.character.fills:
            return {}
        minutes = range(self.begin + HOUR, self.state.history_end // HOUR * HOUR - HOUR, MINUTE)
        wanted = self.character.fills // ((1 + LONGEST_BURST) // 2)
        grouped: dict[int, list[int]] = {}
        for minute in sorted(self.rng.sample(minutes, wanted)):
            grouped.setdefault(minute // HOUR * HOUR, []).append(minute)
        return grouped

    def _fund(self, hour: int) -> None:
        for position in self.account.positions.values():
            if position.size:
                market = self.state.markets[position.coin]
                bar = market.candles.history.bar(hour, HOUR)
                if bar is not None:
                    oracle = market.ladder.price(bar.o)
                    pay(self.account, market.listing, oracle, self.state.funding.at(market.listing, hour))

    def _burst(self, minute: int) -> None:
        """One order that is filled in up to nine pieces, some of them in the same millisecond."""
        rng = self.rng
        market = rng.choice(self.perps + self.spots)
        bar = market.candles.history.bar(minute, MINUTE)
        if bar is None or minute < self.busy_until:
            return
        price = market.ladder.price(bar.c)
        buy = self._buys(market, price)
        if self.character.twaps and rng.random() < 0.4 and minute % HOUR + past_twaps.LASTS_MS < HOUR:
            past_twaps.run(self.state, self.account, market, minute, buy, self._lots(market, buy, price), rng)
            self.busy_until = minute + past_twaps.LASTS_MS
            return
        prints = list(self._pieces(market, buy, price, minute, bar.l, bar.h))
        if prints:
            self._record(market, buy, prints)

    def _pieces(self, market: Market, buy: bool, price: int, minute: int, low: int, high: int) -> Iterator[Print]:
        rng = self.rng
        time, oid, crossed = minute + 200 + rng.randrange(50_000), self._next_oid(), rng.random() < 0.5
        maker = self.character.rates.maker < 0
        crossed = crossed and not maker
        many = rng.randrange(1, LONGEST_BURST + 1)
        hash_, step = f"0x{rng.getrandbits(256):064x}", rng.randrange(low, high + 1)
        for _ in range(many):
            lots = self._lots(market, buy, price)
            if lots <= 0:
                return
            done = Print(time, market.ladder.price(step), lots, hash_, rng.getrandbits(50))
            self._fill(market, done, Side(buy=buy, crossed=crossed, oid=oid))
            yield done
            if rng.random() < 0.5:
                time += rng.randrange(1, 900)
                step = min(high, max(low, step + rng.choice((-1, 0, 1))))
                hash_ = f"0x{rng.getrandbits(256):064x}"

    def _fill(self, market: Market, done: Print, side: Side) -> None:
        row = fill(self.account, market.listing, done, side, self.state.token_names)
        self.account.fills.append(row)

    def _next_oid(self) -> int:
        self.oid += 1 + self.rng.randrange(9_000_000)
        return self.oid

    def _buys(self, market: Market, price: int) -> bool:
        """More likely back towards flat the more the account holds."""
        listing = market.listing
        if listing.kind == "spot":
            return self.rng.random() < 0.5
        position = self.account.positions.get(listing.name)
        dollars = position.size * price / listing.money if position else 0.0
        lean = max(-0.45, min(0.45, dollars / (20 * self.character.size_usd)))
        return self.rng.random() > 0.5 + lean

    def _lots(self, market: Market, buy: bool, price: int) -> int:
        listing = market.listing
        dollars = self.character.size_usd * self.rng.uniform(0.05, 0.5)
        lots = max(1, int(dollars * listing.money / price))
        if listing.kind == "perp":
            return lots
        if buy:
            return min(lots, self.account.balance(listing.tokens[1]).total // 2 // price)
        held = self.account.balance(listing.tokens[0]).total // 10 ** (8 - listing.sz_decimals)
        return int(held if self.rng.random() < 0.4 else min(lots, held))

    def _dust(self, midnight: int) -> None:
        """At midnight UTC, what is smaller than a lot is converted (API.md section 8)."""
        for market in self.spots:
            listing = market.listing
            total = self.account.balance(listing.tokens[0]).total
            bar = market.candles.history.bar(midnight, HOUR)
            if bar is not None and 0 < total < 10 ** (8 - listing.sz_decimals):
                done = Print(midnight + 6, market.ladder.price(bar.o), 1, NO_HASH, 0)
                row = convert_dust(self.account, listing, done, self._next_oid(), self.state.token_names)
                self.account.fills.append(row)

    def _record(self, market: Market, buy: bool, prints: list[Print]) -> None:
        """The filled order's line in ``historicalOrders``."""
        first, last = prints[0], prints[-1]
        total = sum(done.lots for done in prints)
        order = Order(self.oid, market.listing, buy, last.price, 0, first.time - 150, total)
        order.status, order.status_time = "filled", last.time
        self.account.order_log.append(order.record())

    def _settle(self) -> None:
        """The last trades before the start bring every position to what the character holds then."""
        time = self.state.history_end - 20 * MINUTE
        for market in self.perps:
            listing = market.listing
            bar = market.candles.history.bar(time, MINUTE)
            if bar is None:
                continue
            price = market.ladder.price(bar.o)
            held = self.account.positions.get(listing.name)
            target = int(self.character.holds.get(listing.name, 0) * listing.money / price)
            missing = target - (held.size if held else 0)
            if missing:
                done = Print(
                    time + 777,
                    price,
                    abs(missing),
                    f"0x{self.rng.getrandbits(256):064x}",
                    self.rng.getrandbits(50),
                )
                self._fill(market, done, Side(buy=missing > 0, crossed=True, oid=self._next_oid()))
                self._record(market, missing > 0, [done])
            market.open_interest += max(0, target)
            self._top_up(market)
            time += MINUTE

    def _top_up(self, market: Market) -> None:
        """An isolated position begins with the margin that its leverage asks for."""
        position = self.account.positions.get(market.listing.name)
        if position and position.isolated and position.size:
            wanted = position.value(market.mark) // position.leverage - position.size * market.mark
            self.account.cash[market.listing.dex] -= wanted - position.cash
            position.cash = wanted
