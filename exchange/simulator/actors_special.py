"""The market maker and the gambler: the two of the cast that never stop."""

import math

from exchange.simulator import cashflow
from exchange.simulator.accounts import Account
from exchange.simulator.bars import MINUTE
from exchange.simulator.characters import Character
from exchange.simulator.market import Market
from exchange.simulator.orderdesk import cancel, market_order, new_order, place
from exchange.simulator.state import State


class MarketMaker:
    """Keeps a bid and an ask on each of its coins and moves them along with the market."""

    SECONDS = 2

    def __init__(self, state: State, character: Character, account: Account) -> None:
        self.account = account
        self.character = character
        self.markets = [state.markets[coin] for coin in character.coins if coin in state.markets]
        for market in self.markets:
            market.makers.append(account)
        state.schedule(state.now + 300, self.act)

    def act(self, state: State) -> None:
        state.schedule(state.now + 1000 * self.SECONDS, self.act)
        for market in self.markets:
            for order in [o for o in self.account.orders.values() if o.listing is market.listing]:
                if abs(market.ladder.step(order.price) - (market.bid if order.buy else market.ask)) > 1:
                    cancel(state, self.account, market, order)
            for buy in (True, False):
                self.quote(state, market, buy)

    def quote(self, state: State, market: Market, buy: bool) -> None:
        if any(o.listing is market.listing and o.buy == buy for o in self.account.orders.values()):
            return
        price = market.ladder.price(market.bid if buy else market.ask)
        lots = max(1, int(self.character.size_usd * market.listing.money / market.mark))
        order = new_order(state, market, buy, price, lots)
        order.tif = "Alo"
        place(state, self.account, market, order)


class Gambler:
    """Takes all the leverage there is, again and again; the market takes it back."""

    CYCLE_MS = 10 * MINUTE
    MOVE = 0.004

    def __init__(self, state: State, character: Character, account: Account) -> None:
        self.account = account
        self.character = character
        self.market = state.markets[character.coins[0]]
        self.round = 0
        state.schedule(state.now + 15_000, self.gamble)

    def gamble(self, state: State) -> None:
        """Deposit, go all in, and meet a market that turns within a minute."""
        state.schedule(state.now + self.CYCLE_MS, self.gamble)
        self.round += 1
        cashflow.deposit(state, self.account, state.now, self.character.deposit * 1_000_000)
        equity = self.account.cash[""] * 97 // 100
        lots = equity * self.market.listing.max_leverage // self.market.mark
        market_order(state, self.account, self.market, self.round % 2 == 1, max(1, lots))
        state.schedule(state.now + 20_000, self.turn)

    def turn(self, state: State) -> None:
        """The price walks against the position until it is gone."""
        position = self.account.positions[self.market.listing.name]
        if position.size:
            self.market.fair *= 1 - math.copysign(self.MOVE, position.size)
            self.market.reprice(state.rng)
            state.schedule(state.now + 1500, self.turn)
