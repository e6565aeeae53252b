"""Account: an address on the exchange whose history is stored, whoever bookmarks it."""

from collections.abc import Iterable
from typing import Any

from django.db import models

from accounts.address import LENGTH, validate_address
from accounts.models import Wallet


class AccountQuerySet(models.QuerySet):
    """Selections of accounts."""

    def of(self, user: Any) -> "AccountQuerySet":
        """Those that the user has among his wallets."""
        return self.filter(address__in=Wallet.objects.filter(user=user).values("address"))

    def known(self, addresses: Iterable[str], now: int) -> "dict[str, Account]":
        """An account for each address, added at ``now`` (Unix ms) where it is missing; two or three queries."""
        wanted = {address.lower() for address in addresses}
        found = {one.address: one for one in self.filter(address__in=wanted)}
        if missing := wanted - found.keys():
            self.bulk_create([Account(address=one, added_at=now) for one in missing], ignore_conflicts=True)
            found |= {one.address: one for one in self.filter(address__in=missing)}
        return found


class Account(models.Model):
    """``added_at`` is when its history began to be stored (Unix ms). Wallets point at it by their address."""

    address = models.CharField(max_length=LENGTH, unique=True, validators=[validate_address])
    added_at = models.BigIntegerField()

    objects = AccountQuerySet.as_manager()

    def __str__(self) -> str:
        return self.address
