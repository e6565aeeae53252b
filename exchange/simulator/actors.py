"""What the cast does once the world runs: each act plans the next."""

from random import Random

from exchange.simulator import cashflow, margin, twaps
from exchange.simulator.accounts import USDC, Account
from exchange.simulator.characters import Character
from exchange.simulator.market import Market
from exchange.simulator.orderdesk import cancel, market_order, new_order, place, reject
from exchange.simulator.orders import Order
from exchange.simulator.state import State

MOST_RESTING = 6


class Trader:
    """Now and then buys, sells, rests an order, cancels one, protects a position, moves money."""

    def __init__(self, state: State, character: Character, account: Account) -> None:
        self.character = character
        self.account = account
        self.rng = Random(f"{state.seed}/{account.address}/live")
        coins = character.coins + character.spot
        self.markets = [state.markets[coin] for coin in coins if coin in state.markets]
        state.schedule(state.now + self.rng.randrange(2, 2 + character.every_s) * 1000, self.act)

    def act(self, state: State) -> None:
        pause = self.rng.expovariate(1 / self.character.every_s)
        state.schedule(state.now + 500 + int(1000 * min(pause, 4 * self.character.every_s)), self.act)
        market = self.rng.choice(self.markets)
        draw = self.rng.random()
        if self.character.rests and draw < 0.35:
            self.rest(state, market)
        elif self.character.rests and draw < 0.5:
            self.take_back(state)
        elif draw > 0.97:
            self.move_money(state)
        else:
            self.trade(state, market)

    def trade(self, state: State, market: Market) -> None:
        buy = self.wants(market)
        lots = self.lots(market, buy)
        if lots > 0:
            market_order(state, self.account, market, buy, lots, builder=self.rng.random() < 0.2)

    def wants(self, market: Market) -> bool:
        """To buy, more likely the less it holds."""
        listing = market.listing
        if listing.kind == "spot":
            return self.rng.random() < 0.5
        position = self.account.positions.get(listing.name)
        held = position.size * market.mark / listing.money if position else 0.0
        aim = self.character.holds.get(listing.name, 0)
        lean = max(-0.45, min(0.45, (held - aim) / (10 * self.character.size_usd)))
        return self.rng.random() > 0.5 + lean

    def lots(self, market: Market, buy: bool) -> int:
        """A size within the account's means."""
        listing = market.listing
        lots = max(1, int(self.character.size_usd * self.rng.uniform(0.1, 1.0) * listing.money / market.mark))
        if listing.kind == "perp":
            return lots
        if buy:
            return min(lots, self.account.balance(USDC).total // 2 // market.mark)
        return min(
            lots, self.account.balance(listing.tokens[0]).total // 2 // int(10 ** (8 - listing.sz_decimals))
        )

    def rest(self, state: State, market: Market) -> None:
        """A limit order somewhat away from the market; on perps with take-profit and stop-loss."""
        if len(self.account.orders) >= MOST_RESTING:
            self.take_back(state)
            return
        buy = self.wants(market)
        away = self.rng.uniform(0.0001, 0.004)
        ladder = market.ladder
        base = ladder.price(market.bid if buy else market.ask)
        price = ladder.price(ladder.step(round(base * (1 - away if buy else 1 + away))))
        lots = self.lots(market, buy)
        if lots <= 0:
            return
        order = new_order(state, market, buy, price, lots)
        order.cloid = f"0x{self.rng.getrandbits(128):032x}" if self.rng.random() < 0.5 else None
        if market.listing.kind == "perp" and self.rng.random() < 0.1:
            reject(state, self.account, order, self.rng.choice(("minTradeNtlRejected", "perpMarginRejected")))
            return
        if market.listing.kind == "perp":
            order.children = [self.protect(state, market, order, gain) for gain in (True, False)]
        place(state, self.account, market, order)

    def protect(self, state: State, market: Market, parent: Order, gain: bool) -> Order:
        """A take-profit or stop-loss for when ``parent`` is filled."""
        ladder = market.ladder
        above = gain == parent.buy
        trigger = ladder.price(ladder.step(round(parent.price * (1.012 if above else 0.988))))
        worst = ladder.price(ladder.step(round(trigger * (0.92 if parent.buy else 1.08))))
        order = new_order(state, market, not parent.buy, worst, parent.size)
        order.kind = "Take Profit Market" if gain else "Stop Market"
        order.tif, order.trigger, order.above, order.reduce_only = None, trigger, above, True
        return order

    def protect_position(self, state: State, market: Market) -> None:
        """TP and SL for the whole position: size 0 on the wire (API.md section 7)."""
        position = self.account.positions[market.listing.name]
        parent = new_order(state, market, position.size > 0, market.mark, 0)
        for gain in (True, False):
            order = self.protect(state, market, parent, gain)
            order.whole_position = True
            place(state, self.account, market, order)

    def take_back(self, state: State) -> None:
        orders = [order for order in self.account.orders.values() if not order.whole_position]
        if orders:
            order = orders[0]
            cancel(state, self.account, state.markets[order.listing.name], order)

    def move_money(self, state: State) -> None:
        """A deposit or a withdrawal; a deposit when there is little left to trade with."""
        micro = self.rng.randrange(50, 500) * 1_000_000
        needy = margin.backing(state, self.account, "") < 2_000_000 * self.character.size_usd
        if needy or self.rng.random() < 0.5:
            cashflow.deposit(state, self.account, state.now, 10 * micro if needy else micro)
        else:
            cashflow.withdraw(state, self.account, state.now, micro)


class TwapRunner(Trader):
    """Starts a TWAP, waits until it is done, starts the next, mostly the other way."""

    def act(self, state: State) -> None:
        market = self.markets[0]
        if not self.account.twaps:
            lots = 10 * max(1, self.lots(market, True))
            twaps.start(state, self.account, market, self.wants(market), lots, 3)
        state.schedule(state.now + twaps.REST_MS, self.act)
