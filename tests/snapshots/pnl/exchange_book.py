"""A little exchange that keeps one account's books the plain way: balances, positions, prices.

It knows nothing of bridges: what it says an account is worth is what bridges must explain to the last digit.
"""

from collections import defaultdict
from decimal import Decimal
from typing import Any

from exchange.wire.cashflows import FundingPayment, LedgerRow
from exchange.wire.fills import Fill
from snapshots.pnl.standing import Held, Standing
from tests.snapshots.pnl.rows import OTHER, OWNER, PAIRS, D, Trader, funding, ledger

COLLATERAL = {"BTC": "USDC", "ETH": "USDC", "flx:TSLA": "USDH"}
SPOT = {"@107": "HYPE"}


class Books:
    """Every act changes the balances and leaves the row that the exchange would send."""

    def __init__(self) -> None:
        self.trader = Trader()
        self.balance: dict[str, Decimal] = defaultdict(Decimal)
        self.mark = {"BTC": D(100), "ETH": D(10), "flx:TSLA": D(40)}
        self.price = {"USDC": D(1), "USDH": D("0.99"), "HYPE": D(30)}
        self.fundings: list[FundingPayment] = []
        self.ledger: list[LedgerRow] = []

    @property
    def now(self) -> int:
        return self.trader.time

    @property
    def fills(self) -> list[Fill]:
        return self.trader.fills

    def trade(self, coin: str, size: int, price: Decimal, fee: Decimal) -> None:
        """Buy, or sell if ``size`` is negative; the fee of a spot buy is in coins."""
        act = self.trader.buy if size > 0 else self.trader.sell
        base, money = SPOT.get(coin), COLLATERAL.get(coin, "USDC")
        in_coins = base is not None and size > 0
        act(coin, abs(size), price, fee=fee, fee_token=base if in_coins else money)
        if base:
            self.balance[base] += size - (fee if in_coins else 0)
        self.balance[money] += -size * price - (0 if in_coins else fee)

    def fund(self, coin: str, usdc: Decimal) -> None:
        self.trader.time += 1000
        self.balance[COLLATERAL[coin]] += usdc
        self.fundings.append(funding(coin, usdc, self.now, self.trader.held[coin]))

    def move(self, kind: str, amount: Decimal) -> None:
        """A ledger row of ``amount``; tokens are worth what they cost then."""
        self.trader.time += 1000
        out = {"user": OWNER, "destination": OTHER}
        delta: dict[str, Any] = {"usdc": str(amount)}
        if kind in ("withdraw", "internalTransfer"):
            delta |= {"fee": "1.0"} | (out if kind == "internalTransfer" else {})
            self.balance["USDC"] -= amount + 1
        elif kind == "spotTransfer":
            worth = amount * self.price["HYPE"]
            delta = {"token": "HYPE", "amount": str(amount), "usdcValue": str(worth)}
            delta |= {"user": OTHER, "destination": OWNER}
            self.balance["HYPE"] += amount
        elif kind == "deposit":
            self.balance["USDC"] += amount
        elif kind == "accountClassTransfer":
            delta["toPerp"] = True
        self.ledger.append(ledger(kind, self.now, **delta))

    def standing(self) -> Standing:
        """What the exchange says: balances with the positions' value in them, positions, marks, prices."""
        held = {coin: size for coin, size in self.trader.held.items() if size and coin in COLLATERAL}
        tokens = dict(self.balance)
        positions = {}
        for coin, size in held.items():
            value = size * self.mark[coin]
            tokens[COLLATERAL[coin]] = tokens.get(COLLATERAL[coin], D(0)) + value
            positions[coin] = Held(size, value, COLLATERAL[coin])
        return Standing(self.now, tokens, positions, dict(self.price), dict(self.mark))

    def contribution(self, fill: Fill) -> Decimal:
        """What one fill has brought by now: its coins at today's price, less what was paid for them."""
        move = fill.sz if fill.side == "B" else -fill.sz
        fee = fill.fee or D(0)
        if base := SPOT.get(fill.coin):
            in_coins = fill.fee_token == PAIRS[fill.coin][0]
            coins = move - (fee if in_coins else 0)
            return coins * self.price[base] - move * fill.px - (0 if in_coins else fee)
        return (move * (self.mark[fill.coin] - fill.px) - fee) * self.price[COLLATERAL[fill.coin]]
