"""What changes seldom: dexes, categories, limits, tokens, the exchange's own state (API.md section 6)."""

from decimal import Decimal

from exchange.wire import Integer, Millis, Open, Wire


class PerpDex(Wire, frozen=True):
    """A builder's dex. ``perpDexs`` sends null for the first dex. Caps in USD, pairs are (coin, value)."""

    name: str
    full_name: str | None = None
    deployer: str | None = None
    oracle_updater: str | None = None
    fee_recipient: str | None = None
    asset_to_streaming_oi_cap: list[tuple[str, Decimal]] | None = None
    sub_deployers: list[tuple[str, list[str]]] | None = None
    deployer_fee_scale: Decimal | None = None
    last_deployer_fee_scale_change_time: str | None = None
    asset_to_funding_multiplier: list[tuple[str, Decimal]] | None = None
    asset_to_funding_interest_rate: list[tuple[str, Decimal]] | None = None


class PerpDexLimits(Wire, frozen=True):
    """Caps of a builder's dex: USD, but ``oi_sz_cap_per_perp`` in coins."""

    total_oi_cap: Decimal
    oi_sz_cap_per_perp: Decimal | None = None
    max_transfer_ntl: Decimal | None = None
    coin_to_oi_cap: list[tuple[str, Decimal]] | None = None


class PerpDexStatus(Wire, frozen=True):
    """USD that people hold on a dex."""

    total_net_deposit: Decimal


class PredictedFunding(Wire, frozen=True):
    """A venue's running estimate per its own interval; ``next_funding_time`` of HlPerp names the hour past."""

    funding_rate: Decimal
    next_funding_time: Millis | None = None
    funding_interval_hours: Integer | None = None


PredictedFundings = list[tuple[str, list[tuple[str, PredictedFunding | None]]]]
"""(coin, [(venue, estimate or None)]); first dex only."""

Categories = list[tuple[str, str]]
"""(coin, category), as ``perpCategories`` sends them."""


class TokenDetails(Wire, frozen=True):
    """Supply and origin of a token; supplies in tokens, prices in USD."""

    name: str
    max_supply: Decimal | None = None
    total_supply: Decimal | None = None
    circulating_supply: Decimal | None = None
    sz_decimals: Integer | None = None
    wei_decimals: Integer | None = None
    mid_px: Decimal | None = None
    mark_px: Decimal | None = None
    prev_day_px: Decimal | None = None
    genesis: Open | None = None
    deployer: str | None = None
    deploy_gas: Decimal | None = None
    deploy_time: str | None = None
    seeded_usdc: Decimal | None = None
    non_circulating_user_balances: list[tuple[str, Decimal]] | None = None
    future_emissions: Decimal | None = None


class ExchangeStatus(Wire, frozen=True):
    """The exchange's clock, and what it has to say about itself."""

    time: Millis
    special_statuses: str | list[str] | Open | None = None
