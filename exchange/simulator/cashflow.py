"""Money in and out: ledger rows and what they do to an account (API.md section 7)."""

from random import Random
from typing import Any

from exchange.simulator.accounts import USDC, Account
from exchange.simulator.figures import exact, usd
from exchange.simulator.happenings import LedgerChanged
from exchange.simulator.state import State

Json = dict[str, Any]
NOBODY = "0x2000000000000000000000000000000000000000"


def enter(
    state: State, account: Account, time: int, delta: Json, perp: int = 0, spot: int = 0, dex: str = ""
) -> Json:
    """Write a ledger row; ``perp`` micro-dollars and ``spot`` 10**-8 USDC come in (negative: go out)."""
    account.cash[dex] = account.cash.get(dex, 0) + perp
    if spot:
        account.balance(USDC).total += spot
    # what is new money for the account as a whole, and for its perp side, moves no profit
    account.moves.append((time, perp + spot // 100, perp))
    rng = Random(f"{account.address}/{time}/{len(account.ledger)}")
    row = {"time": time, "hash": f"0x{rng.getrandbits(256):064x}", "delta": delta}
    account.ledger.append(row)
    if time > state.start_ms:
        state.emit(LedgerChanged(time, account.address, row))
    return row


def deposit(state: State, account: Account, time: int, micro: int) -> None:
    delta = {"type": "deposit", "usdc": usd(micro)}
    if account.pooled:
        enter(state, account, time, delta, spot=100 * micro)
    else:
        enter(state, account, time, delta, perp=micro)


def withdraw(state: State, account: Account, time: int, micro: int) -> None:
    """Costs a dollar besides."""
    delta = {"type": "withdraw", "usdc": usd(micro), "nonce": time, "fee": "1.0"}
    whole = -micro - 1_000_000
    if account.pooled:
        enter(state, account, time, delta, spot=100 * whole)
    else:
        enter(state, account, time, delta, perp=whole)


def to_spot(state: State, account: Account, time: int, micro: int) -> None:
    """From perp to spot; a negative amount goes the other way."""
    delta = {"type": "accountClassTransfer", "usdc": usd(abs(micro)), "toPerp": micro < 0}
    enter(state, account, time, delta, perp=-micro, spot=100 * micro)


def to_dex(state: State, account: Account, time: int, micro: int, dex: str, token: str) -> None:
    """Bring ``micro`` of a dex's collateral to it."""
    delta = {
        "type": "send",
        "user": account.address,
        "destination": account.address,
        "sourceDex": "spot",
        "destinationDex": dex,
        "token": token,
        "amount": usd(micro),
        "usdcValue": usd(micro),
        "fee": "0.0",
        "nativeTokenFee": "0.0",
        "nonce": time,
        "feeToken": "",
    }
    enter(state, account, time, delta, perp=micro, dex=dex)


def internal(state: State, account: Account, time: int, micro: int, to: Account | None = None) -> None:
    """Perp money to another address."""
    target = to.address if to else NOBODY
    delta = {
        "type": "internalTransfer",
        "usdc": usd(micro),
        "user": account.address,
        "destination": target,
        "fee": "0.0",
    }
    enter(state, account, time, delta, perp=-micro)
    if to:
        enter(state, to, time, delta, perp=micro)


def to_sub_account(state: State, master: Account, sub: Account, time: int, micro: int) -> None:
    delta = {"type": "subAccountTransfer", "usdc": usd(micro), "user": master.address, "destination": sub.address}
    enter(state, master, time, delta, perp=-micro)
    enter(state, sub, time, delta, perp=micro)


def to_vault(state: State, account: Account, vault: Account, time: int, micro: int) -> None:
    delta = {"type": "vaultDeposit", "vault": vault.address, "user": account.address, "usdc": usd(micro)}
    if account.pooled:
        enter(state, account, time, delta, spot=-100 * micro)
    else:
        enter(state, account, time, delta, perp=-micro)
    enter(state, vault, time, delta, perp=micro)


def spot_gift(state: State, account: Account, time: int, token: int, amount: int, value: int) -> None:
    """Tokens from outside: ``amount`` in 10**-8 tokens worth ``value`` 10**-8 dollars."""
    delta = {
        "type": "spotTransfer",
        "token": state.token_names[token],
        "amount": exact(amount, 8),
        "usdcValue": exact(value, 8),
        "user": NOBODY,
        "destination": account.address,
        "fee": "0.0",
        "nativeTokenFee": "0.0",
        "nonce": None,
        "feeToken": "",
    }
    account.balance(token).total += amount
    account.balance(token).cost += value
    enter(state, account, time, delta)
    account.moves[-1] = (time, value // 100, 0)
    account.gifts.append((time, token, amount, value // 100))
