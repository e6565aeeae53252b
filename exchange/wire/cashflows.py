"""Money that comes and goes without a trade: funding and ledger (API.md sections 5 and 7)."""

from decimal import Decimal
from typing import Any

import msgspec

from exchange.wire import Integer, Millis, Open, Wire


class FundingPayment(Wire, frozen=True):
    """An hour's funding of one position, as sockets send it; ``usdc`` negative = paid. Key: (user, time, coin)."""

    time: Millis
    coin: str
    usdc: Decimal
    szi: Decimal
    funding_rate: Decimal
    n_samples: Integer | None = None


class FundingDelta(Wire, frozen=True):
    """The inside of a REST funding row."""

    coin: str
    usdc: Decimal
    szi: Decimal
    funding_rate: Decimal
    type: str | None = None
    n_samples: Integer | None = None


class FundingRow(Wire, frozen=True):
    """A funding payment as REST sends it; recent rows have an all-zero hash."""

    time: Millis
    hash: str
    delta: FundingDelta

    @property
    def payment(self) -> FundingPayment:
        """The same payment in the one shape the house works with."""
        d = self.delta
        return FundingPayment(self.time, d.coin, d.usdc, d.szi, d.funding_rate, d.n_samples)


class LiquidatedPosition(Wire, frozen=True):
    """A position that a liquidation took, signed size in coins."""

    coin: str
    szi: Decimal


class LedgerDelta(Wire, frozen=True):
    """The keys of known ledger rows, together: each type has some of them (amounts in USD or in ``token``).

    Which types there are: API.md section 7. The list grows, so nothing but ``type`` is promised.
    """

    type: str
    usdc: Decimal | None = None
    amount: Decimal | None = None
    usdc_value: Decimal | None = None
    fee: Decimal | None = None
    fee_token: str | None = None
    native_token_fee: Decimal | None = None
    token: str | None = None
    user: str | None = None
    destination: str | None = None
    nonce: Integer | None = None
    to_perp: bool | None = None
    source_dex: str | None = None
    destination_dex: str | None = None
    vault: str | None = None
    requested_usd: Decimal | None = None
    commission: Decimal | None = None
    closing_cost: Decimal | None = None
    basis: Decimal | None = None
    net_withdrawn_usd: Decimal | None = None
    liquidated_ntl_pos: Decimal | None = None
    account_value: Decimal | None = None
    leverage_type: str | None = None
    liquidated_positions: list[LiquidatedPosition] | None = None
    is_deposit: bool | None = None
    operation: str | None = None
    interest_amount: Decimal | None = None


class LedgerRow(Wire, frozen=True):
    """A deposit, withdrawal, transfer, liquidation ...; ``delta`` is whole, as it came, amounts as text."""

    time: Millis
    hash: str
    delta: Open

    @property
    def kind(self) -> str:
        """``delta.type``: an open set, show unknown ones generically."""
        return str(self.delta.get("type", ""))

    @property
    def known(self) -> LedgerDelta | None:
        """``delta`` with typed amounts, or None if a known key holds something unexpected."""
        try:
            delta = msgspec.convert(self.delta, LedgerDelta, strict=False)
        except msgspec.ValidationError:
            return None
        return delta if all(map(_finite, msgspec.structs.astuple(delta))) else None


def _finite(value: Any) -> bool:
    return not isinstance(value, Decimal) or value.is_finite()


class Liquidation(Wire, frozen=True):
    """The ``liquidation`` of userEvents, as documented: USD amounts."""

    lid: Integer
    liquidator: str
    liquidated_user: str = msgspec.field(name="liquidated_user")
    liquidated_ntl_pos: Decimal = msgspec.field(name="liquidated_ntl_pos")
    liquidated_account_value: Decimal = msgspec.field(name="liquidated_account_value")
