"""The lines of a stored equity: lists of JSON, amounts as text; and what they say, read back."""

import re
from decimal import Decimal
from typing import Any

from exchange.equity import ONE, USDC, EquityLine

MADE_OF = re.compile(r"(-?[\d.]+) (\S+) at \$([\d.]+)")
"""Quantity, token and USD of one token, in a line that has them in words only; one without is in USDC."""


def written(line: EquityLine) -> list[Any]:
    """[kind, subject, amount, why, token, quantity, price of one]: as it is stored."""
    amounts = (line.amount, line.quantity, line.price)
    amount, quantity, price = (None if one is None else f"{one:f}" for one in amounts)
    return [line.kind, line.subject, amount, line.why, line.token, quantity, price]


def read(stored: list[Any]) -> EquityLine:
    """The line that was written. Those of old records, and of exports of them, end with their words."""
    kind, subject, amount, why, *rest = stored
    worth = None if amount is None else Decimal(amount)
    if rest:
        token, *figures = rest
        quantity, price = (None if one is None else Decimal(one) for one in figures)
        return EquityLine(kind, subject, worth, why, token, quantity, price)
    if amount is None:
        return EquityLine(kind, subject, None, why)
    found = MADE_OF.search(why)
    quantity, token, price = found.groups() if found else (amount, USDC, ONE)
    return EquityLine(kind, subject, worth, why, token, Decimal(quantity), Decimal(price))
