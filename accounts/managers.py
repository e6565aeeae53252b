"""The only place with queries for users."""

from itertools import chain, count

from django.contrib.auth.models import UserManager as DjangoUserManager
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction

from accounts.address import checksummed, normalise_address


class UserQuerySet(models.QuerySet):
    """Selections of users."""

    def find_by_address(self, address: str):
        """The user with this address in any letter case, or None. One query."""
        wanted = normalise_address(address)
        return self.filter(address=wanted).first() if wanted else None


def free_name(model, address: str) -> str:
    """The address as EIP-55 writes it, with a number after it should somebody else have taken it as a name."""
    name = checksummed(address)
    taken = set(model.objects.filter(username__startswith=name).values_list("username", flat=True))
    return next(n for n in chain([name], (f"{name}.{i}" for i in count(2))) if n not in taken)


class UserManager(DjangoUserManager.from_queryset(UserQuerySet)):
    """Adds ``find_by_address``; ``create_user`` takes ``address`` and ``tier``."""

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

    def create_superuser(self, username=None, email=None, password=None, **extra):
        """What ``manage.py createsuperuser`` makes. Whoever may run it needs not prove the email by mail as well.

        Else the first admin could not sign in before mail goes out, which the doctor has yet to look at.
        """
        from allauth.account.models import EmailAddress  # it needs our user first

        rights = {"is_staff": True, "is_superuser": True}
        with transaction.atomic(using=self._db):
            user = self.create_user(username, email, password, **extra | rights)
            if user.email:
                proven = EmailAddress(user=user, email=user.email, primary=True, verified=True)
                proven.save(using=self._db)
        return user

    def with_wallet(self, address: str):
        """(user, whether he is new) whose proven address this is; two requests at once make one user."""
        with transaction.atomic():
            if user := self.find_by_address(address):
                return user, False
            try:
                with transaction.atomic():
                    return self.create_user(free_name(self.model, address), address=address), True
            except (IntegrityError, ValidationError):
                if user := self.find_by_address(address):
                    return user, False
                raise
