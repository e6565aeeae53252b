"""The wallet: a user's bookmark of an account on the exchange, his own or one that he watches."""

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.validators import RegexValidator
from django.db import models, transaction
from django.db.models import Count, F, Max, Q
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.address import LENGTH, checksummed, normalise_address, validate_address

COLOURS = ["#7aa2f7", "#2ec4a6", "#f2b84b", "#ff7a5f", "#b48ead", "#5fb3d9", "#9ccc65", "#ef86b0"]
"""Given to new wallets in turn, so that neighbours can be told apart."""


def most_wallets(user) -> int:
    """How many wallets the user's tier, as the database knows it, allows."""
    return getattr(settings.CONFIG, f"wallets_{user.tier}")


class TooManyWallets(Exception):
    """The list is as long as the user's tier allows; ``most`` says how long that is."""

    def __init__(self, tier: str, most: int) -> None:
        super().__init__(f"The {tier} tier has at most {most} wallet{'' if most == 1 else 's'}.")
        self.most = most


class WalletQuerySet(models.QuerySet):
    """Selections of wallets, and changes that concern a user's whole list."""

    def of(self, user):
        """One user's, in his order."""
        return self.filter(user=user).order_by("position", "id")

    def own(self):
        """Those whose key the user has proven to hold."""
        return self.filter(kind=Wallet.Kind.OWN)

    def addresses(self):
        """Each address once, whoever bookmarked it."""
        return self.order_by("address").values_list("address", flat=True).distinct()

    def roles(self) -> "dict[str, str]":
        """What the exchange calls each address, whoever bookmarked it; empty where nobody has asked."""
        return dict(self.order_by("address").values_list("address").annotate(Max("role")))

    def seen_by(self, session_keys, addresses) -> "set[tuple[str, str]]":
        """(session key, address) for every address that the user of a running session has among his wallets."""
        mine = self.filter(
            address__in=addresses,
            user__is_active=True,
            user__sessions__session_key__in=session_keys,
            user__sessions__expire_date__gt=timezone.now(),
        )
        return set(mine.values_list("user__sessions__session_key", "address"))

    def put(self, user, address: str, **values) -> "tuple[Wallet, bool]":
        """The wallet of this address in the user's list, changed to ``values``; added at the end if it is missing.

        Raises TooManyWallets, also when several requests at once would go over the limit; ValidationError.
        """
        with transaction.atomic():
            user = self._lock(user)
            wallet = self.filter(user=user, address=normalise_address(address)).first()
            is_new = wallet is None
            if is_new:
                most = most_wallets(user)
                mine = self.filter(user=user).aggregate(count=Count("id"), last=Max("position"))
                if mine["count"] >= most:
                    raise TooManyWallets(user.get_tier_display(), most)
                wallet = Wallet(user=user, address=address, colour=COLOURS[mine["count"] % len(COLOURS)])
                wallet.position = 0 if mine["last"] is None else mine["last"] + 1
            for name, value in values.items():
                setattr(wallet, name, value)
            wallet.full_clean()
            wallet.save()
        return wallet, is_new

    def move(self, user, wallet_id: int, by: int) -> None:
        """Move one wallet up (-1) or down (1) in the user's list; at its end it stays."""
        with transaction.atomic():
            self._lock(user)
            wallets = list(self.of(user))
            place = next((i for i, wallet in enumerate(wallets) if wallet.pk == wallet_id), None)
            if place is None or not 0 <= place + by < len(wallets):
                return
            wallets.insert(place + by, wallets.pop(place))
            for position, wallet in enumerate(wallets):
                wallet.position = position
            self.bulk_update(wallets, ["position"])

    def _lock(self, user):
        """The user as he is now; who changes a list holds his row. SQLite lets one write at a time anyway."""
        return get_user_model().objects.select_for_update(no_key=True).get(pk=user.pk)


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

    @property
    def checksummed(self) -> str:
        """The address as EIP-55 writes it."""
        return checksummed(self.address)
