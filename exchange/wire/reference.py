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


class PredictedFunding(Wire, frozen=True):
    """A venue's running estimate per its own interval; ``next_funding_time`` of HlPerp names the hour past."""

    funding_rate: Decimal
    next_funding_time: Millis | None = None
    funding_interval_hours: Integer | None = None


PredictedFundings = list[tuple[str, list[tuple[str, PredictedFunding | None]]]]
"""(coin, [(venue, estimate or None)]); first dex only."""

Categories = list[tuple[str, str]]
"""(coin, category), as ``perpCategories`` sends them."""


class ExchangeStatus(Wire, frozen=True):
    """The exchange's clock, and what it has to say about itself."""

    time: Millis
    special_statuses: str | list[str] | Open | None = None
