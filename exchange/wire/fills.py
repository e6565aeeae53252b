"""Fills, and the TWAPs whose slices are missing from userFills (API.md sections 7 and 8)."""

from decimal import Decimal

from exchange.wire import Integer, Millis, Open, Seconds, Wire


class FillLiquidation(Wire, frozen=True):
    """On both sides of a liquidating fill: the user was liquidated only if ``liquidated_user`` is the user."""

    liquidated_user: str
    mark_px: Decimal
    method: str


class Fill(Wire, frozen=True):
    """One execution. Key: (user, time, coin, tid, oid, side); ``hash`` and ``tid`` alone repeat.

    ``start_position`` is signed, before this fill; ``closed_pnl`` is before fees; ``fee`` includes
    ``builder_fee``, is negative for a rebate, and is in ``fee_token`` (the base token on spot buys).
    ``tid``, ``fee`` and ``fee_token`` are missing only in recordings of 2023.
    """

    coin: str
    px: Decimal
    sz: Decimal
    side: str
    time: Millis
    start_position: Decimal
    dir: str
    closed_pnl: Decimal
    hash: str
    oid: Integer
    crossed: bool
    fee: Decimal | None = None
    tid: Integer | None = None
    fee_token: str | None = None
    twap_id: Integer | None = None
    builder_fee: Decimal | None = None
    cloid: str | None = None
    liquidation: FillLiquidation | None = None
    fee_trial_escrow: Decimal | None = None


class TwapSlice(Wire, frozen=True):
    """A fill made by a TWAP."""

    fill: Fill
    twap_id: Integer | None = None


class TwapState(Wire, frozen=True):
    """A TWAP as far as it has come: sizes in coins, ``executed_ntl`` in USD, ``timestamp`` in ms."""

    coin: str
    user: str
    side: str
    sz: Decimal
    executed_sz: Decimal
    executed_ntl: Decimal
    minutes: Integer
    reduce_only: bool | None = None
    randomize: bool | None = None
    timestamp: Millis | None = None
    trigger: Open | str | None = None
    stop_px: Decimal | None = None


class TwapStatus(Wire, frozen=True):
    """activated, finished, terminated, error (with a description), waitingForTrigger, stopped, ..."""

    status: str
    description: str | None = None


class TwapRecord(Wire, frozen=True):
    """A change in a TWAP's life; ``time`` is in seconds."""

    time: Seconds
    state: TwapState
    status: TwapStatus
    twap_id: Integer | None = None
