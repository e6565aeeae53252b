"""What the exchange answers by REST about one address (API.md section 7). Any address may be asked about.

``user`` is 0x and 40 hex digits of a master or sub-account; an agent's own account is always empty.
"""

from collections.abc import Iterator

import msgspec

from exchange.call import Caller
from exchange.paging import pages
from exchange.wire import account, cashflows, fills, orders, profile, vaults


def fill_key(fill: fills.Fill) -> tuple[int, str, int | None, int, str]:
    """What makes a fill of one user unique: ``tid`` and ``hash`` alone repeat (API.md section 8)."""
    return fill.time, fill.coin, fill.tid, fill.oid, fill.side


class AccountCalls(Caller):
    """The account half of InfoClient."""

    # State ---------------------------------------------------------------------------------------

    def clearinghouse_state(self, user: str, dex: str = "") -> account.ClearinghouseState:
        """Margin and positions on one dex; costs 2. Zeros for an address never seen."""
        return self.call("clearinghouseState", account.ClearinghouseState, user=user, dex=dex or None)

    def spot_clearinghouse_state(self, user: str) -> account.SpotState:
        """Balances; costs 2. In pooled account modes all money is here."""
        return self.call("spotClearinghouseState", account.SpotState, user=user)

    def user_abstraction(self, user: str) -> str:
        """The account mode: default, disabled, unifiedAccount, portfolioMargin, dexAbstraction, or a new word."""
        return self.call("userAbstraction", str, user=user)

    def open_orders(self, user: str, dex: str = "") -> list[orders.Order]:
        """Resting orders, with triggers and children; spot orders ride with the first dex."""
        return self.call("frontendOpenOrders", list[orders.Order], user=user, dex=dex or None)

    def historical_orders(self, user: str) -> list[orders.OrderRecord]:
        """Up to 2000; an oid can appear twice, the latest ``status_timestamp`` counts."""
        return self.call("historicalOrders", list[orders.OrderRecord], user=user)

    # Fills and money -----------------------------------------------------------------------------

    def user_fills_by_time(self, user: str, start: int, end: int | None = None) -> Iterator[fills.Fill]:
        """Fills oldest first, as far back as the newest 10 000 go."""

        def page(since: int) -> list[fills.Fill]:
            return self.call("userFillsByTime", list[fills.Fill], user=user, startTime=since, endTime=end)

        return pages(page, start, time=lambda fill: fill.time, key=fill_key, full=2000)

    def user_twap_slice_fills_by_time(
        self, user: str, start: int, end: int | None = None
    ) -> Iterator[fills.TwapSlice]:
        """Fills made by TWAPs, oldest first."""

        def page(since: int) -> list[fills.TwapSlice]:
            shape = list[fills.TwapSlice]
            return self.call("userTwapSliceFillsByTime", shape, user=user, startTime=since, endTime=end)

        return pages(page, start, time=lambda row: row.fill.time, key=lambda row: fill_key(row.fill), full=2000)

    def twap_history(self, user: str) -> list[fills.TwapRecord]:
        """Beginnings and ends of TWAPs; ``time`` in seconds."""
        return self.call("twapHistory", list[fills.TwapRecord], user=user)

    def user_funding(self, user: str, start: int, end: int | None = None) -> Iterator[cashflows.FundingRow]:
        """Funding paid and received, oldest first: one row per coin and hour."""

        def page(since: int) -> list[cashflows.FundingRow]:
            return self.call("userFunding", list[cashflows.FundingRow], user=user, startTime=since, endTime=end)

        return pages(page, start, time=lambda row: row.time, key=lambda row: (row.time, row.delta.coin), full=500)

    def ledger_updates(self, user: str, start: int, end: int | None = None) -> Iterator[cashflows.LedgerRow]:
        """Deposits, withdrawals, transfers, liquidations ..., oldest first."""

        def page(since: int) -> list[cashflows.LedgerRow]:
            shape = list[cashflows.LedgerRow]
            return self.call("userNonFundingLedgerUpdates", shape, user=user, startTime=since, endTime=end)

        return pages(page, start, time=lambda row: row.time, key=msgspec.json.encode, full=500)

    def portfolio(self, user: str) -> profile.Portfolio:
        """Equity and PnL by window, coarsely sampled."""
        return self.call("portfolio", profile.Portfolio, user=user)

    # Who it is -----------------------------------------------------------------------------------

    def user_role(self, user: str) -> profile.Role:
        """Costs 60: ask once at sign-in and keep the answer."""
        return self.call("userRole", profile.Role, user=user)

    # Vaults -----------------------------------------------------------------------------------------

    def user_vault_equities(self, user: str) -> list[vaults.VaultEquity]:
        """What the address has in vaults."""
        return self.call("userVaultEquities", list[vaults.VaultEquity], user=user)
