"""Each subscription: answered, repeated as often as it should be, in the known shape, read by our decoder."""

from itertools import pairwise
from statistics import median

from exchange.controls import Greeting
from exchange.decode import decode
from exchange.errors import BadFrame
from exchange.events import Unknown
from exchange.probe.check import Check
from exchange.probe.checks_rest import judge_shape
from exchange.probe.heard import Heard
from exchange.probe.listening import Frame
from exchange.probe.outcome import Differs, NotSeen, assume
from exchange.probe.seen import Seen
from exchange.probe.streams import STREAMS, Stream

CHECKS: list[Check] = []
FIRST_WITHIN = 10.0
FEWEST_PAUSES = 2
MOST_FRAMES_READ = 200


def judge_cadence(heard: Heard, seconds: float) -> str:
    """Raise ``Differs`` for a stream that is refused, silent, late or of another cadence."""
    stream = heard.stream
    instead = f"; the fallback is {stream.fallback}"
    if not stream.in_use and (heard.refusal or not heard.frames):
        raise NotSeen(f"{heard.refusal or 'silence'}; nothing of ours needs it")
    if heard.refusal:
        raise Differs("a stream", f"a refusal{instead}", heard.refusal)
    if heard.line.closed:
        raise NotSeen(f"its socket ended with {heard.line.closed.code} after {heard.line.closed.after:.0f} s")
    if not stream.opens:
        assume(heard.ack or heard.frames, "an acknowledgement", f"nothing{instead}")
        return f"{len(heard.frames)} frames"
    waited = "not even an acknowledgement" if heard.ack is None else "an acknowledgement alone"
    assume(heard.frames, "a first frame at once", f"{waited} in {seconds:.0f} s{instead}")
    wait = heard.frames[0].at - heard.asked.at
    assume(wait <= FIRST_WITHIN, "a first frame at once", f"it after {wait:.1f} s{instead}")
    return _judge_pauses(heard, seconds, instead)


def _judge_pauses(heard: Heard, seconds: float, instead: str) -> str:
    """The first frame does not count: it comes when we ask, and the next when the stream's clock says.

    When we are held up, frames are heard in bunches: then the average is right where the middle is not.
    """
    pauses = [after.at - before.at for before, after in pairwise(heard.frames[1:])]
    every = heard.stream.every
    if every is None:
        return f"{len(heard.frames)} frames in {seconds:.0f} s"
    if len(pauses) < FEWEST_PAUSES:
        possible = seconds / every[1]
        assume(possible < FEWEST_PAUSES + 2, f"a frame every {every[1]} s", f"{len(heard.frames)} in all{instead}")
        raise NotSeen(
            f"{len(heard.frames)} frames in {seconds:.0f} s are too few for a cadence; give --seconds 60"
        )
    middle, average = median(pauses), sum(pauses) / len(pauses)
    expected = f"a frame every {every[0]} to {every[1]} s"
    right = any(every[0] <= pause <= every[1] for pause in (middle, average))
    assume(right, expected, f"one every {middle:.2f} s{instead}")
    return f"every {middle:.2f} s"


def judge_frames(heard: Heard) -> str:
    """Raise ``Differs`` unless its frames have the known shape and our decoder reads them."""
    notes: dict[str, None] = {}
    frames = heard.frames[:MOST_FRAMES_READ]
    if not frames:
        raise NotSeen(f"no frame of {heard.stream.id}")
    for frame in frames:
        if note := judge_shape(heard.stream.shape, frame.data):
            notes[note] = None
        _read(frame)
    return "; ".join(notes)[:300]


def _read(frame: Frame) -> None:
    try:
        event = decode(frame.text, frame.wall)
    except BadFrame as error:
        raise Differs("a frame that our decoder reads", str(error)) from error
    if isinstance(event, Unknown | Greeting):
        raise Differs("a channel that our decoder knows", frame.channel or "a bare text", frame.text)


def _cadence_check(stream: Stream) -> Check:
    async def run(seen: Seen) -> str:
        return judge_cadence(await seen.hear(stream.id), seen.seconds)

    often = (
        f"repeats every {stream.every[0]:g} to {stream.every[1]:g} s" if stream.every else "speaks when it must"
    )
    first = "answers at once" if stream.opens else "begins with silence"
    return Check(
        f"stream.{stream.id}",
        f"Subscription {stream.id} {first} and {often}.",
        f"API.md 5; {stream.leans_on}; fallback: {stream.fallback}",
        run,
    )


def _shape_check(stream: Stream) -> Check:
    async def run(seen: Seen) -> str:
        return judge_frames(await seen.hear(stream.id))

    about = f"Frames of {stream.id} come on the channel {stream.channel} with the known keys and formats."
    return Check(f"frames.{stream.id}", about, f"API.md 5; exchange/decode.py, {stream.leans_on}", run)


CHECKS.extend(_cadence_check(stream) for stream in STREAMS)
CHECKS.extend(_shape_check(stream) for stream in STREAMS)
