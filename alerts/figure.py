"""Figure: one number that alerts watch, named by metric, subject and window; and what was seen of it."""

from decimal import Decimal
from typing import NamedTuple

LOWEST, HIGHEST = "lowest", "highest"


class Figure(NamedTuple):
    """``window`` is in ms, 0 for metrics that look at one moment.

    ``subject`` is a coin (``BTC``), an address (``0x…``), a position (``0x…/BTC``), or the extreme one of an
    account's positions (``0x…/lowest``, ``0x…/highest``): "any position falls below 10" is the lowest's figure.
    """

    metric: str
    subject: str
    window: int = 0


class Seen(NamedTuple):
    """A figure's value at one moment: ``at`` is when we received it, Unix ms; None is "no data from then on"."""

    at: int
    value: Decimal | None


class Unheard(Seen):
    """Nothing has come yet at that moment, which says nothing about data: time passes."""

    __slots__ = ()


class Occurrence(NamedTuple):
    """Something that happened once, such as a trade or a fill: an episode of its own.

    ``identity`` is the exchange's own, so that a repeated frame is known. ``at`` is the exchange's time and
    ``received_at`` ours, both Unix ms; ``value`` is USD where it has any; ``text`` says it for people.
    """

    metric: str
    subject: str
    identity: str
    at: int
    received_at: int
    value: Decimal | None
    text: str
