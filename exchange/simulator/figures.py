"""How the exchange writes numbers, and which prices it allows (API.md sections 1 and 3)."""

from functools import lru_cache


def exact(n: int, decimals: int) -> str:
    """``n`` units of ``10**-decimals`` as the wire writes it: at least one decimal, no padding."""
    if decimals == 0:
        return f"{n}.0"
    digits = str(abs(n)).rjust(decimals + 1, "0")
    fraction = digits[-decimals:].rstrip("0") or "0"
    return f"{'-' if n < 0 else ''}{digits[:-decimals]}.{fraction}"


def floaty(x: float) -> str:
    """A sum that the exchange keeps as a binary float, with its tail: ``3495670.8399999999``."""
    text = f"{x:.10f}".rstrip("0")
    if text.endswith("."):
        text += "0"
    return "0.0" if text == "-0.0" else text


def usd(micro: int) -> str:
    """Millionths of a dollar as the exchange writes account sums, binary tail included."""
    return floaty(micro / 1_000_000)


def units(text: str, decimals: int) -> int:
    """A wire number as an integer of ``10**-decimals``, exactly."""
    whole, _, fraction = text.partition(".")
    number = int(whole.lstrip("-") + fraction.ljust(decimals, "0")[:decimals])
    return -number if text.startswith("-") else number


class Ladder:
    """All prices that orders may have, numbered from 0.

    A price is an integer number of ``10**-decimals``; at most five significant figures, but whole
    numbers are always allowed. Steps on the ladder are ticks, whatever the price's magnitude.
    """

    __slots__ = ("decimals",)

    def __init__(self, decimals: int) -> None:
        self.decimals = decimals

    def price(self, step: int) -> int:
        if step <= 100_000 or self.decimals == 0:
            return step
        k = min((step - 100_000) // 90_000 + 1, self.decimals)
        return int(10 ** (4 + k) + (step - 10_000 - 90_000 * k) * 10**k)

    def step(self, price: int) -> int:
        """The highest allowed price that is not above ``price``."""
        if price <= 100_000 or self.decimals == 0:
            return price
        k = min(len(str(price)) - 5, self.decimals)
        return int(10_000 + 90_000 * k + (price - 10 ** (4 + k)) // 10**k)

    def tick(self, step: int) -> int:
        return self.price(step + 1) - self.price(step)


@lru_cache
def ladder(decimals: int) -> Ladder:
    return Ladder(decimals)
