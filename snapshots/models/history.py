"""What all histories of accounts have in common: whose, when, when we heard it, and how pages read them."""

from collections.abc import Iterable
from typing import Self

from django.db import connections, models
from django.db.models import Q
from django.db.models.expressions import RawSQL

WORDS = """
WITH RECURSIVE found(account_id, word) AS (
    SELECT id, (SELECT min({word}) FROM {table} WHERE account_id = account.id)
    FROM snapshots_account account WHERE id IN ({accounts})
    UNION ALL SELECT account_id, (
        SELECT min({word}) FROM {table} next WHERE next.account_id = found.account_id AND next.{word} > found.word
    ) FROM found WHERE word IS NOT NULL
)
SELECT DISTINCT word FROM found WHERE word IS NOT NULL
"""
Cursor = tuple[int, int]
"""(time, id) of the last row that a page showed: where the next, older one goes on."""


class HistoryQuerySet(models.QuerySet):
    """Newest first, by (time, id). All times are Unix ms."""

    def of(self, accounts: Iterable[int]) -> Self:
        """Those of the accounts with these keys."""
        return self.filter(account__in=list(accounts))

    def between(self, start: int | None = None, end: int | None = None) -> Self:
        """``start`` <= time < ``end``; None is no limit."""
        rows = self if start is None else self.filter(time__gte=start)
        return rows if end is None else rows.filter(time__lt=end)

    def as_of(self, moment: int | None) -> Self:
        """What had been received by then; None is everything."""
        return self if moment is None else self.filter(received_at__lte=moment)

    def older(self, cursor: Cursor | None) -> Self:
        """Those that come after ``cursor`` in the order of pages."""
        if cursor is None:
            return self
        time, number = cursor
        return self.filter(time__lte=time).exclude(Q(time=time) & Q(pk__gte=number))

    def newer(self, cursor: Cursor | None) -> Self:
        """Those that come before ``cursor`` in the order of pages: after it where the oldest comes first."""
        if cursor is None:
            return self
        time, number = cursor
        return self.filter(time__gte=time).exclude(Q(time=time) & Q(pk__lte=number))

    def page(
        self, accounts: Iterable[int], size: int, after: Cursor | None = None, is_forward: bool = False
    ) -> Self:
        """The newest ``size`` rows of some accounts older than ``after``: one query, fast at any depth.

        ``is_forward``: the oldest ones, newer than ``after``. Each account's are taken from its index and then
        put in order: filtering one index over all accounts would read everybody's rows.
        """
        order = ("time", "pk") if is_forward else ("-time", "-pk")
        each = [self.filter(account=one) for one in sorted(set(accounts))]
        parts = [(one.newer(after) if is_forward else one.older(after)).order_by(*order)[:size] for one in each]
        if not parts:
            return self.none()
        if len(parts) == 1:
            return parts[0]
        compiled = [part.values("pk").query.get_compiler(self.db).as_sql() for part in parts]
        union = " UNION ALL ".join(f"SELECT * FROM ({sql}) p{n}" for n, (sql, _) in enumerate(compiled))  # noqa: S608
        values = [value for _, some in compiled for value in some]
        return self.model._default_manager.filter(pk__in=RawSQL(union, values)).order_by(*order)[:size]  # noqa: S611

    def words(self, accounts: Iterable[int], column: str) -> list[str]:
        """The words that a column has in rows of these accounts, in order; one query.

        From each word to the next by an index that begins with (account, column), however many rows there are.
        """
        numbers = sorted(set(accounts))
        if not numbers:
            return []
        of = ", ".join(["%s"] * len(numbers))
        with connections[self.db].cursor() as cursor:
            cursor.execute(WORDS.format(table=self.model._meta.db_table, word=column, accounts=of), numbers)
            return sorted(word for (word,) in cursor.fetchall())


class History(models.Model):
    """A row of an account's past. ``time`` is the exchange's, ``received_at`` ours; both Unix ms."""

    account = models.ForeignKey(  # each model's indexes begin with it
        "snapshots.Account", on_delete=models.CASCADE, related_name="%(class)ss", db_index=False
    )
    time = models.BigIntegerField()
    received_at = models.BigIntegerField()

    objects = HistoryQuerySet.as_manager()

    class Meta:
        abstract = True
