"""The user: Django's own, with the address, the tier and the time zone that traders need."""

from functools import cache
from zoneinfo import available_timezones

from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from accounts.address import LENGTH, normalise_address, validate_address
from accounts.managers import UserManager


@cache
def timezones() -> tuple[str, ...]:
    """Names that the time zone database knows, sorted; to find them costs 30 ms, for it opens 600 files."""
    return tuple(sorted(available_timezones()))


def validate_timezone(value: str) -> None:
    """Refuse a name that the time zone database does not know."""
    if value not in timezones():
        raise ValidationError("%(value)s is no time zone.", code="timezone", params={"value": value})


class Tier(models.TextChoices):
    """What a user may use; the names are those of the original request."""

    FREE = "free", "Free"
    PRO = "pro", "Pro"
    API = "api", "API"


class Theme(models.TextChoices):
    """Colours of the pages; system follows the browser."""

    SYSTEM = "system", "As the system"
    DARK = "dark", "Dark"
    LIGHT = "light", "Light"


class Numbers(models.TextChoices):
    """How numbers are written on pages: which separators they have."""

    POINT = "point", "1,234.56"
    COMMA = "comma", "1.234,56"
    SPACE = "space", "1 234,56"


class User(AbstractUser):
    """One person. ``email`` and ``address`` may be missing and are unique, in lower case, when given."""

    Tier = Tier

    address = models.CharField(
        max_length=LENGTH,
        null=True,  # not "": several users without an address must not collide in the unique index
        blank=True,
        unique=True,
        validators=[validate_address],
        help_text="Address on the exchange, 0x and 40 hexadecimal digits.",
    )
    tier = models.CharField(max_length=8, choices=Tier, default=Tier.FREE)
    timezone = models.CharField(
        max_length=64, default="UTC", validators=[validate_timezone], help_text="Times on pages are shown in it."
    )

    theme = models.CharField(max_length=8, choices=Theme, default=Theme.SYSTEM)
    numbers = models.CharField(max_length=8, choices=Numbers, default=Numbers.POINT)

    welcome_step = models.PositiveSmallIntegerField(
        default=0, db_default=0, editable=False, help_text="Which step after signing up comes next; 0: none."
    )

    objects = UserManager()

    class Meta(AbstractUser.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["email"],
                condition=~Q(email=""),
                name="user_email_unique_when_set",
                violation_error_message="Another user has this email address.",
            ),
            models.CheckConstraint(condition=Q(email=Lower(F("email"))), name="user_email_lower_case"),
            models.CheckConstraint(condition=Q(address=Lower(F("address"))), name="user_address_lower_case"),
            models.CheckConstraint(
                condition=Q(tier__in=Tier.values), name="user_tier_known", violation_error_message="Unknown tier."
            ),
        ]

    def save(self, *args, **kwargs) -> None:
        """Store email and address in lower case, whichever door they came through."""
        self._normalise()
        super().save(*args, **kwargs)

    def clean_fields(self, exclude=None) -> None:
        """Normalise first, so that a checksummed address and an upper-case email are valid input."""
        self._normalise()
        super().clean_fields(exclude=exclude)

    def _normalise(self) -> None:
        self.address = normalise_address(self.address)
        self.email = (self.email or "").strip().lower()
