"""What is said of an alert, and what may be said to make or change one. Spans are ms, moments Unix ms."""

from datetime import time
from decimal import Decimal
from typing import Annotated, Literal

from ninja import Schema
from pydantic import AfterValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

from alerts.metrics import METRICS
from dashboard.api.values import DIGITS, MOST_MS, MOST_ROWS, NO_ZERO, Amount, CoinName, GivenMs, Ms, Number, Text

ETAGS = r'^(\*|(W/)?"[!#-~]*"( *, *(W/)?"[!#-~]*")*)$'
Span = Annotated[int, Field(ge=0, le=MOST_MS, examples=[300000])]
GivenAmount = Annotated[str, Field(pattern=DIGITS, examples=["64250.5"]), AfterValidator(Decimal)]
Clock = Annotated[str, Field(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["22:30"])]
GivenClock = Annotated[Clock, AfterValidator(time.fromisoformat)]
SaidClock = Annotated[
    time,
    PlainSerializer(lambda value: None if value is None else f"{value:%H:%M}", return_type=str),
    WithJsonSchema({"type": "string", "examples": ["22:30"]}),
]
Label = Annotated[str, Field(max_length=200, pattern=NO_ZERO, examples=["phone"])]
Tag = Annotated[str, Field(max_length=60, pattern=NO_ZERO, examples=["swing"])]


class AlertRow(Schema):
    """The rule, and how far the evaluator is with it: it counts once ``seen_version`` is ``version``."""

    id: int
    sentence: Text
    metric: Annotated[str, Field(examples=["mark"])]
    coin: CoinName
    wallet: str
    window: Span
    side: Literal["above", "below"]
    threshold: Amount
    hysteresis: Amount
    hold: Span
    cooldown: Span
    repeats: bool
    needs_crossing: bool
    tells_recovery: bool
    tells_no_data: bool
    remind_every: Span
    escalate_after: Span
    escalate_to: str | None
    destinations: list[Label]
    expires: Ms | None
    snoozed_until: Ms | None
    quiet_from: SaidClock | None
    quiet_to: SaidClock | None
    note: str
    tags: list[str]
    active: bool
    created_at: Ms
    phase: Text
    since: Ms
    fired_at: Ms | None
    version: int
    seen_version: int


class AlertChange(Schema):
    """Only what is named is changed; destinations by their labels."""

    model_config = ConfigDict(extra="forbid")

    metric: Annotated[Literal[tuple(METRICS)], Field(examples=["mark"])] = "mark"
    coin: CoinName = ""
    wallet: Annotated[str, Field(pattern="^(0x[0-9a-fA-F]{40})?$", examples=[""])] = ""
    window: Span = Field(0, examples=[0])
    side: Literal["above", "below"] = "above"
    threshold: GivenAmount = "0"  # type: ignore[assignment] - read when it is given
    hysteresis: GivenAmount = "0"  # type: ignore[assignment]
    hold: Span = 0
    cooldown: Span = 0
    repeats: bool = True
    needs_crossing: bool = True
    tells_recovery: bool = True
    tells_no_data: bool = False
    remind_every: Span = 0
    escalate_after: Span = 0
    escalate_to: Label | None = Field(None, examples=[None])
    destinations: Annotated[list[Label], Field(max_length=50)] = []
    expires: GivenMs | None = Field(None, examples=[None])
    snoozed_until: GivenMs | None = Field(None, examples=[None])
    quiet_from: GivenClock | None = None
    quiet_to: GivenClock | None = None
    note: Annotated[str, Field(max_length=2000, pattern=NO_ZERO)] = ""
    tags: Annotated[list[Tag], Field(max_length=20)] = []
    active: bool = True


class AlertNew(AlertChange):
    """What is not named is usual."""

    metric: Annotated[Literal[tuple(METRICS)], Field(examples=["mark"])]


class Seen(Schema):
    """In which state it is to be changed: its ``ETag``, several of them, or ``*`` for any."""

    if_match: Annotated[
        str | None,
        Field(alias="If-Match", max_length=1000, pattern=ETAGS, description="The `ETag` with which it was read."),
    ] = None


class AskedAlerts(Schema):
    """By number: the newest are first."""

    limit: Annotated[int, Field(ge=1, le=MOST_ROWS)] = 100
    after: Annotated[Number | None, Field(description="The `next` of the page before.")] = None


class FiringRow(Schema):
    """An episode of an alert. ``late_by`` above 0: decided after downtime."""

    id: int
    alert_id: int
    sentence: Text
    text: str
    value: Amount | None
    exchange_at: Ms | None
    received_at: Ms
    fired_at: Ms
    decided_at: Ms
    late_by: int
    ended_at: Ms | None
    end_value: Amount | None
    end_reason: str
    acknowledged_at: Ms | None


class AskedFirings(AskedAlerts):
    """Of one alert, or those that are (not) acknowledged."""

    alert: Number | None = None
    acknowledged: bool | None = None
