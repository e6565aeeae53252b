"""Every movement of tokens between two standings, valued in USD: the arithmetic under a bridge.

A movement has an amount of a token and the USD that its line is charged with. What the token itself gained
in price, on what was held at the start and on every movement since, is the line ``tokens``: with it the
lines add up to tokens x end prices whatever rates were used on the way.
"""

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal

from exchange.equity import CollateralOf
from exchange.wire.cashflows import FundingPayment
from snapshots.pnl.chain import node
from snapshots.pnl.executions import ZERO, Execution, dex_of
from snapshots.pnl.flows import Flow
from snapshots.pnl.position import Part
from snapshots.pnl.standing import Held, Standing

SHARE = 12
"""Decimals of the realised share of a price PnL, so that the two shares are the whole to the last digit."""
MOST_DIGITS = 15
"""Before the point: an amount of more has no room for the decimals."""


class Movements:
    """Collects what the record says; ``settle`` prices it. ``usd`` and ``count`` are by line.

    ``residuals`` are by token: how much of it the exchange has at the end and the record does not lead to.
    """

    def __init__(self, start: Standing, end: Standing, collateral_of: CollateralOf) -> None:
        self.start, self.end, self._collateral_of = start, end, collateral_of
        self.usd: dict[str, Decimal] = defaultdict(Decimal)
        self.count: dict[str, int] = defaultdict(int)
        self.residuals: dict[str, Decimal] = {}
        self.not_counted: list[str] = []
        self._moved: dict[str, Decimal] = defaultdict(Decimal)
        self._charged: dict[str, Decimal] = defaultdict(Decimal)
        self._last: dict[str, Decimal] = {}
        self._perps: list[Execution] = []
        self._realised: dict[str, Decimal] = defaultdict(Decimal)
        self._tokens_of = {coin: held.token for state in (start, end) for coin, held in state.positions.items()}

    def trade(self, row: Execution) -> None:
        """A fill: perps settle money, spot exchanges tokens; the fee is its own line."""
        if not self._is_within(row.time):
            return
        rate = self.price(row.quote)
        self._last[row.base] = row.price * rate
        if row.kind == "perp":
            self._perps.append(row)
            self._tokens_of.setdefault(row.coin, row.quote)
            self._move(row.quote, -row.fee)
        else:
            paid_in_coins = abs(row.moved) != row.size
            self._move(row.base, row.moved, row.moved * row.price * rate)
            sold = row.size if row.moved < 0 else -row.size
            self._move(row.quote, sold * row.price - (ZERO if paid_in_coins else row.fee))
        self._charge("fee", -row.fee * rate)

    def realise(self, part: Part) -> None:
        """How much of a perp's price PnL its fill realised: a share of the whole, which ``settle`` works out."""
        row = part.execution
        if row.kind == "perp" and part.gain and self._is_within(row.time):
            self._realised[row.coin] += part.gain
            self.count["realised"] += 1

    def fund(self, payment: FundingPayment) -> None:
        """Funding is paid in the collateral of the coin's dex."""
        if self._is_within(payment.time):
            token = self._tokens_of.get(payment.coin) or self._collateral_of(dex_of(payment.coin))
            self._charge("funding", self._move(token, payment.usdc))

    def flow(self, flow: Flow) -> None:
        """A ledger row; ones without a known amount are named."""
        if not self._is_within(flow.time):
            return
        if flow.line == "unknown":
            self.not_counted.append(flow.text)
        if flow.amount:
            self._charge(flow.line, self._move(flow.token, flow.amount, flow.usd))
        if flow.fee:
            self._charge("fee", self._move(flow.fee_token, -flow.fee))

    def settle(self) -> None:
        """Price PnL of the perps, then the change of price of every token."""
        self._settle_perps()
        tokens = {**self.start.tokens, **self.end.tokens, **self._moved}
        for token in tokens:
            held, moved = self.start.tokens.get(token, ZERO), self._moved[token]
            before = held * self.start.prices.get(token, ZERO)
            gain = (held + moved) * self.price(token) - before - self._charged[token]
            if gain:
                self._charge("tokens", gain)
            if residual := self.end.tokens.get(token, ZERO) - held - moved:
                self.residuals[token] = residual
            if moved and token not in self.end.prices:
                self.not_counted.append(f"{token} has no price at the end")

    def price(self, token: str) -> Decimal:
        """USD of one token at the end; of one not held any more by its last fill, or as at the start."""
        if token in self.end.prices:
            return self.end.prices[token]
        last: Mapping[str, Decimal] = self._last
        return last.get(token, self.start.prices.get(token, ZERO))

    def _settle_perps(self) -> None:
        cash: dict[str, Decimal] = defaultdict(Decimal)
        moved: dict[str, Decimal] = defaultdict(Decimal)
        for row in self._perps:
            cash[row.coin] += row.cash
            moved[row.coin] += row.moved
        for coin in {**self.start.positions, **self.end.positions, **moved}:
            token = self._tokens_of[coin]
            before = self.start.positions.get(coin, Held(ZERO, ZERO, token))
            total = self._value(coin, before.size + moved[coin]) - before.value + cash[coin]
            usd = self._move(token, total)
            realised = self._realised[coin] * self.price(token)
            if realised.adjusted() < MOST_DIGITS:
                realised = round(realised, SHARE)  # averages do not divide evenly
            self.usd["realised"] += realised
            self._charge("unrealised", usd - realised)

    def _value(self, coin: str, size: Decimal) -> Decimal:
        """Worth of a perp position at the end, of the size that the record leads to."""
        held = self.end.positions.get(coin)
        said = held.size if held else ZERO
        if node(said) == node(size):
            return held.value if held else ZERO
        self.not_counted.append(f"{coin}: the record ends at {size:f}, the exchange says {said:f}")
        mark = self.end.marks.get(coin)
        if mark is None:
            mark = self._last_mark(coin)
        return (held.value if held else ZERO) + (size - said) * mark

    def _last_mark(self, coin: str) -> Decimal:
        """Price of a coin of which no mark was given: of its position, or of its last fill."""
        for held in (self.end.positions.get(coin), self.start.positions.get(coin)):
            if held and held.size:
                return held.value / held.size
        return next(row.price for row in reversed(self._perps) if row.coin == coin)

    def _is_within(self, time: int) -> bool:
        return self.start.time < time <= self.end.time

    def _move(self, token: str, amount: Decimal, usd: Decimal | None = None) -> Decimal:
        """Book ``amount`` of a token, worth ``usd`` or its end price; returns the USD."""
        worth = amount * self.price(token) if usd is None else usd
        self._moved[token] += amount
        self._charged[token] += worth
        return worth

    def _charge(self, line: str, usd: Decimal) -> None:
        self.usd[line] += usd
        self.count[line] += 1
