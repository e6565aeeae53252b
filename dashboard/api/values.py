"""Kinds of values in the API: amounts are texts with all their digits, moments and spans are ms."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

from ninja import Schema
from pydantic import Field, PlainSerializer, WithJsonSchema

from exchange.spans import FAR

DIGITS = r"^-?[0-9]{1,30}(\.[0-9]{1,30})?$"
ADDRESS = r"^0x[0-9a-fA-F]{40}$"
CURSOR = r"^[0-9]{1,18}-[0-9]{1,18}$"
MOST_MS = 2**53
MOST_ID = 2**63 - 1
MOST_ROWS = 500
NO_ZERO = r"^[^\x00]*$"
"""Postgres takes no zero byte in a text."""


def plain(amount: Decimal | None) -> str | None:
    """Without an exponent."""
    return None if amount is None else f"{amount:f}"


Amount = Annotated[
    Decimal,
    PlainSerializer(plain, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$", "examples": ["64250.5"]}),
]
Ms = Annotated[int, Field(ge=0, le=MOST_MS, examples=[1795500800123])]
"""Unix ms, UTC."""
GivenMs = Annotated[int, Field(ge=1, lt=FAR, examples=[1795500800123])]
"""A moment in this or the next two centuries, Unix ms, UTC."""
Number = Annotated[int, Field(ge=1, le=MOST_ID, examples=[17])]
CoinName = Annotated[str, Field(max_length=64, pattern=NO_ZERO, examples=["BTC"])]
Address = Annotated[str, Field(examples=["0x" + "a1" * 20])]
AnAddress = Annotated[str, Field(pattern=ADDRESS, examples=["0x" + "a1" * 20])]
Text = Annotated[str, Field(examples=["text"])]


def row_of(row: Any, form: type[Schema], **more: Any) -> Mapping[str, Any]:
    """The fields of ``form`` from a row of the database, ``more`` besides or instead."""
    return {name: getattr(row, name) for name in form.model_fields if name not in more} | more
