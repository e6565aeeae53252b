"""TripNote: what a user writes down about one of his round trips. It is his; nobody else sees it."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models

MOST_TAGS = 300


class TripNoteQuerySet(models.QuerySet):
    """Selections of notes."""

    def of(self, user: Any) -> "TripNoteQuerySet":
        """One user's."""
        return self.filter(user=user)

    def tagged(self, tag: str) -> "TripNoteQuerySet":
        """Those with this tag."""
        return self.filter(tags__contains=f",{plain(tag)},")


def plain(tag: str) -> str:
    """A tag without commas and outer spaces, in lower case."""
    return " ".join(tag.replace(",", " ").lower().split())


class TripNote(models.Model):
    """A round trip is named by the fill that opened it: (account, coin, time, tid, oid, side).

    That stays when older history is added or the fill itself is pruned. ``tags`` is ``,a,b,``: use ``tag_list``.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="trip_notes", db_index=False
    )
    account = models.ForeignKey("snapshots.Account", on_delete=models.CASCADE, related_name="notes")
    coin = models.CharField(max_length=64)
    opened_at = models.BigIntegerField()
    tid = models.BigIntegerField()
    oid = models.BigIntegerField()
    side = models.CharField(max_length=1)
    text = models.TextField(blank=True, max_length=10_000)
    tags = models.CharField(max_length=MOST_TAGS, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = TripNoteQuerySet.as_manager()

    class Meta:
        constraints = [
            # one note of a user on a trip; the round trips page reads those of its user and accounts
            models.UniqueConstraint(
                fields=["user", "account", "coin", "opened_at", "tid", "oid", "side"], name="note_of_trip"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.coin} {self.tags.strip(',')}"

    @property
    def tag_list(self) -> list[str]:
        """The tags in the order in which they were given."""
        return [tag for tag in self.tags.split(",") if tag]

    @tag_list.setter
    def tag_list(self, tags: Iterable[str]) -> None:
        kept = list(dict.fromkeys(filter(None, map(plain, tags))))
        self.tags = f",{','.join(kept)}," if kept else ""
        if len(self.tags) > MOST_TAGS:
            raise ValidationError(f"All tags together have at most {MOST_TAGS} letters.", code="tags")
