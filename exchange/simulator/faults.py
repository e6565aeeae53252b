"""What the simulated exchange can be told to do wrong, in process or over ``POST /control``.

A fault is a small typed record; ``seconds`` says how long it lasts on the server's clock (absent:
until cleared) and ``share`` how often it strikes. ``stream`` is a channel name as in API.md section 5
(``trades``, ``user``, also ``pong``, ``post``, ``subscriptionResponse``); ``*`` is every data stream,
so that ``Stall()`` leaves an open socket that still answers pings. Each fault draws on its own
generator, seeded by the server's seed and the order of adding: a scenario can be repeated.
"""

from collections.abc import Callable, Iterator
from random import Random
from typing import Literal, TypeVar

import msgspec

from .stream_garble import GIBBERISH, garble

ANSWERS_TO_CLIENT = ("pong", "post", "subscriptionResponse", "error")
"""Streams that ``*`` does not mean."""


class Fault(msgspec.Struct, tag_field="kind", kw_only=True, forbid_unknown_fields=True):
    """What all faults have in common."""

    seconds: float | None = None
    share: float = 1.0


class StreamFault(Fault, kw_only=True):
    """A fault of one stream, or of every data stream; of one coin or user when ``about`` names it."""

    stream: str = "*"
    about: str | None = None

    def concerns(self, stream: str, about: str) -> bool:
        if self.about not in (None, about):
            return False
        return self.stream == stream or (self.stream == "*" and stream not in ANSWERS_TO_CLIENT)


class Drop(StreamFault, tag="drop"):
    """Loses a share of the frames."""


class Stall(StreamFault, tag="stall"):
    """Loses all frames while the socket stays open."""


class Duplicate(StreamFault, tag="duplicate"):
    """Sends a share of the frames twice."""


class Reorder(StreamFault, tag="reorder"):
    """Shuffles frames of one block."""


class Garble(StreamFault, tag="garble"):
    """Replaces some frames by mutated or meaningless ones."""


class Nonsense(StreamFault, tag="nonsense"):
    """Replaces some frames by what says nothing; ``Garble`` may also make them lie."""


class Latency(Fault, tag="latency"):
    """Everything sent arrives ``delay`` seconds later; REST answers too."""

    delay: float


class RefuseConnections(Fault, tag="refuse_connections"):
    """New sockets get 503 instead of an upgrade."""


class RefuseSubscription(Fault, tag="refuse_subscription"):
    """A type of subscription is unknown: its subscribe is answered with a parse error. Also ``fast l2Book``."""

    type: str


class SilentSubscription(Fault, tag="silent_subscription"):
    """A type of subscription is acknowledged, and then nothing ever comes."""

    type: str


class LimitUsers(Fault, tag="limit_users"):
    """Fewer users can be tracked than ``Limits`` says."""

    users: int


class RestFault(Fault, tag="rest"):
    """``/info`` calls (of one ``type``, or all) are answered wrongly."""

    answer: Literal["429", "500", "502", "timeout", "garbage"]
    type: str = "*"


AnyFault = (
    Drop | Stall | Duplicate | Reorder | Garble | Nonsense | Latency | RefuseConnections
    | RefuseSubscription | SilentSubscription | LimitUsers | RestFault
)  # fmt: skip

F = TypeVar("F", bound=Fault)

Frame = tuple[str, str, bytes]
"""Stream name, what it is about (coin or user, or empty), and the text to send (binary if it begins with NUL)."""


class Faults:
    """The faults in force; ``now`` is the server's monotonic clock in seconds."""

    def __init__(self, seed: int, now: Callable[[], float]) -> None:
        self._seed = seed
        self._now = now
        self._added = 0
        self._active: list[tuple[AnyFault, float | None, Random]] = []

    def add(self, *faults: AnyFault) -> None:
        """Put faults into force."""
        for fault in faults:
            until = None if fault.seconds is None else self._now() + fault.seconds
            self._active.append((fault, until, Random(f"{self._seed}/{self._added}")))
            self._added += 1

    def clear(self) -> None:
        """Behave again."""
        self._active.clear()

    def active(self) -> list[AnyFault]:
        """The faults in force now."""
        now = self._now()
        self._active = [entry for entry in self._active if entry[1] is None or entry[1] > now]
        return [fault for fault, _, _ in self._active]

    def latency(self) -> float:
        """Seconds by which everything sent is late."""
        return sum(fault.delay for fault in self._striking(Latency))

    def refuses_connection(self) -> bool:
        """Whether this new socket is turned away."""
        return any(True for _ in self._striking(RefuseConnections))

    def refuses(self, *kinds: str) -> bool:
        """Whether a subscription of this type (it may have several names) is unknown today."""
        return any(True for _ in self._striking(RefuseSubscription, lambda fault: fault.type in kinds))

    def silences(self, *kinds: str) -> bool:
        """Whether a subscription of this type gets no data."""
        return any(True for _ in self._striking(SilentSubscription, lambda fault: fault.type in kinds))

    def users(self, limit: int) -> int:
        """How many users can be tracked."""
        return min([limit, *(fault.users for fault in self._striking(LimitUsers))])

    def rest(self, kind: str) -> str | None:
        """The wrong answer that this call gets, if any."""
        wrong = self._striking(RestFault, lambda fault: fault.type in ("*", kind))
        return next((fault.answer for fault in wrong), None)

    def frames(self, frames: list[Frame]) -> list[Frame]:
        """What becomes of the frames that one socket is to get together."""
        if not self.active():
            return frames
        for fault, _, draw in list(self._active):
            if isinstance(fault, StreamFault):
                frames = _strike(fault, draw, frames)
        return frames

    def _striking(self, kind: type[F], wanted: Callable[[F], bool] = lambda _: True) -> Iterator[F]:
        self.active()
        for fault, _, draw in self._active:
            if isinstance(fault, kind) and wanted(fault) and draw.random() < fault.share:
                yield fault


def _strike(fault: StreamFault, draw: Random, frames: list[Frame]) -> list[Frame]:
    """One fault's effect on frames that go out together."""
    struck = [fault.concerns(stream, about) and draw.random() < fault.share for stream, about, _ in frames]
    if isinstance(fault, Reorder):
        moved = [frame for frame, hit in zip(frames, struck, strict=True) if hit]
        draw.shuffle(moved)
        return [moved.pop() if hit else frame for frame, hit in zip(frames, struck, strict=True)]
    changed: list[Frame] = []
    for frame, hit in zip(frames, struck, strict=True):
        changed += _outcome(fault, draw, frame) if hit else [frame]
    return changed


def _outcome(fault: StreamFault, draw: Random, frame: Frame) -> list[Frame]:
    if isinstance(fault, Duplicate):
        return [frame, frame]
    if isinstance(fault, Garble):
        return [(frame[0], frame[1], garble(draw, frame[2]))]
    if isinstance(fault, Nonsense):
        return [(frame[0], frame[1], draw.choice(GIBBERISH))]
    return []
