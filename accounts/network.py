"""The exchange, as the dashboard has set it up: handed in when Django starts, asked when somebody needs it."""

from collections.abc import Callable
from dataclasses import dataclass

from exchange.budget import Budget
from exchange.info import InfoClient


@dataclass(slots=True)
class Network:
    """``info`` makes a client on behalf of a feature, ``budget`` is the process's one."""

    info: Callable[[str], InfoClient]
    budget: Callable[[], Budget]


_given: list[Network] = []


def introduce(info: Callable[[str], InfoClient], budget: Callable[[], Budget]) -> None:
    """From now on this is the exchange."""
    _given[:] = [Network(info, budget)]


def network() -> Network:
    """What was handed in; accounts are of no use without it, so its absence is an error of the wiring."""
    return _given[0]
