"""What an account is worth, per account mode, line by line with the reason for each line (API.md section 8).

Standard accounts keep money apart, in each perp dex and in spot; pooled ones (unified, portfolio margin)
keep all of it in the spot state, and their perp summaries mean nothing. A mode that nobody has explained
yet cannot be computed: the answer is None with a reason, never 0. Amounts are USD.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from exchange.market_state import CoinState
from exchange.wire.account import ClearinghouseState, SpotBalance, SpotState
from exchange.wire.vaults import VaultEquity

STANDARD = ("default", "disabled", "dexAbstraction")
"""Each dex's summary is true; under ``dexAbstraction`` USDC moves between the dexes by itself."""

POOLED = ("unifiedAccount", "portfolioMargin")
USDC = "USDC"
ONE = Decimal(1)

States = Sequence[tuple[str, ClearinghouseState]]
PriceOf = Callable[[str], Decimal | None]
"""USD price of a token by its name, None if nobody says one."""
CollateralOf = Callable[[str], str]
"""Name of the token that a dex keeps its margin in."""


@dataclass(frozen=True, slots=True)
class EquityLine:
    """One part of an account's worth in USD; ``kind`` is perp, spot, unrealized or vault.

    ``subject`` is the dex (``""`` the first), the token, or the vault's address. An ``amount`` of None is
    not counted; ``why`` says what the line is made of, or why there is no amount. The line is ``quantity`` of
    ``token``, one of which is worth ``price`` USD.
    """

    kind: str
    subject: str
    amount: Decimal | None
    why: str
    token: str = USDC
    quantity: Decimal | None = None
    price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Equity:
    """An account's worth in USD: ``total`` is the sum of the lines, or None with the ``reason``.

    ``is_estimate`` says that the exchange does not define the sum, ``left_out`` which tokens have no price.
    """

    total: Decimal | None
    lines: tuple[EquityLine, ...] = ()
    reason: str = ""
    is_estimate: bool = False

    @property
    def left_out(self) -> tuple[str, ...]:
        return tuple(line.subject for line in self.lines if line.amount is None)


def usdc_everywhere(_dex: str) -> str:
    """The collateral of the first dex and of most others."""
    return USDC


def equity_of(
    mode: str,
    states: States,
    spot: SpotState | None,
    price_of: PriceOf,
    collateral_of: CollateralOf = usdc_everywhere,
    vaults: Sequence[VaultEquity] | None = (),
) -> Equity:
    """What the account is worth in its ``mode`` (the word that ``userAbstraction`` answers).

    ``states`` are those of all dexes where it has anything; without the spot state, or with ``vaults`` of None,
    nothing can be said.
    """
    if mode not in STANDARD and mode not in POOLED:
        return Equity(None, reason=f"cannot compute: the account mode {mode!r} is not known")
    if spot is None:
        return Equity(None, reason="cannot compute yet: the balances have not been received")
    if vaults is None:
        return Equity(None, reason="cannot compute yet: deposits in vaults have not been received")
    parked = [_vault_line(vault) for vault in vaults]
    spot_lines = [_spot_line(balance, price_of) for balance in spot.balances or () if balance.total]
    if mode in STANDARD:
        perp = [_perp_line(dex, state, collateral_of(dex), price_of) for dex, state in states]
        return _sum([*perp, *spot_lines, *parked])
    perp = [
        _unrealized_line(dex, state, collateral_of(dex), price_of)
        for dex, state in states
        if state.asset_positions and not _holds_perps(spot, states, collateral_of(dex), collateral_of)
    ]
    return _sum([*spot_lines, *perp, *parked], is_estimate=bool(perp))


def _sum(lines: list[EquityLine], is_estimate: bool = False) -> Equity:
    """Tokens without a price are left out and named; without a perp line there is no total at all."""
    lacking = next((line for line in lines if line.amount is None and line.kind != "spot"), None)
    if lacking:
        return Equity(None, tuple(lines), f"cannot compute: {lacking.why}", is_estimate)
    total = sum((line.amount for line in lines if line.amount is not None), Decimal(0))
    return Equity(total, tuple(lines), is_estimate=is_estimate)


def _vault_line(vault: VaultEquity) -> EquityLine:
    return EquityLine("vault", vault.vault_address, vault.equity, "deposited in a vault", USDC, vault.equity, ONE)


def _spot_line(balance: SpotBalance, price_of: PriceOf) -> EquityLine:
    token, total = balance.coin, balance.total
    price = price_of(token)
    if price is None:
        return EquityLine("spot", token, None, f"{total:f} {token}, which has no price", token, total)
    why = f"{total:f} {token} at ${price:f}" + (", borrowed" if total < 0 else "")
    return EquityLine("spot", token, total * price, why, token, total, price)


def _perp_line(dex: str, state: ClearinghouseState, token: str, price_of: PriceOf) -> EquityLine:
    value = state.margin_summary.account_value if state.margin_summary else None
    why = "account value of the perps with unrealised PnL"
    return _in_usd("perp", dex, value, token, price_of, why)


def _unrealized_line(dex: str, state: ClearinghouseState, token: str, price_of: PriceOf) -> EquityLine:
    profits = [row.position.unrealized_pnl for row in state.asset_positions]
    known = [profit for profit in profits if profit is not None]
    value = sum(known, Decimal(0)) if len(known) == len(profits) else None
    why = "unrealised PnL, taken not to be in the balances yet"
    return _in_usd("unrealized", dex, value, token, price_of, why)


def _in_usd(kind: str, dex: str, value: Decimal | None, token: str, price_of: PriceOf, why: str) -> EquityLine:
    price = ONE if token == USDC else price_of(token)
    if value is None or (price is None and value):
        lack = "a figure is missing" if value is None else f"{token}, its collateral, has no price"
        return EquityLine(kind, dex, None, f"{dex or 'first'} dex: {lack}", token, value)
    if token != USDC:
        why += f", {value:f} {token} at ${price or 0:f}"
    return EquityLine(kind, dex, value * (price or 0), why, token, value, price)


def _holds_perps(spot: SpotState, states: States, token: str, collateral_of: CollateralOf) -> bool:
    """Whether a balance's own figures say that the unrealised PnL of the perps is already in its total.

    Portfolio margin says what is supplied or borrowed. In a recorded account the rest of the total is the
    perps' account value, to the last digit: the nearest reading wins, since balances and positions are
    seldom of the same moment. Where nothing is said, the PnL is taken to be outside (API.md section 12).
    """
    row = next((balance for balance in spot.balances or () if balance.coin == token), None)
    if row is None or (row.supplied is None and row.borrowed is None):
        return False
    rest = row.total - (row.supplied or Decimal(0)) + (row.borrowed or Decimal(0))
    own = [state for dex, state in states if collateral_of(dex) == token]
    value = sum((s.margin_summary.account_value or Decimal(0) for s in own if s.margin_summary), Decimal(0))
    profit = sum((p.position.unrealized_pnl or Decimal(0) for s in own for p in s.asset_positions), Decimal(0))
    return abs(rest - value) <= min(abs(rest), abs(rest - (value - profit)))


def usd_prices(coins: Mapping[str, CoinState]) -> PriceOf:
    """Prices of tokens from a Market's coins: the mid against USDC, the mark where a side of the book is empty."""
    pairs = {state.coin.label: state for state in coins.values() if state.coin.kind == "spot"}

    def price_of(token: str) -> Decimal | None:
        if token == USDC:
            return ONE
        state = pairs.get(f"{token}/{USDC}")
        return (state.mid or state.mark) if state else None

    return price_of
