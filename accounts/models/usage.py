"""How much the pages are used, by day: no address, no content, nothing that tells one person from another."""

from django.conf import settings
from django.db import models


class PageViews(models.Model):
    """How often a kind of page (the name of its URL) was asked for on one UTC day."""

    day = models.DateField()
    page = models.CharField(max_length=80)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "page views"
        constraints = [models.UniqueConstraint(fields=["day", "page"], name="page_views_once_a_day")]

    def __str__(self) -> str:
        return f"{self.page} on {self.day}: {self.count}"


class DailyUse(models.Model):
    """A user was active on a UTC day; counted, then deleted with the account."""

    day = models.DateField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")

    class Meta:
        verbose_name_plural = "daily use"
        constraints = [models.UniqueConstraint(fields=["day", "user"], name="daily_use_once")]

    def __str__(self) -> str:
        return f"{self.user} on {self.day}"
