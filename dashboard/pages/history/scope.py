"""Whose history a page shows: all wallets of who asks, or one of them; nobody else's."""

import time
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest

from accounts.address import short_address
from accounts.models import Wallet
from dashboard.pages.history.coins import Coins
from dashboard.pages.history.times import Times, times_of
from snapshots.models import Account


class NotYours(Exception):
    """The address is not among the wallets of who asks."""


@dataclass(frozen=True)
class Scope:
    """``wallets`` are the user's, ``chosen`` those shown; ``accounts`` by number, those that have a history."""

    wallets: list[Wallet]
    chosen: list[Wallet]
    accounts: dict[int, Account]
    times: Times
    coins: Coins = field(default_factory=Coins)

    @property
    def numbers(self) -> list[int]:
        return list(self.accounts)

    @property
    def is_many(self) -> bool:
        """Whether rows must say which wallet they are of."""
        return len(self.chosen) > 1

    def wallet(self, account: int) -> Wallet:
        """The user's bookmark of an account."""
        return self._wallets[self.accounts[account].address]

    def name(self, account: int) -> str:
        """What the user calls it."""
        return name_of(self.wallet(account))

    @property
    def _wallets(self) -> dict[str, Wallet]:
        return {wallet.address: wallet for wallet in self.chosen}


def scope_of(request: HttpRequest, address: str = "") -> Scope:
    """All wallets, or the one of this address; raises NotYours. Two queries."""
    wallets = list(Wallet.objects.of(request.user))
    chosen = [wallet for wallet in wallets if not address or wallet.address == address]
    if address and not chosen:
        raise NotYours(address)
    accounts = Account.objects.filter(address__in=[wallet.address for wallet in chosen])
    return Scope(wallets, chosen, {one.pk: one for one in accounts}, times_of(request.user, now_ms()))


def name_of(wallet: Any) -> str:
    """Its label, or the ends of its address."""
    return wallet.label or short_address(wallet.address)


def now_ms() -> int:
    """The wall clock of this process, Unix ms."""
    return time.time_ns() // 1_000_000
