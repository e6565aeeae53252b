"""A cell of a history table: finished text, with its sign in words and colour, and the exact value as a title."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal

from dashboard.pages.money import coins, exact, money, signed
from exchange import figures
from exchange.rows import NONE
from snapshots.pnl.executions import USDC

AVERAGE = Context(prec=7, rounding=ROUND_HALF_UP)
"""An average price has as many digits as its coins; this many are worth reading."""


@dataclass(frozen=True, slots=True)
class Column:
    """``name`` is also the class of its cells; ``is_number`` stands right."""

    name: str
    text: str
    is_number: bool = False
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """``tags`` are (word, class) behind the text; ``under`` a second, smaller line."""

    text: str
    tone: str = ""
    title: str = ""
    href: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    under: str = ""
    order: int | None = None
    """What stands for it where a script sorts: a time."""


def gain(value: Decimal | None, token: str = USDC, under: str = "") -> Cell:
    """Money won or lost."""
    tone = "" if not value else "up" if value > 0 else "down"
    return Cell(signed(value, token), tone, _title(value, token), under=under)


def cost(value: Decimal | None, token: str = USDC, under: str = "") -> Cell:
    """A fee: what was paid has no sign, a rebate is said to be one."""
    if value is not None and value < 0:
        return Cell(money(-value, token), "up", f"received: {exact(-value, token)}", under="rebate")
    return Cell(money(value, token), "", _title(value, token), under=under)


def sum_of(value: Decimal | None, token: str = USDC) -> Cell:
    """Money that is neither won nor lost."""
    return Cell(money(value, token), "", _title(value, token))


def size(value: Decimal | None, token: str) -> Cell:
    """Coins."""
    return Cell(coins(value, token))


def price(value: Decimal | None) -> Cell:
    """A price as it was sent; an average is cut to seven figures and has all of them as its title."""
    if value is None:
        return Cell(NONE)
    rounded = value if len(value.normalize().as_tuple().digits) <= 8 else value.normalize(AVERAGE)
    return Cell(figures.exact(rounded), "", "" if rounded == value else figures.exact(value))


def _title(value: Decimal | None, token: str) -> str:
    return "" if value is None else exact(value, token)
