"""The API token: shown once, stored as a hash, good for what its scopes say."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from accounts.announce import announce
from accounts.models.user import Tier

MARK = "hld_"
"""Every token begins so: scanners for leaked secrets can tell it, and so can we where none may stand."""
MOST_TOKENS = 20
USED_EVERY = timedelta(minutes=1)
NOBODY = "0" * 64
"""The digest of no token, compared when there is no row, so that a known prefix takes no other time."""


class TooManyTokens(Exception):
    """So many tokens are in use that another one would only be lost sight of."""


class ApiTokenQuerySet(models.QuerySet):
    """Selections of tokens."""

    def of(self, user):
        """One user's, newest first."""
        return self.filter(user=user).order_by("-created_at")

    def active(self):
        """Neither revoked nor expired."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()), revoked_at=None)

    def issue(self, user, name: str, *, can_read=True, can_alert=False, expires_at: datetime | None = None):
        """(row, token): the only time that the token can be seen. Raises TooManyTokens, ValidationError."""
        prefix = MARK + secrets.token_hex(4)
        token = f"{prefix}_{secrets.token_urlsafe(32)}"
        row = self.model(user=user, name=name, prefix=prefix, digest=digest(token))
        row.can_read, row.can_alert, row.expires_at = can_read, can_alert, expires_at
        with transaction.atomic():
            get_user_model().objects.select_for_update(no_key=True).get(
                pk=user.pk
            )  # two at once are counted one by one
            if self.of(user).active().count() >= MOST_TOKENS:
                raise TooManyTokens(f"At most {MOST_TOKENS} tokens are in use at once. Revoke one first.")
            row.full_clean()
            row.save()
        return row, token

    def verify(self, token: str):
        """The row of a token that counts now, its user with it, or None. Notes the use, once a minute at most."""
        prefix = token[: len(MARK) + 8]
        row = self.select_related("user").filter(prefix=prefix).first()
        fits = hmac.compare_digest(row.digest if row else NOBODY, digest(token))
        if not (row and fits and row.is_active and row.user.is_active and row.user.tier == Tier.API):
            return None
        now = timezone.now()
        if row.last_used_at is None or now - row.last_used_at >= USED_EVERY:
            self.filter(pk=row.pk).update(last_used_at=now)
        return row

    def reading(self, numbers):
        """Those of these that may read now."""
        return self.active().filter(pk__in=numbers, can_read=True, user__is_active=True, user__tier=Tier.API)

    def still_reading(self, numbers) -> set[int]:
        """The same, for programs that are connected: notes the use, once a minute at most."""
        good = set(self.reading(numbers).values_list("pk", flat=True))
        now = timezone.now()
        self.filter(pk__in=good, last_used_at__lte=now - USED_EVERY).update(last_used_at=now)
        return good

    def revoke(self) -> int:
        """End those selected that have not ended, and what they have opened; how many."""
        now, ended = timezone.now(), list(self.filter(revoked_at=None).values_list("pk", flat=True))
        count = self.model.objects.filter(pk__in=ended, revoked_at=None).update(revoked_at=now)
        transaction.on_commit(lambda: announce(ended))
        return count


class ApiToken(models.Model):
    """``prefix`` is shown in lists and finds the row; ``digest`` is SHA-256 of the whole token, hexadecimal."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=60)
    prefix = models.CharField(max_length=16, unique=True)
    digest = models.CharField(max_length=64)
    can_read = models.BooleanField("read", default=True)
    can_alert = models.BooleanField("alerts", default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = "API token"

    def __str__(self) -> str:
        return f"{self.prefix}…"

    @property
    def is_active(self) -> bool:
        """Neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > timezone.now())

    @property
    def scopes(self) -> list[str]:
        """What it may do, in words."""
        return [name for name, may in (("read", self.can_read), ("alerts", self.can_alert)) if may]


def digest(token: str) -> str:
    """A token has 256 random bits, so a quick hash without salt is enough: there is nothing to guess."""
    return hashlib.sha256(token.encode()).hexdigest()
