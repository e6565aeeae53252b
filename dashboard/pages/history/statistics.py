"""Statistics of round trips as figures for ``_totals.html``: what they are, and what they leave out."""

from decimal import Decimal
from typing import Any

from dashboard.pages.history.coins import Coins
from dashboard.pages.history.times import duration
from dashboard.pages.markets_row import tone
from dashboard.pages.money import exact, money, signed
from exchange import figures
from exchange.rows import NONE
from snapshots.pnl.executions import USDC
from snapshots.pnl.statistics import Statistics

Figure = dict[str, Any]


def figure(name: str, text: str, under: str = "", title: str = "", is_signed: bool = False) -> Figure:
    """One figure with its name."""
    return {
        "name": name,
        "text": text,
        "under": under,
        "title": title,
        "tone": tone(text) if is_signed else "",
    }


def usd(name: str, value: Decimal | None, under: str = "") -> Figure:
    """Dollars won or lost."""
    return figure(name, signed(value), under, "" if value is None else exact(value, "USD"), is_signed=True)


def fees(value: Decimal, under: str = "") -> Figure:
    """What was paid; more rebates than fees were received."""
    title = exact(value, "USD")
    return figure(
        "Fees", money(abs(value)), f"received as rebates {under}".rstrip() if value < 0 else under, title
    )


def figures_of(found: Statistics) -> list[Figure]:
    """All figures of whole trips."""
    if not found.trips and not found.left_out:
        return []
    left_out = f"{found.left_out} open or not fully known left out" if found.left_out else "all whole"
    length = duration(found.average_duration)
    rate = NONE if found.win_rate is None else f"{found.win_rate * 100:.1f}%"
    factor = NONE if found.profit_factor is None else f"{found.profit_factor:,.2f}"
    return [
        figure("Whole trips", f"{found.trips:,}", left_out),
        usd("Net", found.net if found.trips else None, "price PnL, fees, funding"),
        figure("Win rate", rate, f"{found.won} won, {found.lost} lost"),
        figure("Profit factor", factor, "nothing was lost" if found.trips and not found.gross_lost else ""),
        usd("Expectancy", found.expectancy, f"mean of a trip of {length}" if found.trips else ""),
        usd("Average win", found.average_win),
        usd("Average loss", found.average_loss),
        usd("Largest win", found.largest_win),
        usd("Largest loss", found.largest_loss),
    ]


def at_present_prices(tokens: set[str], coins: Coins) -> str:
    """How tokens other than dollars were turned into dollars, or that they were not; empty if there are none."""
    said = []
    for token in sorted(tokens):
        price = coins.price(token)
        if price is None:
            said.append(f"{token} has no price here and is left out")
        elif token != USDC:
            when = "its price now" if coins.is_live else "the last price that was heard"
            said.append(f"{token} counts {figures.exact(price)} USD, {when}")
    return "; ".join(said)
