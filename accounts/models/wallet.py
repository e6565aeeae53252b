"""The wallet: a user's bookmark of an account on the exchange, his own or one that he watches."""

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from accounts.address import LENGTH, normalise_address, validate_address


class WalletQuerySet(models.QuerySet):
    """Selections of wallets."""

    def of(self, user):
        """One user's, in his order."""
        return self.filter(user=user).order_by("position", "id")

    def own(self):
        """Those whose key the user has proven to hold."""
        return self.filter(kind=Wallet.Kind.OWN)

    def addresses(self):
        """Each address once, whoever bookmarked it."""
        return self.order_by("address").values_list("address", flat=True).distinct()


class Wallet(models.Model):
    """An address in a user's list. ``role`` is what the exchange calls it (API.md ``userRole``), once asked."""

    class Kind(models.TextChoices):
        """Own: proven by a signature of its key. Watched: anybody's; everything on the exchange is public."""

        OWN = "own", "Own"
        WATCHED = "watched", "Watched"

    class Role(models.TextChoices):
        """``userRole`` of the exchange; unknown until it was asked."""

        UNKNOWN = "", "Not asked yet"
        USER = "user", "Account"
        AGENT = "agent", "API wallet"
        VAULT = "vault", "Vault"
        SUB_ACCOUNT = "subAccount", "Sub-account"
        MISSING = "missing", "Never used"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="wallets")
    address = models.CharField(max_length=LENGTH, validators=[validate_address])
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.WATCHED)
    role = models.CharField(max_length=12, choices=Role, default=Role.UNKNOWN, blank=True)
    master = models.CharField(
        max_length=LENGTH, blank=True, help_text="Of an agent or sub-account: who is behind it."
    )
    label = models.CharField(max_length=40, blank=True)
    colour = models.CharField(max_length=7, default="#7aa2f7", validators=[RegexValidator(r"\A#[0-9a-f]{6}\Z")])
    position = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    proven_at = models.DateTimeField(null=True, blank=True)

    objects = WalletQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "address"],
                name="wallet_once_a_user",
                violation_error_message="This address is already in your list.",
            ),
            models.CheckConstraint(condition=Q(address=Lower(F("address"))), name="wallet_address_lower_case"),
        ]
        indexes = [
            # what the account tracker follows: each address once
            models.Index(fields=["address"], name="wallet_address"),
        ]

    def __str__(self) -> str:
        return self.label or self.address

    def save(self, *args, **kwargs) -> None:
        """Store the address in lower case."""
        self.address = normalise_address(self.address) or ""
        super().save(*args, **kwargs)

    def clean_fields(self, exclude=None) -> None:
        """Normalise first, so that a checksummed address is valid input."""
        self.address = normalise_address(self.address) or ""
        super().clean_fields(exclude=exclude)
