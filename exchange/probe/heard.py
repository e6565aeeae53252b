"""What was heard of one subscription by the end of the window, sorted out of its socket's frames."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from exchange.probe.listening import Asked, Frame, Line
from exchange.probe.outcome import NotSeen
from exchange.probe.shape import is_odd
from exchange.probe.streams import Stream, concerns

MOST_LOOKED_AT = 20


@dataclass(frozen=True)
class Heard:
    """What came of a subscription by the end of the window; ``frames`` are its data, ``ack`` its echo.

    ``refusal`` is the text of the error frame that repeats it, ``early`` says that data came before the echo.
    """

    stream: Stream
    asked: Asked
    line: Line
    ack: Frame | None
    frames: list[Frame]
    refusal: str = ""
    early: bool = False

    @property
    def data(self) -> list[Any]:
        """The data of its frames; NotSeen without any in the known shape (the stream's own checks tell why)."""
        if not self.frames:
            raise NotSeen(f"no frame of {self.stream.id}")
        if self.is_odd:
            raise NotSeen(f"frames of another shape, see frames.{self.stream.id}")
        return [frame.data for frame in self.frames]

    @cached_property
    def is_odd(self) -> bool:
        """Whether one of its first frames has not the known shape."""
        return any(is_odd(self.stream.shape, frame.data) for frame in self.frames[:MOST_LOOKED_AT])


def sort_out(stream: Stream, line: Line, asked: Asked) -> Heard:
    """Find a subscription's echo, data and refusal among the frames that came after it was sent."""
    ack, refusal, early = None, "", False
    frames: list[Frame] = []
    for frame in line.frames[asked.after :]:
        if frame.channel == "subscriptionResponse" and ack is None and echoes(frame.data, asked.subscription):
            ack, early = frame, bool(frames)
        elif frame.channel == "error" and names_it(frame.data, asked.subscription):
            refusal = frame.data
        elif concerns(stream, asked.subscription, frame.channel, frame.data):
            frames.append(frame)
    return Heard(stream, asked, line, ack, frames, refusal, early)


def echoes(data: Any, subscription: dict[str, Any]) -> bool:
    """Whether an acknowledgement repeats a subscription, defaults added or not (API.md section 4)."""
    echo = data.get("subscription") if isinstance(data, dict) else None
    return isinstance(echo, dict) and all(
        key in echo and echo[key] == value for key, value in subscription.items()
    )


def names_it(text: Any, subscription: dict[str, Any]) -> bool:
    """Whether an error text repeats a subscription."""
    if not isinstance(text, str) or f'"{subscription["type"]}"' not in text:
        return False
    return all(str(value) in text for value in subscription.values() if isinstance(value, str))
