"""What the exchange sends, made up for tests: fills and others with every optional part, or with none."""

from decimal import Decimal

from exchange.wire.cashflows import FundingPayment, LedgerRow
from exchange.wire.fills import Fill, FillLiquidation
from exchange.wire.market import Trade
from exchange.wire.orders import Order, OrderRecord

NOON = 1_764_072_000_000
"""2025-11-25 12:00 UTC, Unix ms."""
ALICE, BOB = "0x" + "a1" * 20, "0x" + "b2" * 20


def fill(time: int = NOON, tid: int | None = 1, **changes) -> Fill:
    """A plain fill of BTC."""
    values = {
        "coin": "BTC",
        "px": Decimal("84143.0"),
        "sz": Decimal("0.5"),
        "side": "B",
        "start_position": Decimal("0.0"),
        "dir": "Open Long",
        "closed_pnl": Decimal("0.0"),
        "hash": "0x" + "0" * 64,
        "oid": 600_000_000_000,
        "crossed": True,
        "fee": Decimal("18.932175"),
        "fee_token": "USDC",
    }
    return Fill(time=time, tid=tid, **{**values, **changes})


def full_fill() -> Fill:
    """A fill with everything that a fill may carry, numbers as long as the exchange has sent them."""
    return fill(
        px=Decimal("2703997.4500000002"),
        sz=Decimal("4161029539.6949653625"),
        twap_id=77,
        builder_fee=Decimal("0.000001"),
        cloid="0x" + "9" * 32,
        liquidation=FillLiquidation(ALICE, Decimal("0.0000001234"), "market"),
        fee_trial_escrow=Decimal("-0.5"),
    )


def funding(time: int = NOON, coin: str = "BTC", usdc: str = "-1.25") -> FundingPayment:
    return FundingPayment(time, coin, Decimal(usdc), Decimal("0.5"), Decimal("0.0000125"), None)


def ledger(time: int = NOON, **delta) -> LedgerRow:
    return LedgerRow(time, "0x" + "1" * 64, {"type": "deposit", "usdc": "1000.0", **delta})


def order(oid: int = 1, status: str = "filled", time: int = NOON, coin: str = "BTC") -> OrderRecord:
    placed = Order(
        coin, "B", Decimal("84000.0"), Decimal("0.0"), oid, time - 1000, orig_sz=Decimal("0.5"), order_type="Limit"
    )
    return OrderRecord(placed, status, time)


def trade(tid: int, time: int = NOON, coin: str = "BTC", side: str = "B", sz: str = "0.1") -> Trade:
    return Trade(coin, side, Decimal("84143.0"), Decimal(sz), time, tid, "0x", (ALICE, BOB))
