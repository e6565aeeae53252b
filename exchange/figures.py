"""Figures as people read them: the only place where numbers of the market become text.

Amounts come in as ``Decimal`` and are never rounded through a float. None gives ``"—"``: no figure is not 0.
"""

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Context, Decimal

from exchange.rows import NONE

PRICE_DIGITS = 5
"""Significant figures of an order's price (API.md section 3); a mark or oracle may have more, and shows them."""

ROUNDING = Context(prec=120, rounding=ROUND_HALF_UP)
"""0.00125 % reads 0.0013 %, as on the exchange's own pages."""
MOST_DIGITS = ROUNDING.prec - 10
STEPS = [Decimal(1).scaleb(-decimals) for decimals in range(10)]

HOURS_A_YEAR = 24 * 365
COMPACT = (
    (Decimal("999.995"), 0, ""),
    (Decimal("999995"), -3, "K"),
    (Decimal("999995000"), -6, "M"),
    (Decimal("999995000000"), -9, "B"),
    (Decimal("Infinity"), -12, "T"),
)
"""(below this, shift by so many digits, unit); the edges are where two decimals would round to 1000."""


def price(value: Decimal | None, most_decimals: int) -> str:
    """``86,412`` · ``1,919.75`` · ``0.003663``: five significant figures at least, and all the exchange sent."""
    if value is None:
        return NONE
    tick_decimals = min(PRICE_DIGITS - 1 - value.adjusted(), most_decimals) if value else 0
    return f"{value:,.{max(0, tick_decimals, _decimals(value))}f}"


def exact(value: Decimal | None) -> str:
    """``0.5`` · ``1``: no more and no fewer decimals than the value needs, such as a spread."""
    return NONE if value is None else f"{value:,.{_decimals(value)}f}"


def size(value: Decimal | None, decimals: int) -> str:
    """``1,234.50000`` with the coin's own number of decimals, so that columns align."""
    return NONE if value is None else f"{value:,.{decimals}f}"


def amount(value: Decimal | None, unit: str) -> str:
    """``28,123.4 BTC``: a quantity in words, at most one decimal above 100, else four significant figures."""
    if value is None:
        return NONE
    decimals = 1 if abs(value) >= 100 else max(0, min(8, 3 - value.adjusted())) if value else 0
    return f"{value:,.{decimals}f} {unit}".rstrip()


def usd(value: Decimal | None) -> str:
    """``$1.23B``: compact, two decimals, K M B T."""
    if value is None:
        return NONE
    magnitude = abs(value)
    shift, unit = next((shift, unit) for below, shift, unit in COMPACT if magnitude < below)
    return f"{'−' if value < 0 else ''}${_rounded(magnitude.scaleb(shift), 2)}{unit}"


def usd_full(value: Decimal | None) -> str:
    """``$1,234,567,890``: whole dollars."""
    return NONE if value is None else f"{'−' if value < 0 else ''}${abs(value):,.0f}"


def money(value: Decimal | None, unit: str = "USDC") -> str:
    """``$1,234.56`` · ``−$0.05`` · ``1,234.56 USDH``: to the cent, as accounts are kept."""
    if value is None:
        return NONE
    figure = f"{_rounded(abs(value), 2):,.2f}"
    sign = "−" if value < 0 and figure != "0.00" else ""
    return f"{sign}${figure}" if unit == "USDC" else f"{sign}{figure} {unit}"


def gain(value: Decimal | None, unit: str = "USDC") -> str:
    """``+$12.30``: ``money`` that was won or lost, with its sign unless it is nothing."""
    text = money(value, unit)
    return f"+{text}" if value is not None and value > 0 and text != money(Decimal(0), unit) else text


def percent(fraction: Decimal | None, decimals: int = 2) -> str:
    """``+1.23%`` of 0.0123, always with its sign (a true minus)."""
    if fraction is None:
        return NONE
    return f"{_rounded(fraction.scaleb(2), decimals):+z,f}%".replace("-", "−")


def plain_percent(fraction: Decimal | None, decimals: int = 4) -> str:
    """``0.0012%``: for what cannot be negative, such as a spread."""
    return NONE if fraction is None else f"{_rounded(fraction.scaleb(2), decimals):,f}%"


def difference(value: Decimal | None) -> str:
    """``+1,043.5``: a difference of two prices, exact, with its sign."""
    return NONE if value is None else f"{value:+z,.{_decimals(value)}f}".replace("-", "−")


def utc_time(time: int) -> str:
    """``HH:MM:SS`` of a Unix time in ms, UTC."""
    seconds = time // 1000
    return f"{seconds // 3600 % 24:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def utc_moment(time: int) -> str:
    """``2026-11-30 16:45:07 UTC`` of a Unix time in ms."""
    return f"{datetime.fromtimestamp(time // 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"


def number(value: Decimal | None) -> float | None:
    """A float to sort by, of seven digits: what cannot be seen is not sent. Never to count with."""
    return None if value is None else float(f"{value:.7g}")


def _decimals(value: Decimal) -> int:
    """Decimals that the value needs: 2 of ``1.250``."""
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or exponent >= 0:
        return 0
    return max(0, -int(value.normalize().as_tuple().exponent))


def _rounded(value: Decimal, decimals: int) -> Decimal:
    """A number with more digits than can be rounded, which only a lie has, stays as it is."""
    return value.quantize(STEPS[decimals], context=ROUNDING) if value.adjusted() < MOST_DIGITS else value
