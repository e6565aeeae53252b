"""The exchange's answers to ``/info`` bodies."""

from typing import Any

from exchange.simulator import answers_account, answers_market, answers_trading
from exchange.simulator.fields import Body, Malformed, Null500, Refused
from exchange.simulator.state import State

TYPES = answers_market.TYPES | answers_account.TYPES | answers_trading.TYPES


def answer(state: State, body: dict[str, Any]) -> Any:
    """The JSON-ready answer; raises ``Malformed`` (→ 422) or ``Null500`` (→ 500 ``null``)."""
    if not isinstance(body, dict):
        raise Malformed("body")
    return TYPES[Body(body).one_of("type", TYPES)](state, Body(body))


__all__ = ["TYPES", "Malformed", "Null500", "Refused", "answer"]
