"""Amounts of money and coins as pages about accounts show them: unit and sign always, never a rounded 0.

Dollars are USDC; every other token keeps its name. The exact amount belongs into the ``title`` of a cell.
"""

from decimal import Decimal

from exchange import figures
from exchange.rows import NONE
from snapshots.pnl.executions import USDC

DOLLAR = (USDC, "USD")
MOST_DECIMALS = 8
MINUS = "−"
UNITS = ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "K"))
LIKE_A_WHOLE = Decimal("0.9995")
"""From this part of a unit on three digits say that it is one."""


def exact(value: Decimal | None, token: str = "") -> str:
    """``−1,234.5678 HYPE``: every digit."""
    return NONE if value is None else f"{figures.exact(value)} {token}".replace("-", MINUS).rstrip()


def money(value: Decimal | None, token: str = USDC) -> str:
    """``$1,234.56`` · ``−12.30 USDH`` · ``$0.000012``: two decimals, of small amounts two digits."""
    if value is None:
        return NONE
    sign = MINUS if value < 0 else ""
    text = f"{abs(value):,.{_decimals(value)}f}"
    return f"{sign}${text}" if token in DOLLAR else f"{sign}{text} {token}".rstrip()


def signed(value: Decimal | None, token: str = USDC) -> str:
    """As ``money``, a gain with its plus; 0 has no sign."""
    return f"+{money(value, token)}" if value is not None and value > 0 else money(value, token)


def coins(value: Decimal | None, token: str = "") -> str:
    """``0.00125 BTC``: a size as it was sent, without empty decimals."""
    return exact(value, token)


def short(value: Decimal | None) -> str:
    """``+$12.3K`` · ``−$45.00``: three digits, for the small fields of a calendar."""
    if value is None:
        return NONE
    sign = "+" if value > 0 else MINUS if value < 0 else ""
    size = abs(value)
    for scale, unit in UNITS:
        if size >= scale * LIKE_A_WHOLE:
            return f"{sign}${size / scale:.3g}{unit}"
    return f"{sign}${size:,.0f}" if size >= 100 else f"{sign}${size:,.2f}"


def _decimals(value: Decimal) -> int:
    """Two, or as many as show two digits of a small amount."""
    if value == 0 or abs(value) >= Decimal("0.1"):
        return 2
    return min(MOST_DECIMALS, 1 - value.adjusted())
