"""One shape for all executions: fills, TWAP slices, spot, settlements, dust, liquidations (API.md section 8)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from exchange.info_account import fill_key
from exchange.wire.fills import Fill, TwapSlice
from snapshots.pnl.chain import in_order

ZERO = Decimal(0)
USDC = "USDC"

Pairs = Mapping[str, tuple[str, str]]
"""Spot coin → (base token, quote token)."""


@dataclass(frozen=True, slots=True, eq=False)
class Execution:
    """One fill and what it did to the position, from ``start`` to ``end`` (signed, in coins).

    ``kind`` is perp, spot or outcome; ``quote`` the token that price, ``closed_pnl`` and ``fee`` count in: a
    fee that was taken in the base token is valued at the fill's price, and the position got that much less.
    ``base`` is the token that a spot fill moved, as far as it is known; the coin's own name for perps.
    ``liquidation`` is victim, counterparty or empty; ``how`` is order, twap, settlement or dust.
    """

    fill: Fill
    kind: str
    dex: str
    base: str
    quote: str
    start: Decimal
    end: Decimal
    fee: Decimal
    liquidation: str
    how: str

    @property
    def coin(self) -> str:
        return self.fill.coin

    @property
    def time(self) -> int:
        return self.fill.time

    @property
    def price(self) -> Decimal:
        return self.fill.px

    @property
    def size(self) -> Decimal:
        return self.fill.sz

    @property
    def moved(self) -> Decimal:
        """Coins gained, negative if sold: what is left of a spot buy after a fee in coins."""
        return self.end - self.start

    @property
    def cash(self) -> Decimal:
        """Money in (negative: out) for the coins that moved, before fees."""
        return -self.moved * self.fill.px

    @property
    def closing(self) -> Decimal:
        """How much of it made the position smaller."""
        return min(abs(self.start), abs(self.moved)) if self.start * self.moved < 0 else ZERO


def executions(
    fills: Iterable[Fill], slices: Iterable[TwapSlice] = (), owner: str = "", pairs: Pairs | None = None
) -> list[Execution]:
    """Each fill and TWAP slice once, coin by coin in the order they happened.

    ``owner`` is the account's address: without it nobody can be said to have been liquidated. Without
    ``pairs`` a fee on a spot buy is taken to be in the base token unless it is in USDC.
    """
    once = {fill_key(fill): (fill, fill.twap_id is not None) for fill in fills}
    once |= {fill_key(row.fill): (row.fill, True) for row in slices}
    coins: dict[str, list[Execution]] = defaultdict(list)
    for fill, is_slice in once.values():
        coins[fill.coin].append(_execution(fill, is_slice, owner.lower(), pairs or {}))
    return [
        row
        for rows in coins.values()
        for row in in_order(rows, lambda row: row.fill.time, lambda row: (row.start, row.end))
    ]


def kind_of(coin: str) -> str:
    """perp, spot (``@107``, ``PURR/USDC``) or outcome (``#N``): API.md section 3."""
    if coin.startswith("#"):
        return "outcome"
    return "spot" if coin.startswith("@") or "/" in coin else "perp"


def dex_of(coin: str) -> str:
    """``xyz`` of ``xyz:TSLA``; "" of the first dex and of spot."""
    return coin.partition(":")[0] if ":" in coin else ""


def _execution(fill: Fill, is_slice: bool, owner: str, pairs: Pairs) -> Execution:
    kind = kind_of(fill.coin)
    in_base = kind == "spot" and _is_base(fill, pairs)
    paid = fill.fee or ZERO
    move = fill.sz if fill.side == "B" else -fill.sz
    return Execution(
        fill,
        kind,
        dex_of(fill.coin),
        base=_base(fill, in_base, pairs),
        quote=_quote(fill, kind, in_base, pairs),
        start=fill.start_position,
        end=fill.start_position + move - (paid if in_base else ZERO),
        fee=paid * fill.px if in_base else paid,
        liquidation=_liquidation(fill, owner),
        how=_how(fill, is_slice),
    )


def _is_base(fill: Fill, pairs: Pairs) -> bool:
    """Whether the fee was taken in the coin itself, as on spot buys."""
    pair = pairs.get(fill.coin)
    if pair and fill.fee_token in pair:
        return fill.fee_token == pair[0]
    return fill.side == "B" and fill.fee_token not in (USDC, None)


def _base(fill: Fill, in_base: bool, pairs: Pairs) -> str:
    pair = pairs.get(fill.coin)
    if pair:
        return pair[0]
    return fill.fee_token or fill.coin if in_base else fill.coin.partition("/")[0]


def _quote(fill: Fill, kind: str, in_base: bool, pairs: Pairs) -> str:
    pair = pairs.get(fill.coin)
    if kind == "spot" and pair:
        return pair[1]
    return USDC if in_base else fill.fee_token or USDC


def _liquidation(fill: Fill, owner: str) -> str:
    """Both sides of a liquidating fill say so; only one of them is the victim."""
    if fill.liquidation is None:
        return ""
    return "victim" if fill.liquidation.liquidated_user.lower() == owner else "counterparty"


def _how(fill: Fill, is_slice: bool) -> str:
    if fill.dir in ("Settlement", "Spot Dust Conversion"):
        return "settlement" if fill.dir == "Settlement" else "dust"
    return "twap" if is_slice else "order"
