"""What the exchange sends, typed: one Struct for each shape of API.md sections 5 to 7.

Unknown fields are ignored, unknown words in open sets (status, dir, orderType, delta.type) stay
plain strings, and every amount is a ``Decimal`` from the first moment. A key that may be missing
or null is ``None`` here, so that a missing figure is never taken for zero.

``market`` prices and books · ``reference`` names, dexes, tokens · ``account`` positions and
balances · ``orders`` · ``fills`` with TWAPs · ``cashflows`` funding and ledger · ``profile`` fees,
roles, portfolio · ``vaults`` with staking.
"""

from typing import Annotated, Any

import msgspec

Integer = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
"""A count or an id: 64 bits, so that no garbled frame carries a number that nothing can store."""

Millis = Annotated[int, msgspec.Meta(ge=0, le=99_999_999_999_999)]
"""Unix milliseconds, up to the year 5138."""

Seconds = Annotated[int, msgspec.Meta(ge=0, le=99_999_999_999)]
"""Unix seconds: TWAP history alone has these (API.md section 1)."""

Open = dict[str, Any]
"""An object whose keys the exchange adds to without notice: kept as it came, amounts still text."""


class Wire(msgspec.Struct, frozen=True, gc=False, rename="camel", omit_defaults=True):
    """Base of all shapes: immutable, camelCase on the wire, absent optional keys stay absent."""
