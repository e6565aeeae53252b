"""CashFlow: a row of the exchange's ledger: deposit, withdrawal, transfer, liquidation, reward ..."""

import json
from collections.abc import Iterable
from hashlib import sha256

from django.db import models

from exchange.wire import Open
from exchange.wire import cashflows as wire
from snapshots.models.history import History, HistoryQuerySet


def digest_of(delta: Open) -> str:
    """Tells two rows of one transaction apart: the exchange gives ledger rows no number."""
    text = json.dumps(delta, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()[:32]


class CashFlowQuerySet(HistoryQuerySet):
    """Selections of cash flows."""

    def kinds(self, kinds: Iterable[str]) -> "CashFlowQuerySet":
        """Those whose ``delta.type`` is one of these."""
        return self.filter(kind__in=list(kinds))


class CashFlow(History):
    """``delta`` is whole, as it came, amounts as text; ``kind`` is its ``type``, an open set of words."""

    kind = models.CharField(max_length=64)
    hash = models.CharField(max_length=80)
    digest = models.CharField(max_length=32)
    delta = models.JSONField()

    objects = CashFlowQuerySet.as_manager()

    class Meta:
        constraints = [
            # one transaction may hold several rows in one millisecond; equal ones are the same row sent twice
            models.UniqueConstraint(fields=["account", "time", "hash", "digest"], name="cashflow_identity"),
        ]
        indexes = [
            # the cash flows page, newest first; the bridge from day to day
            models.Index(fields=["account", "-time", "-id"], name="cashflow_page"),
            # the kinds that there are, and the cash flows page of one of them
            models.Index(fields=["account", "kind", "-time", "-id"], name="cashflow_kind_page"),
        ]

    def __str__(self) -> str:
        return self.kind

    @classmethod
    def of_wire(cls, account_id: int, row: wire.LedgerRow, received_at: int) -> "CashFlow":
        """The row of what the exchange sent."""
        return cls(
            account_id=account_id,
            received_at=received_at,
            time=row.time,
            hash=row.hash,
            kind=row.kind,
            digest=digest_of(row.delta),
            delta=row.delta,
        )

    @property
    def wire(self) -> wire.LedgerRow:
        """What the exchange sent."""
        return wire.LedgerRow(self.time, self.hash, self.delta)
