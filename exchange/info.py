"""InfoClient: what the exchange answers by REST about the market, one method per type (API.md section 6).

Methods block; errors are in ``exchange.errors``. ``dex`` is empty for the first dex. Times are Unix ms.
What is asked about one address is in ``exchange.info_account``, long ranges in ``exchange.paging``.
"""

from collections.abc import Iterator
from decimal import Decimal

from exchange.budget import Priority
from exchange.errors import CallFailed
from exchange.info_account import AccountCalls
from exchange.paging import pages
from exchange.universe import Universe
from exchange.wire import market, reference

HOUR = 3_600_000

INTERVAL_MS = {
    "1m": 60_000,
    "3m": 180_000,
    "5m": 300_000,
    "15m": 900_000,
    "30m": 1_800_000,
    "1h": HOUR,
    "2h": 2 * HOUR,
    "4h": 4 * HOUR,
    "8h": 8 * HOUR,
    "12h": 12 * HOUR,
    "1d": 24 * HOUR,
    "3d": 72 * HOUR,
    "1w": 168 * HOUR,
    "1M": 28 * 24 * HOUR,
}
"""Length of a candle; of a month, the shortest."""


class InfoClient(AccountCalls):
    """The exchange's public REST, typed. Made as ``Caller`` is."""

    def on_behalf_of(self, feature: str, priority: Priority) -> "InfoClient":
        """The same connection and budget, asked for another feature."""
        return InfoClient(
            self.url.removesuffix("/info"),
            self.budget,
            self.clock,
            self.timeout,
            self.session,
            tries=self.tries,
            feature=feature,
            priority=priority,
            patience=self.patience,
            breaker=self.breaker,
        )

    # Names ---------------------------------------------------------------------------------------

    def meta(self, dex: str = "") -> market.Meta:
        """All perps of one dex."""
        return self.call("meta", market.Meta, dex=dex or None)

    def all_perp_metas(self) -> list[market.Meta]:
        """All perps of all dexes: the first dex, then those of ``perp_dexs`` in order."""
        return self.call("allPerpMetas", list[market.Meta])

    def perp_dexs(self) -> list[reference.PerpDex | None]:
        """All dexes; the first one is None."""
        return self.call("perpDexs", list[reference.PerpDex | None])

    def perp_categories(self) -> reference.Categories:
        """(coin, category) of those that have one."""
        return self.call("perpCategories", reference.Categories)

    def spot_meta(self) -> market.SpotMeta:
        """All spot pairs and tokens."""
        return self.call("spotMeta", market.SpotMeta)

    def universe(self) -> Universe:
        """Every name there is, from a fresh reading. Without categories if the exchange has none to give."""
        names = ["" if dex is None else dex.name for dex in self.perp_dexs()]
        try:
            metas = self.all_perp_metas()
        except CallFailed:
            metas = []
        if len(metas) != len(names):
            metas = [self.meta(name) for name in names]
        try:
            categories = dict(self.perp_categories())
        except CallFailed:
            categories = {}
        return Universe.build(zip(names, metas, strict=True), self.spot_meta(), categories)

    # Figures -------------------------------------------------------------------------------------

    def meta_and_contexts(self, dex: str = "") -> market.PerpFigures:
        """Perps and their figures, joined by position. NoSuchName for an unknown dex."""
        return self.call("metaAndAssetCtxs", market.PerpFigures, dex=dex or None)

    def spot_meta_and_contexts(self) -> market.SpotFigures:
        """Spot pairs and figures: not by position, join on ``coin``."""
        return self.call("spotMetaAndAssetCtxs", market.SpotFigures)

    def all_mids(self, dex: str = "") -> dict[str, Decimal]:
        """Mids by coin; the first dex's has spot and outcomes too, and a coin without a book its last trade."""
        return self.call("allMids", dict[str, Decimal], dex=dex or None)

    def exchange_status(self) -> reference.ExchangeStatus:
        """The exchange's clock; costs 2."""
        return self.call("exchangeStatus", reference.ExchangeStatus)

    # Books, trades, history ----------------------------------------------------------------------

    def l2_book(self, coin: str, sig_figs: int | None = None, mantissa: int | None = None) -> market.Book | None:
        """20 levels a side; None for an unknown coin."""
        return self.maybe("l2Book", market.Book, coin=coin, nSigFigs=sig_figs, mantissa=mantissa)

    def recent_trades(self, coin: str) -> list[market.Trade]:
        """About ten, newest first."""
        return self.call("recentTrades", list[market.Trade], coin=coin)

    def candles(self, coin: str, interval: str, start: int, end: int | None = None) -> Iterator[market.Candle]:
        """Bars oldest first, the running one last; no more than the latest 5000 exist."""

        def page(since: int) -> list[market.Candle]:
            until = self.clock.now_ms() if end is None else end
            rows = max(0, until - since) // INTERVAL_MS[interval] + 2
            req = {"coin": coin, "interval": interval, "startTime": since}
            req |= {"endTime": end} if end is not None else {}
            return self.call("candleSnapshot", list[market.Candle], rows=rows, req=req)

        return pages(page, start, time=lambda bar: bar.t, key=lambda bar: bar.t, full=5000)

    def funding_history(self, coin: str, start: int, end: int | None = None) -> Iterator[market.FundingRate]:
        """Hourly rates oldest first. NoSuchName for an unknown coin."""

        def page(since: int) -> list[market.FundingRate]:
            rows = None if end is None else max(0, end - since) // HOUR + 2
            shape = list[market.FundingRate]
            return self.call("fundingHistory", shape, rows=rows, coin=coin, startTime=since, endTime=end)

        return pages(page, start, time=lambda row: row.time, key=lambda row: row.time, full=500)
