"""Who an address is and what it pays (API.md section 7)."""

from decimal import Decimal

from exchange.wire import Integer, Millis, Open, Wire


class History(Wire, frozen=True):
    """Equity and cumulative PnL of one window, unevenly sampled pairs of (ms, USD); ``vlm`` traded USD."""

    account_value_history: list[tuple[Millis, Decimal]]
    pnl_history: list[tuple[Millis, Decimal]]
    vlm: Decimal | None = None


Portfolio = list[tuple[str, History]]
"""Windows day, week, month, allTime, and the same with ``perp`` before them for perps alone."""


class DailyVolume(Wire, frozen=True):
    """USD traded on one day, as taker (cross), as maker (add), and by the whole exchange."""

    date: str
    user_cross: Decimal
    user_add: Decimal
    exchange: Decimal


class StakingDiscount(Wire, frozen=True):
    """``discount`` is a fraction; ``bps_of_max_supply`` what must be staked for it."""

    discount: Decimal
    bps_of_max_supply: Decimal | None = None


class Fees(Wire, frozen=True):
    """Rates are fractions of the notional (base tier 0.00045 taker, 0.00015 maker)."""

    user_cross_rate: Decimal
    user_add_rate: Decimal
    daily_user_vlm: list[DailyVolume] | None = None
    fee_schedule: Open | None = None
    user_spot_cross_rate: Decimal | None = None
    user_spot_add_rate: Decimal | None = None
    active_referral_discount: Decimal | None = None
    trial: Open | str | None = None
    fee_trial_escrow: Decimal | None = None
    fee_trial_reward: Decimal | None = None
    next_trial_available_timestamp: Millis | None = None
    staking_link: Open | None = None
    active_staking_discount: StakingDiscount | None = None


class RoleData(Wire, frozen=True):
    """Whose agent (``user``) or sub-account (``master``) it is."""

    user: str | None = None
    master: str | None = None


class Role(Wire, frozen=True):
    """``role``: missing, user, vault, agent, subAccount. An agent's own account is always empty."""

    role: str
    data: RoleData | None = None

    @property
    def owner(self) -> str | None:
        """The address this one acts for, if any."""
        return (self.data.user or self.data.master) if self.data else None


class Agent(Wire, frozen=True):
    """A wallet that may sign orders for the account, until ``valid_until``."""

    name: str
    address: str
    valid_until: Millis | None = None


class OrderBudget(Wire, frozen=True):
    """``userRateLimit``: the address's allowance of orders, which reading does not touch."""

    cum_vlm: Decimal
    n_requests_used: Integer
    n_requests_cap: Integer
    n_requests_surplus: Integer | None = None
