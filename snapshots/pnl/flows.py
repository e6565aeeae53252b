"""What a ledger row does to the whole of an account (API.md section 7): one Flow for each row.

The account is everything at its address: all dexes and spot, not its vault deposits nor what is staked.
Moving money between own dexes and spot is no flow. The exchange's list of kinds grows: an unknown one is
kept with amount 0 and the line ``unknown``, so that a bridge names it instead of guessing its sign.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from exchange.wire.cashflows import LedgerDelta, LedgerRow
from snapshots.pnl.executions import USDC, ZERO

EXTERNAL = ("deposit", "withdrawal", "transfer", "vault", "staking")
"""Lines that bring money in or take it out: neither profit nor loss."""

EARNED = ("fee", "reward", "interest")
"""Lines that are part of what was earned."""

SILENT = ("internal", "liquidation", "unknown")
"""Lines without an amount: fills and funding carry a liquidation's money."""


@dataclass(frozen=True, slots=True)
class Flow:
    """A ledger row's effect: ``amount`` of ``token`` came in (negative: went out), worth ``usd`` then.

    ``fee`` is what it cost besides, in ``fee_token``, positive when paid. ``usd`` is None if the row does not
    say and the token is not USDC. ``text`` says in words what it was.
    """

    time: int
    kind: str
    line: str
    token: str
    amount: Decimal
    usd: Decimal | None
    fee: Decimal = ZERO
    fee_token: str = USDC
    text: str = ""


def flow_of(row: LedgerRow, owner: str) -> Flow:
    """What the row did to ``owner``'s account; who sent and who received decides the sign."""
    delta = row.known
    reader = KINDS.get(row.kind)
    if delta is None or reader is None:
        text = f"{row.kind or 'row without a kind'}: not known, not counted"
        return Flow(row.time, row.kind, "unknown", USDC, ZERO, ZERO, text=text)
    return reader(row, delta, owner.lower())


def _plain(line: str, sign: int, text: str) -> "Reader":
    """Dollars in or out, with a fee besides."""

    def read(row: LedgerRow, delta: LedgerDelta, _owner: str) -> Flow:
        amount = sign * (delta.usdc or ZERO)
        return Flow(row.time, row.kind, line, USDC, amount, amount, delta.fee or ZERO, text=text)

    return read


def _nothing(line: str, text: str) -> "Reader":
    def read(row: LedgerRow, _delta: LedgerDelta, _owner: str) -> Flow:
        return Flow(row.time, row.kind, line, USDC, ZERO, ZERO, text=text)

    return read


def _between(line: str = "transfer") -> "Reader":
    """From ``user`` to ``destination`` (or a vault): out for the one, in for the other, nothing for both."""

    def read(row: LedgerRow, delta: LedgerDelta, owner: str) -> Flow:
        sender = (delta.user or "").lower()
        receiver = (delta.destination or delta.vault or "").lower()
        if sender == receiver:
            return _moved(row, delta, "internal", 0, "between own dexes and spot")
        sign = -1 if sender == owner else 1
        other = receiver if sender == owner else sender
        return _moved(row, delta, line, sign, f"{'to' if sign < 0 else 'from'} {other}")

    return read


def _moved(row: LedgerRow, delta: LedgerDelta, line: str, sign: int, text: str) -> Flow:
    """Tokens or dollars; the sender pays the fees."""
    token = delta.token or USDC
    size = delta.amount if delta.amount is not None else delta.usdc or ZERO
    worth = size if token == USDC else delta.usdc_value
    fee, fee_token = (delta.fee or ZERO, delta.fee_token or USDC) if sign <= 0 else (ZERO, USDC)
    usd = None if worth is None else sign * worth
    return Flow(row.time, row.kind, line, token, sign * size, usd, fee, fee_token, text)


def _tokens(line: str, sign: int, text: str) -> "Reader":
    def read(row: LedgerRow, delta: LedgerDelta, _owner: str) -> Flow:
        return _moved(row, delta, line, sign, text)

    return read


def _vault_withdraw(row: LedgerRow, delta: LedgerDelta, owner: str) -> Flow:
    """A follower gets what is left after the leader's commission; the vault gives both."""
    net, commission = delta.net_withdrawn_usd or ZERO, delta.commission or ZERO
    amount = -(net + commission) if (delta.vault or "").lower() == owner else net
    return Flow(row.time, row.kind, "vault", USDC, amount, amount, text=f"withdrawn from vault {delta.vault}")


def _distribution(row: LedgerRow, delta: LedgerDelta, owner: str) -> Flow:
    amount = (delta.usdc or ZERO) * (-1 if (delta.vault or "").lower() == owner else 1)
    return Flow(row.time, row.kind, "vault", USDC, amount, amount, text=f"distributed by vault {delta.vault}")


def _staking(row: LedgerRow, delta: LedgerDelta, _owner: str) -> Flow:
    sign, text = (-1, "to staking") if delta.is_deposit else (1, "from staking")
    return _moved(row, delta, "staking", sign, text)


def _lending(row: LedgerRow, delta: LedgerDelta, _owner: str) -> Flow:
    """Lent and borrowed tokens stay in the account; the interest does not (lenders earn, borrowers pay)."""
    sign = -1 if delta.operation in ("borrow", "repay") else 1
    token, interest = delta.token or USDC, sign * (delta.interest_amount or ZERO)
    usd = interest if token == USDC or not interest else None
    return Flow(row.time, row.kind, "interest", token, interest, usd, text=delta.operation or "")


Reader = Callable[[LedgerRow, LedgerDelta, str], Flow]

KINDS: Mapping[str, Reader] = {
    "deposit": _plain("deposit", 1, "from the bridge"),
    "withdraw": _plain("withdrawal", -1, "to the bridge"),
    "internalTransfer": _between(),
    "subAccountTransfer": _between(),
    "spotTransfer": _between(),
    "send": _between(),
    "accountClassTransfer": _nothing("internal", "between perps and spot"),
    "activateDexAbstraction": _nothing("internal", "between dexes"),
    "spotGenesis": _tokens("reward", 1, "given at a token's genesis"),
    "rewardsClaim": _tokens("reward", 1, "rewards claimed"),
    "vaultLeaderCommission": _plain("reward", 1, "commission of a vault's leader"),
    "vaultCreate": _between("vault"),
    "vaultDeposit": _between("vault"),
    "vaultWithdraw": _vault_withdraw,
    "vaultDistribution": _distribution,
    "cStakingTransfer": _staking,
    "borrowLend": _lending,
    "deployGasAuction": _tokens("fee", -1, "gas of a token's deployment"),
    "liquidation": _nothing("liquidation", "its fills carry the money"),
}
"""Every kind that API.md lists, and what it means for the account as a whole."""
