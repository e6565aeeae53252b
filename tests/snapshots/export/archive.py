"""A small history with everything that is hard to write down, for exports."""

from decimal import Decimal

from snapshots.models import (
    Account,
    CashFlow,
    ClosedOrder,
    Coverage,
    EquitySnapshot,
    Fill,
    FundingPayment,
    PositionSnapshot,
    TradeMinute,
    TradeSnapshot,
    TripNote,
)
from snapshots.models.trade import COLUMNS
from tests.snapshots import wires
from tests.snapshots.wires import ALICE, BOB, NOON

HOUR = 3_600_000
NOTE = '=HYPERLINK("http://evil.example")\nline two\r\n\tüñ, "quoted", back\\slash \\n'


def fill_archive(user) -> tuple[Account, Account]:
    """Two accounts with rows of every kind, with coverage and a gap, and notes of ``user``."""
    alice = Account.objects.create(address=ALICE, added_at=NOON - HOUR)
    bob = Account.objects.create(address=BOB, added_at=NOON)
    for account in (bob, alice):
        accounts_rows(account)
    trades = [wires.trade(n, NOON + n // 3, coin) for n in range(10) for coin in ("BTC", "@107", "kPEPE")]
    TradeSnapshot.objects.bulk_create(
        TradeSnapshot(**dict(zip(COLUMNS, TradeSnapshot.values_of(trade, NOON + 5), strict=True)))
        for trade in trades
    )
    amounts = {"bought": Decimal("1.50"), "sold": Decimal("0.0"), "turnover": Decimal("1E+6")}
    TradeMinute.objects.create(coin="BTC", time=NOON, trades=3, **amounts)
    for kind in ("fills", "twaps", "fundings", "ledger", "orders"):
        claim(f"{kind}:{ALICE}", 0, NOON)
    claim(f"fills:{ALICE}", NOON, NOON + HOUR, "gap", "the exchange keeps 10,000")
    claim("trades:BTC", NOON, NOON + HOUR)
    trip = {"coin": "BTC", "opened_at": NOON, "tid": 1, "oid": 1, "side": "B"}
    TripNote.objects.create(user=user, account=alice, text=NOTE, **trip)
    return alice, bob


def accounts_rows(account: Account) -> None:
    """Rows whose order of storing is not that of their times."""
    rows = [wires.full_fill(), wires.fill(NOON + 1, tid=None, fee=None, fee_token=None, cloid="")]
    rows += [wires.fill(NOON - 1000 - n, tid=n, closed_pnl=Decimal("-0.0"), dir="-5") for n in range(5)]
    Fill.objects.bulk_create(Fill.of_wire(account.pk, row, NOON) for row in rows)
    FundingPayment.of_wire(account.pk, wires.funding(), NOON).save()
    CashFlow.of_wire(account.pk, wires.ledger(b={"y": "1.10", "x": [1, None]}, a='"@,\\\n'), NOON).save()
    ClosedOrder.of_wire(account.pk, wires.order(), NOON).save()
    PositionSnapshot.objects.create(
        account=account, coin="xyz:SP500", dex="xyz", szi=Decimal("-1.000"), time=NOON, received_at=NOON
    )
    lines = [["perps", "", "10.50", "what the perps are worth"], ["token", "PURR", None, ""]]
    EquitySnapshot.objects.create(account=account, mode="default", lines=lines, time=NOON, received_at=NOON)


def claim(stream: str, start: int, end: int, state: str = "covered", reason: str = "") -> None:
    Coverage.objects.create(stream=stream, start=start, end=end, state=state, reason=reason, updated_at=NOON)


def forget() -> None:
    """As if the instance were new; users stay."""
    for model in (Account, Coverage, TradeSnapshot, TradeMinute):
        model.objects.all().delete()
