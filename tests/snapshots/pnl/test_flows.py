"""Every kind of ledger row that the exchange is known to send, from both sides where it has two."""

import pytest

from snapshots.pnl.flows import EARNED, EXTERNAL, KINDS, SILENT, flow_of
from tests.recorded import RECORDED, needs_recorded, rest_reply
from tests.snapshots.pnl.rows import OTHER, OWNER, D, ledger

VAULT = "0x" + "c" * 40
TO_OTHER = {"user": OWNER, "destination": OTHER}
FROM_OTHER = {"user": OTHER, "destination": OWNER}
TO_SELF = {"user": OWNER, "destination": OWNER}
HYPE = {"token": "HYPE", "amount": "2", "usdcValue": "60"}
LEFT = {"vault": VAULT, "user": OWNER, "requestedUsd": "110", "commission": "4", "netWithdrawnUsd": "100"}

CASES = [
    ("deposit", {"usdc": "100"}, ("deposit", "USDC", 100, 100, 0)),
    ("withdraw", {"usdc": "50", "fee": "1"}, ("withdrawal", "USDC", -50, -50, 1)),
    ("internalTransfer", {"usdc": "5", "fee": "1", **TO_OTHER}, ("transfer", "USDC", -5, -5, 1)),
    ("internalTransfer", {"usdc": "5", "fee": "1", **FROM_OTHER}, ("transfer", "USDC", 5, 5, 0)),
    ("subAccountTransfer", {"usdc": "7", **TO_OTHER}, ("transfer", "USDC", -7, -7, 0)),
    ("subAccountTransfer", {"usdc": "7", **FROM_OTHER}, ("transfer", "USDC", 7, 7, 0)),
    ("spotTransfer", {**HYPE, **FROM_OTHER}, ("transfer", "HYPE", 2, 60, 0)),
    ("spotTransfer", {**HYPE, "fee": "1.0", "feeToken": "", **TO_OTHER}, ("transfer", "HYPE", -2, -60, 1)),
    ("send", {**HYPE, "sourceDex": "", "destinationDex": "spot", **TO_SELF}, ("internal", "HYPE", 0, 0, 0)),
    ("send", {**HYPE, **TO_OTHER}, ("transfer", "HYPE", -2, -60, 0)),
    ("accountClassTransfer", {"usdc": "9", "toPerp": True}, ("internal", "USDC", 0, 0, 0)),
    ("activateDexAbstraction", {"dex": "xyz", "amount": "9"}, ("internal", "USDC", 0, 0, 0)),
    ("vaultCreate", {"vault": VAULT, "user": OWNER, "usdc": "9", "fee": "100"}, ("vault", "USDC", -9, -9, 100)),
    ("vaultDeposit", {"vault": VAULT, "user": OWNER, "usdc": "30"}, ("vault", "USDC", -30, -30, 0)),
    ("vaultDeposit", {"vault": OWNER, "user": OTHER, "usdc": "30"}, ("vault", "USDC", 30, 30, 0)),
    ("vaultWithdraw", LEFT, ("vault", "USDC", 100, 100, 0)),
    ("vaultWithdraw", {**LEFT, "vault": OWNER, "user": OTHER}, ("vault", "USDC", -104, -104, 0)),
    ("vaultDistribution", {"vault": VAULT, "usdc": "3"}, ("vault", "USDC", 3, 3, 0)),
    ("vaultDistribution", {"vault": OWNER, "usdc": "3"}, ("vault", "USDC", -3, -3, 0)),
    ("vaultLeaderCommission", {"user": OWNER, "usdc": "4"}, ("reward", "USDC", 4, 4, 0)),
    ("rewardsClaim", {"amount": "11"}, ("reward", "USDC", 11, 11, 0)),
    ("spotGenesis", {"token": "PURR", "amount": "1000"}, ("reward", "PURR", 1000, None, 0)),
    ("cStakingTransfer", {"token": "HYPE", "amount": "2", "isDeposit": True}, ("staking", "HYPE", -2, None, 0)),
    ("cStakingTransfer", {"token": "HYPE", "amount": "2", "isDeposit": False}, ("staking", "HYPE", 2, None, 0)),
    ("borrowLend", {"token": "USDC", "operation": "supply", "amount": "500", "interestAmount": "1"},
     ("interest", "USDC", 1, 1, 0)),
    ("borrowLend", {"token": "USDC", "operation": "repay", "amount": "500", "interestAmount": "2"},
     ("interest", "USDC", -2, -2, 0)),
    ("deployGasAuction", {"token": "USDC", "amount": "800"}, ("fee", "USDC", -800, -800, 0)),
    ("liquidation", {"liquidatedNtlPos": "356", "accountValue": "3"}, ("liquidation", "USDC", 0, 0, 0)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "delta", "expected"), CASES, ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_ledger_row_moves_what_it_says(kind, delta, expected):
    flow = flow_of(ledger(kind, **delta), OWNER)
    assert (flow.line, flow.token, flow.amount, flow.usd, flow.fee) == expected
    assert flow.line in (*EXTERNAL, *EARNED, *SILENT)
    assert flow.text


def test_every_known_kind_has_its_case():
    assert {kind for kind, _, _ in CASES} == set(KINDS)


@pytest.mark.parametrize("row", [ledger("moonGift", usdc="5"), ledger("deposit", usdc="lots"), ledger("")])
def test_what_is_not_known_is_named_and_moves_nothing(row):
    flow = flow_of(row, OWNER)
    assert (flow.line, flow.amount) == ("unknown", 0)
    assert "not counted" in flow.text


def test_addresses_are_compared_whatever_their_case():
    row = ledger("internalTransfer", usdc="5", user=OWNER.upper().replace("X", "x"), destination=OTHER)
    assert flow_of(row, OWNER.upper().replace("X", "x")).amount == D(-5)


@needs_recorded
@pytest.mark.parametrize("name", ["pysdk_user_non_funding_ledger_updates_without_end_time",
                                  "jkorf_userNonFundingLedgerUpdates"])  # fmt: skip
def test_no_recorded_ledger_row_is_unknown(name):
    _, rows = rest_reply(RECORDED / "rest" / f"{name}.json")
    flows = [flow_of(ledger(row["delta"].pop("type"), row["time"], **row["delta"]), OWNER) for row in rows]
    assert flows
    assert not [flow for flow in flows if flow.line == "unknown"]
