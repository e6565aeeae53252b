"""What REST tells of one account, part by part (API.md section 7). Methods block; they are called in threads."""

from collections.abc import Sequence
from typing import Any

from exchange.account_events import AccountMode, AccountStates, OpenOrders, SpotState, VaultDeposits
from exchange.budget import Priority
from exchange.clock import Clock
from exchange.events import Event
from exchange.info import InfoClient
from exchange.tracker_account import ALL_DEXES
from exchange.tracker_known import BY_CALL

FEATURE = "accounts"


class AccountPolls:
    """Accounts that people look at are asked about as what people wait for, all others in the background."""

    def __init__(self, info: InfoClient, clock: Clock) -> None:
        self._background = info.on_behalf_of(FEATURE, Priority.BACKGROUND)
        self._urgent = info.on_behalf_of(FEATURE, Priority.INTERACTIVE)
        self._clock = clock

    def part(self, part: str, user: str, dexes: Sequence[str], is_looked_at: bool) -> list[Event]:
        """One part as its streams would have told it; ``dexes`` are asked one by one."""
        info = self._urgent if is_looked_at else self._background
        match part:
            case "userAbstraction":
                return [AccountMode(self._now(), user, info.user_abstraction(user))]
            case "spotClearinghouseState":
                return [SpotState(self._now(), user, info.spot_clearinghouse_state(user))]
            case "userVaultEquities":
                return [VaultDeposits(self._now(), user, info.user_vault_equities(user))]
            case "frontendOpenOrders":
                orders = [(dex, info.open_orders(user, dex)) for dex in dexes]
                return [OpenOrders(self._now(), user, dex, rows) for dex, rows in orders]
        states = [(dex, info.clearinghouse_state(user, dex)) for dex in dexes]
        return [AccountStates(self._now(), user, states, is_all=part == ALL_DEXES)]

    def rows(self, call: str, user: str, start: int, is_looked_at: bool) -> list[Any]:
        """All rows of a history since ``start``, Unix ms."""
        return BY_CALL[call].read(self._urgent if is_looked_at else self._background, user, start)

    def _now(self) -> int:
        return self._clock.now_ms()
