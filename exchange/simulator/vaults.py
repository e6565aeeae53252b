"""The simulated vault: its followers' shares, its details, and the equities that followers see."""

from typing import Any

from exchange.simulator import cast, margin
from exchange.simulator.accounts import Account
from exchange.simulator.bars import DAY
from exchange.simulator.figures import usd
from exchange.simulator.portfolio import portfolio
from exchange.simulator.state import State

Json = dict[str, Any]
NAME = "Patient Capital"


def equity(state: State, vault: Account) -> int:
    return (margin.cross_sums(state, vault, "") + margin.isolated_sums(state, vault, "")).value


def deposits(vault: Account) -> dict[str, int]:
    """Depositor → micro-dollars put in; what the vault had at first is its leader's."""
    shares = {cast.TRADER: vault.moves[0][2]}
    for row, (_, _, micro) in zip(vault.ledger, vault.moves, strict=True):
        if row["delta"]["type"] == "vaultDeposit":
            shares[row["delta"]["user"]] = shares.get(row["delta"]["user"], 0) + micro
    return shares


def equities(state: State, user: str) -> list[Json]:
    """``userVaultEquities``: a follower's part of every vault."""
    vault = state.accounts[cast.VAULT]
    shares = deposits(vault)
    if user not in shares:
        return []
    part = equity(state, vault) * shares[user] // sum(shares.values())
    return [{"vaultAddress": vault.address, "equity": usd(part), "lockedUntilTimestamp": state.start_ms + DAY}]


def details(state: State, address: str, viewer: str | None) -> Json | None:
    """``vaultDetails``; null for an address that is no vault."""
    vault = state.accounts.get(address)
    if vault is None or vault.role != "vault":
        return None
    shares = deposits(vault)
    whole, worth = sum(shares.values()), equity(state, vault)
    followers = [follower(user, put, worth * put // whole, state) for user, put in shares.items()]
    return {
        "name": NAME,
        "vaultAddress": vault.address,
        "leader": cast.TRADER,
        "description": "A simulated vault that holds majors.",
        "portfolio": portfolio(state, vault),
        "apr": (worth - whole) / whole,
        "followerState": next((row for row in followers if row["user"] == viewer), None),
        "leaderFraction": shares[cast.TRADER] / whole,
        "leaderCommission": 0.1,
        "followers": followers,
        "maxDistributable": worth / 2_000_000,
        "maxWithdrawable": worth / 4_000_000,
        "isClosed": False,
        "relationship": {"type": "normal"},
        "allowDeposits": True,
        "alwaysCloseOnWithdraw": False,
    }


def follower(user: str, put: int, worth: int, state: State) -> Json:
    """One depositor; the leader's entry has the word ``Leader`` for an address."""
    leads = user == cast.TRADER
    return {
        "user": "Leader" if leads else user,
        "vaultEquity": usd(worth),
        "pnl": usd(worth - put),
        "allTimePnl": usd(worth - put),
        "daysFollowing": 30 if leads else 1,
        "vaultEntryTime": state.history_end - DAY,
        "lockupUntil": state.start_ms + DAY,
    }
