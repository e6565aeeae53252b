"""Stored history: what the exchange said about accounts and public trades, and what is known to be complete.

``Account`` owns the history of an address; a user's Wallet is only his bookmark of it.
"""

from snapshots.models.account import Account
from snapshots.models.backfill import BackfillProgress
from snapshots.models.cashflow import CashFlow
from snapshots.models.coverage import Coverage
from snapshots.models.day import DayBook, DayResult
from snapshots.models.equity import EquitySnapshot
from snapshots.models.fill import Fill
from snapshots.models.funding import FundingPayment
from snapshots.models.minute import TradeMinute
from snapshots.models.note import TripNote
from snapshots.models.order import ClosedOrder
from snapshots.models.position import PositionSnapshot
from snapshots.models.pruning import PruneRun
from snapshots.models.trade import TradeSnapshot

__all__ = [
    "Account",
    "BackfillProgress",
    "CashFlow",
    "ClosedOrder",
    "Coverage",
    "DayBook",
    "DayResult",
    "EquitySnapshot",
    "Fill",
    "FundingPayment",
    "PositionSnapshot",
    "PruneRun",
    "TradeMinute",
    "TradeSnapshot",
    "TripNote",
]
