"""The session: a row for each signed-in browser, so that its user can see and end it."""

from hashlib import sha256
from importlib import import_module

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models
from django.utils import timezone


class SessionQuerySet(models.QuerySet):
    """Selections of sessions."""

    def active(self):
        """Those that have not expired."""
        return self.filter(expire_date__gt=timezone.now())

    def of(self, user):
        """Those of one user, most recently seen first."""
        return self.filter(user=user).order_by("-last_seen_at")


class Session(AbstractBaseSession):
    """A browser's session. ``device`` is in words (Firefox on Linux); the row is the truth, the cache a copy."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="sessions"
    )
    pending = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="pending_sessions",
        help_text="Whose sign-in has begun here and waits for a code: nobody is signed in yet.",
    )
    created_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(default=timezone.now)
    ip = models.GenericIPAddressField(null=True, blank=True)
    device = models.CharField(max_length=120, blank=True)

    objects = BaseSessionManager.from_queryset(SessionQuerySet)()

    class Meta(AbstractBaseSession.Meta):
        indexes = [
            # the sessions page, and ending all of a user's sessions
            models.Index(fields=["user", "-last_seen_at"], name="session_of_user"),
        ]

    def save(self, *args, **kwargs) -> None:
        """A session that is written again keeps when and where it was opened."""
        if kwargs.get("force_update") and not kwargs.get("update_fields"):
            kwargs["update_fields"] = ["session_data", "expire_date", "user", "pending"]
        super().save(*args, **kwargs)

    @property
    def handle(self) -> str:
        """Names the session on pages without giving away the key that is in its browser's cookie."""
        return sha256(self.session_key.encode()).hexdigest()[:16]

    @classmethod
    def get_session_store_class(cls):
        """The store that reads and writes these rows."""
        return import_module(settings.SESSION_ENGINE).SessionStore
