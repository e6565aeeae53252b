"""Positions, margin and balances of one address (API.md sections 5, 7 and 8)."""

from decimal import Decimal

from exchange.wire import Integer, Millis, Wire


class Leverage(Wire, frozen=True):
    """``type`` is cross or isolated; only isolated has ``raw_usd``, the USD set aside for the position."""

    type: str
    value: Integer
    raw_usd: Decimal | None = None


class CumulativeFunding(Wire, frozen=True):
    """Funding in USD, positive = paid by the user: the opposite sign of ``FundingPayment.usdc``."""

    all_time: Decimal
    since_open: Decimal
    since_change: Decimal


class Position(Wire, frozen=True):
    """``szi`` is signed, in coins; ``return_on_equity`` a fraction of the initial margin (1.36 is 136 %).

    A ``liquidation_px`` of None cannot be reached; the mark is ``position_value / abs(szi)``.
    """

    coin: str
    szi: Decimal
    leverage: Leverage | None = None
    entry_px: Decimal | None = None
    position_value: Decimal | None = None
    unrealized_pnl: Decimal | None = None
    return_on_equity: Decimal | None = None
    liquidation_px: Decimal | None = None
    margin_used: Decimal | None = None
    max_leverage: Integer | None = None
    cum_funding: CumulativeFunding | None = None


class AssetPosition(Wire, frozen=True):
    """A position and its mode; ``oneWay`` is the only mode known."""

    position: Position
    type: str | None = None


class MarginSummary(Wire, frozen=True):
    """USD: ``account_value`` = ``total_raw_usd`` + sum of szi x mark. Not meaningful in pooled account modes."""

    account_value: Decimal | None = None
    total_ntl_pos: Decimal | None = None
    total_raw_usd: Decimal | None = None
    total_margin_used: Decimal | None = None


class ClearinghouseState(Wire, frozen=True):
    """One address on one perp dex; flat coins are absent. ``margin_summary`` is cross and isolated together."""

    asset_positions: list[AssetPosition]
    time: Millis
    margin_summary: MarginSummary | None = None
    cross_margin_summary: MarginSummary | None = None
    cross_maintenance_margin_used: Decimal | None = None
    withdrawable: Decimal | None = None


class SpotBalance(Wire, frozen=True):
    """A token held, in tokens; ``entry_ntl`` is its cost in USD. A borrowed ``total`` may be negative."""

    coin: str
    total: Decimal
    hold: Decimal
    token: Integer | None = None
    entry_ntl: Decimal | None = None
    spot_hold: Decimal | None = None
    ltv: Decimal | None = None
    borrowed: Decimal | None = None
    supplied: Decimal | None = None


class EvmEscrow(Wire, frozen=True):
    """Tokens that wait for an address which was never activated."""

    coin: str
    token: Integer
    total: Decimal


class SpotState(Wire, frozen=True):
    """Balances of one address; in pooled account modes all its money is here (API.md section 8).

    A never activated address may have no ``balances`` key at all. The pairs are (token index, value).
    """

    balances: list[SpotBalance] | None = None
    portfolio_margin_enabled: bool | None = None
    portfolio_margin_ratio: Decimal | None = None
    token_to_available_after_maintenance: list[tuple[Integer, Decimal]] | None = None
    token_to_portfolio_borrow_ratio: list[tuple[Integer, Decimal]] | None = None
    token_to_portfolio_supply_ratio: list[tuple[Integer, Decimal]] | None = None
    evm_escrows: list[EvmEscrow] | None = None


class ActiveAssetData(Wire, frozen=True):
    """What one address could trade in one perp now: pairs are (buy, sell), sizes in coins, amounts in USD."""

    user: str
    coin: str
    leverage: Leverage
    max_trade_szs: tuple[Decimal, Decimal]
    available_to_trade: tuple[Decimal, Decimal]
    mark_px: Decimal | None = None


class UserState(Wire, frozen=True):
    """The account half of ``webData3``: no positions, no orders."""

    user: str
    agent_address: str | None = None
    agent_valid_until: Millis | None = None
    cum_ledger: Decimal | None = None
    server_time: Millis | None = None
    is_vault: bool | None = None
    abstraction: str | None = None
    opt_out_of_spot_dusting: bool | None = None
    dex_abstraction_enabled: bool | None = None


class VaultName(Wire, frozen=True):
    """A vault that the user leads."""

    address: str
    name: str


class PerpDexState(Wire, frozen=True):
    """One dex in ``webData3``, in the order of ``perpDexs``."""

    total_vault_equity: Decimal | None = None
    perps_at_open_interest_cap: list[str] | None = None
    leading_vaults: list[VaultName] | None = None


class WebData(Wire, frozen=True):
    """``webData3``: settings of an account and its vault equity per dex."""

    user_state: UserState
    perp_dex_states: list[PerpDexState]


class SubAccount(Wire, frozen=True):
    """A sub-account: an address of its own, owned by ``master``. ``subAccounts2`` has a state per dex."""

    sub_account_user: str | None = None
    name: str | None = None
    master: str | None = None
    clearinghouse_state: ClearinghouseState | None = None
    dex_to_clearinghouse_state: list[tuple[str, ClearinghouseState]] | None = None
    spot_state: SpotState | None = None
    abstraction: str | None = None
