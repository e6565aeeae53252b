"""How the record of some wallets stands: what is complete, and how far the reading of the past has come."""

from collections.abc import Sequence
from typing import Any

from accounts.models import Wallet
from dashboard.pages.history.coverage import coverage_of
from dashboard.pages.history.scope import name_of
from dashboard.pages.history.times import Times
from snapshots.models import Account, BackfillProgress

KINDS = {
    "Fills": ("fills", "twaps"),
    "Funding": ("fundings",),
    "Cash flows": ("ledger",),
    "Orders": ("orders",),
}
"""What is recorded, and the streams that it comes from."""
NAMES = {
    "fills": "Fills",
    "twaps": "TWAP slices",
    "fundings": "Funding",
    "ledger": "Cash flows",
    "orders": "Closed orders",
}
DONE = BackfillProgress.State.DONE
TONES = {BackfillProgress.State.FAILED: "warn"}


def record_context(wallets: Sequence[Wallet], accounts: Sequence[Account], times: Times) -> dict[str, Any]:
    """Coverage and back-fill: of one wallet kind by kind, of several wallet by wallet. Two queries."""
    if len(wallets) == 1:
        lines = [(name, _streams(wallets[0], kinds)) for name, kinds in KINDS.items()]
    else:
        lines = [(name_of(wallet), _streams(wallet, NAMES)) for wallet in wallets]
    progress = list(BackfillProgress.objects.filter(account__in=accounts).order_by("account", "stream"))
    if len(wallets) == 1:
        steps = [_step(row, times) for row in progress]
    else:
        keys = {account.address: account.pk for account in accounts}
        each = [
            (wallet, [row for row in progress if row.account_id == keys.get(wallet.address)]) for wallet in wallets
        ]
        steps = [_sum(wallet, rows) for wallet, rows in each if any(row.state != DONE for row in rows)]
    return {"coverage": coverage_of(lines, times), "backfill": steps}


def _streams(wallet: Wallet, kinds: Sequence[str] | dict[str, str]) -> list[str]:
    return [f"{kind}:{wallet.address}" for kind in kinds]


def _sum(wallet: Wallet, rows: Sequence[BackfillProgress]) -> dict[str, str]:
    """All streams of a wallet that has not been read to the end."""
    done = sum(row.state == DONE for row in rows)
    failed = any(row.state == BackfillProgress.State.FAILED for row in rows)
    return {
        "name": name_of(wallet),
        "state": "Will be tried again" if failed else f"{done} of {len(rows)} read",
        "tone": "warn" if failed else "",
        "said": f"{sum(row.rows for row in rows):,} rows so far",
    }


def _step(row: BackfillProgress, times: Times) -> dict[str, str]:
    """One stream's reading in words."""
    said = [f"{row.rows:,} row{'' if row.rows == 1 else 's'} read"]
    if row.reached is not None:
        said.append(f"up to {times.near(row.reached)}")
    if row.is_cut:
        said.append("the exchange keeps no older ones")
    if row.error:
        said.append(row.error)
    if row.retry_at is not None:
        said.append(f"again at {times.near(row.retry_at)}")
    return {
        "name": NAMES.get(row.stream, row.stream),
        "state": row.get_state_display(),
        "tone": TONES.get(row.state, ""),
        "said": " · ".join(said),
    }
