"""Stored history in the admin: looked at, never edited. A note is its user's: admins see that there is one."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.admin.large import ReadOnlyAdmin, SeenAdmin, one_of
from snapshots import models
from snapshots.backfill_streams import STREAMS


class OfAccountAdmin(SeenAdmin):
    """Found by the account's whole address, or the row's number."""

    list_select_related = ["account"]
    found_by_exact = ("account__address",)
    search_help_text = "A whole address"


@admin.register(models.Account)
class AccountAdmin(SeenAdmin):
    list_display = ["address", "added_at"]
    found_by_exact = ("address",)
    search_help_text = "A whole address"


@admin.register(models.Fill)
class FillAdmin(OfAccountAdmin):
    list_display = ["time", "account", "coin", "dir", "px", "sz", "closed_pnl", "fee", "fee_token", "received_at"]


@admin.register(models.FundingPayment)
class FundingPaymentAdmin(OfAccountAdmin):
    list_display = ["time", "account", "coin", "usdc", "szi", "funding_rate", "received_at"]


@admin.register(models.CashFlow)
class CashFlowAdmin(OfAccountAdmin):
    list_display = ["time", "account", "kind", "delta", "received_at"]


@admin.register(models.ClosedOrder)
class ClosedOrderAdmin(OfAccountAdmin):
    list_display = ["time", "account", "coin", "side", "status", "limit_px", "orig_sz", "oid", "received_at"]


@admin.register(models.PositionSnapshot)
class PositionSnapshotAdmin(OfAccountAdmin):
    list_display = ["time", "account", "coin", "szi", "entry_px", "unrealized_pnl", "received_at"]


@admin.register(models.EquitySnapshot)
class EquitySnapshotAdmin(OfAccountAdmin):
    list_display = ["time", "account", "mode", "equity", "reason", "received_at"]


@admin.register(models.BackfillProgress)
class BackfillProgressAdmin(OfAccountAdmin):
    list_display = [
        "account",
        "stream",
        "state",
        "rows",
        "since",
        "reached",
        "is_cut",
        "ended_at",
        "retry_at",
        "error",
    ]
    list_filter = ["state", one_of("stream", STREAMS)]


@admin.register(models.DayBook)
class DayBookAdmin(OfAccountAdmin):
    list_display = ["account", "zone", "dirty_from", "dirty_to"]


@admin.register(models.DayResult)
class DayResultAdmin(SeenAdmin):
    list_display = ["day", "book", "coin", "token", "fills", "volume", "price_pnl", "fees", "fundings", "funding"]
    list_select_related = ["book"]
    found_by_exact = ("book__account__address",)
    search_help_text = "A whole address"


@admin.register(models.TradeSnapshot)
class TradeSnapshotAdmin(SeenAdmin):
    """The large ones, or all of one coin: only those can be put in order without reading the whole table."""

    list_display = ["time", "coin", "side", "px", "sz", "notional", "buyer", "seller", "received_at"]
    ordering = ["-time", "-tid"]
    search_help_text = "A coin, as the exchange names it"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        coin = search_term.strip()
        return (queryset.filter(coin=coin) if coin else queryset.large(0)), False


@admin.register(models.TradeMinute)
class TradeMinuteAdmin(SeenAdmin):
    list_display = ["time", "coin", "trades", "bought", "sold", "turnover"]
    found_by_exact = ("coin",)
    search_help_text = "A coin, as the exchange names it"


@admin.register(models.Coverage)
class CoverageAdmin(SeenAdmin):
    list_display = ["stream", "start", "end", "state", "reason"]
    list_filter = ["state"]
    found_by_exact = ("stream",)
    search_help_text = "A whole stream: trades:BTC, or fills: and an address"


@admin.register(models.PruneRun)
class PruneRunAdmin(SeenAdmin):
    list_display = ["began_at", "ended_at", "deleted", "error"]
    ordering = ["-began_at"]


@admin.register(models.TripNote)
class TripNoteAdmin(ReadOnlyAdmin):
    """Whose and about what; what it says is between the user and himself."""

    list_display = ["user", "account", "coin", "opened_at", "updated_at"]
    list_select_related = ["user", "account"]
    exclude = ["text", "tags"]
    found_by_user = "user"
    search_help_text = "Begin of its user’s name"
