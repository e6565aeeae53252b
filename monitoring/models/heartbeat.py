"""What the leader says of itself."""

from typing import Any

from django.db import models


class HeartbeatQuerySet(models.QuerySet):
    """One row for each name; what a leader writes, it writes under its fencing number."""

    def say(self, name: str, number: int, at: int, detail: dict[str, Any]) -> None:
        """The newest word; to be called in a transaction that ends with the leader's guard."""
        self.update_or_create(name=name, defaults={"number": number, "at": at, "detail": detail})


class Heartbeat(models.Model):
    """``at`` is when ``name`` last completed what it is for (Unix ms), ``detail`` plain figures of how it goes."""

    name = models.CharField(max_length=40, primary_key=True)
    number = models.BigIntegerField(default=0)
    at = models.BigIntegerField(default=0)
    detail = models.JSONField(default=dict)

    objects = HeartbeatQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.name} at {self.at}"
