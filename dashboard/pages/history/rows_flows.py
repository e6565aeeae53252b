"""Rows of the table of cash flows: every kind of the exchange's ledger, unknown ones as they came."""

from accounts.address import short_address
from dashboard.pages.history.cells import Cell, Column, cost, gain, sum_of
from dashboard.pages.history.rows import TIME, WALLET, Cells, place_cells
from dashboard.pages.history.scope import Scope
from snapshots.models import CashFlow
from snapshots.pnl.flows import Flow, flow_of

FLOWS = [
    TIME,
    WALLET,
    Column("kind", "What"),
    Column("gain", "Amount", True, "Into the account with a plus, out of it with a minus"),
    Column("fee", "Fee", True),
    Column("text", "Details"),
]
WORDS = {
    "deposit": "Deposit",
    "withdraw": "Withdrawal",
    "internalTransfer": "Transfer",
    "subAccountTransfer": "Sub-account transfer",
    "spotTransfer": "Spot transfer",
    "send": "Sent",
    "accountClassTransfer": "Between perps and spot",
    "activateDexAbstraction": "Dex abstraction",
    "spotGenesis": "Token genesis",
    "rewardsClaim": "Rewards claimed",
    "vaultLeaderCommission": "Vault leader's commission",
    "vaultCreate": "Vault created",
    "vaultDeposit": "Vault deposit",
    "vaultWithdraw": "Vault withdrawal",
    "vaultDistribution": "Vault distribution",
    "cStakingTransfer": "Staking",
    "borrowLend": "Lending",
    "deployGasAuction": "Deployment gas",
    "liquidation": "Liquidation",
}


def flow_cells(row: CashFlow, scope: Scope) -> Cells:
    """One row of the ledger."""
    flow = flow_of(row.wire, scope.accounts[row.account_id].address)
    return {
        **place_cells(scope, row.account_id, row.time),
        "kind": Cell(WORDS.get(row.kind, row.kind or "?"), title=row.kind, tags=_tags(flow)),
        "gain": _amount(row, flow),
        "fee": cost(flow.fee, flow.fee_token) if flow.fee else Cell("—"),
        "text": Cell(_text(row, flow), title=row.hash),
    }


def _tags(flow: Flow) -> tuple[tuple[str, str], ...]:
    if flow.line == "unknown":
        return (("unknown kind", "warn"),)
    return (("own accounts", ""),) if flow.line == "internal" else ()


def _amount(row: CashFlow, flow: Flow) -> Cell:
    """What came or went; what only moved within the account has no sign."""
    if flow.amount:
        return gain(flow.amount, flow.token)
    delta = row.wire.known
    moved = None if delta is None else delta.amount if delta.amount is not None else delta.usdc
    if flow.line == "internal" and moved is not None:
        return sum_of(moved, (delta.token if delta else None) or "USDC")
    return Cell("—")


def _text(row: CashFlow, flow: Flow) -> str:
    if flow.line == "unknown":
        return ", ".join(f"{name}: {value}" for name, value in sorted(row.delta.items()) if name != "type")[:200]
    if row.kind == "liquidation" and row.wire.known and row.wire.known.liquidated_positions:
        taken = (f"{one.szi:f} {one.coin}" for one in row.wire.known.liquidated_positions)
        return f"taken: {', '.join(taken)}"[:200]
    words = (short_address(word) if word.startswith("0x") else word for word in flow.text.split())
    return " ".join(words)
