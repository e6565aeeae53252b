"""Vaults and staking (API.md section 7). Shares and rates are fractions, amounts USD or HYPE."""

from decimal import Decimal

from exchange.wire import Integer, Millis, Open, Wire
from exchange.wire.profile import Portfolio


class VaultEquity(Wire, frozen=True):
    """What an address has in one vault, USD."""

    vault_address: str
    equity: Decimal
    locked_until_timestamp: Millis | None = None


class Follower(Wire, frozen=True):
    """A depositor; ``user`` may be the word ``Leader``."""

    user: str | None = None
    vault_equity: Decimal | None = None
    pnl: Decimal | None = None
    all_time_pnl: Decimal | None = None
    days_following: Integer | None = None
    vault_entry_time: Millis | None = None
    lockup_until: Millis | None = None


class VaultRelation(Wire, frozen=True):
    """``type``: normal, parent or child; ``data`` names the others."""

    type: str
    data: Open | None = None


class Vault(Wire, frozen=True):
    """``vaultDetails``; ``apr`` and the limits come as JSON floats."""

    name: str
    vault_address: str
    leader: str
    description: str | None = None
    portfolio: Portfolio | None = None
    apr: Decimal | None = None
    follower_state: Follower | None = None
    leader_fraction: Decimal | None = None
    leader_commission: Decimal | None = None
    followers: list[Follower] | None = None
    max_distributable: Decimal | None = None
    max_withdrawable: Decimal | None = None
    is_closed: bool | None = None
    relationship: VaultRelation | None = None
    allow_deposits: bool | None = None
    always_close_on_withdraw: bool | None = None
