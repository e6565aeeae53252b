"""The only place with queries for users."""

from django.contrib.auth.models import UserManager as DjangoUserManager
from django.db import models

from accounts.address import normalise_address


class UserQuerySet(models.QuerySet):
    """Selections of users."""

    def find_by_address(self, address: str):
        """The user with this address in any letter case, or None. One query."""
        wanted = normalise_address(address)
        return self.filter(address=wanted).first() if wanted else None

    def with_tier(self, tier: str):
        """Users of one tier."""
        return self.filter(tier=tier)


class UserManager(DjangoUserManager.from_queryset(UserQuerySet)):
    """Adds ``find_by_address`` and ``with_tier``; ``create_user`` takes ``address`` and ``tier``."""

    def create_user(self, username=None, email=None, password=None, **extra):
        """Create a validated user; one with only an address is named by it, as it is written.

        Raises ``ValidationError`` for an unknown tier, a malformed address, a name that is taken.
        """
        username = username or extra.get("address")
        if not username:
            raise ValueError("A user needs a username or an address.")
        user = self.model(username=username, email=email or "", **extra)
        user.set_password(password)
        user.full_clean()
        user.save(using=self._db)
        return user
