"""Orders, resting and past (API.md sections 5 and 7)."""

from decimal import Decimal

from exchange.wire import Integer, Millis, Wire


class Order(Wire, frozen=True):
    """An order; ``sz`` is what remains, ``orig_sz`` what was asked for, both in coins.

    ``children`` are the take-profit and stop orders that hang on it. A trigger price of 0 with the
    condition ``N/A`` means no trigger; a position TP/SL of size 0 closes the whole position.
    """

    coin: str
    side: str
    limit_px: Decimal
    sz: Decimal
    oid: Integer
    timestamp: Millis
    orig_sz: Decimal | None = None
    cloid: str | None = None
    reduce_only: bool | None = None
    order_type: str | None = None
    tif: str | None = None
    is_trigger: bool | None = None
    trigger_px: Decimal | None = None
    trigger_condition: str | None = None
    is_position_tpsl: bool | None = None
    children: list["Order"] | None = None


class OrderRecord(Wire, frozen=True):
    """What became of an order: ``status`` is open-ended, classify by its suffix (Canceled, Rejected).

    An oid can appear twice with different statuses: the latest ``status_timestamp`` counts.
    """

    order: Order
    status: str
    status_timestamp: Millis


class CancelledByExchange(Wire, frozen=True):
    """An order the exchange took back (``nonUserCancel`` of userEvents)."""

    coin: str
    oid: Integer
