"""One round trip in figures, for ``_totals.html``."""

from typing import Any

from dashboard.pages.history.frame import Page
from dashboard.pages.history.rows_trips import averages
from dashboard.pages.history.statistics import figure
from dashboard.pages.history.times import duration
from dashboard.pages.money import coins, exact, money, signed
from exchange.rows import NONE
from snapshots.pnl.excursions import Excursion
from snapshots.pnl.trips import Trip


def facts(one: Trip, page: Page) -> list[dict[str, Any]]:
    """The trip in figures."""
    times, entry_exit = page.scope.times, averages(one)
    base = page.scope.coins.base(one.coin)
    length = duration((one.closed or times.now) - one.opened)
    fee = f"builder's {money(one.builder_fees, one.quote)}" if one.builder_fees else ""
    return [
        gained("Net", one.net, one.quote),
        gained("Price PnL", one.price_pnl, one.quote),
        figure("Fees", money(one.fees, one.quote), fee, exact(one.fees, one.quote)),
        gained("Funding", one.funding, one.quote),
        figure("Largest size", coins(one.peak, base)),
        figure("Entry", entry_exit[0], "average"),
        figure("Exit", entry_exit[1], "average"),
        figure("Opened", times.near(one.opened), "or earlier" if one.cut_off else ""),
        figure("Closed", times.near(one.closed), f"after {length}") if one.closed else figure("Open for", length),
    ]


def extremes(one: Trip, reached: Excursion | str) -> list[dict[str, Any]]:
    """MAE and MFE, as far as candles tell them."""
    if isinstance(reached, str):
        return [figure("Worst (MAE)", NONE, "not known"), figure("Best (MFE)", NONE, "not known")]
    of = f"at fills and {reached.candles} candle{'' if reached.candles == 1 else 's'}"
    return [
        {**gained("Worst (MAE)", reached.adverse, one.quote), "under": of},
        {**gained("Best (MFE)", reached.favourable, one.quote), "under": of},
    ]


def gained(name: str, value: Any, token: str) -> dict[str, Any]:
    """Money won or lost, in the market's own money."""
    return figure(name, signed(value, token), "", exact(value, token), is_signed=True)
