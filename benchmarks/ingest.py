"""From socket bytes to the Market, against the official SDK's socket manager with empty callbacks.

``python -m benchmarks.ingest``: both read the same frames from the same local sender, each in a fresh
process, by turns; medians. Ours is what the feed runs: Connection, decode, Market.apply, every price a
Decimal. Aim: at least 20 times the messages a second.

The SDK spends nine tenths of its time on checking UTF-8, byte by byte in Python, so the ratio depends on how
large frames are. They have become rarer and smaller in the mean since the exchange slowed its snapshots in
2026: what msgspec alone needs to turn them into our types, Decimals included, is measured beside it, as the
most that any client of ours could reach.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import time

from benchmarks.aims import Aim, at_least, stop_with_all, table
from benchmarks.ingest_frames import WATCHED, Recording, record
from benchmarks.ingest_sender import Sender
from exchange.decode import _READERS as readers  # noqa: N811 - the decoders themselves, without what is around them

AIM = 20.0


class Stopwatch:
    """From the first message to the end, in wall and CPU seconds; ``count`` are the messages that arrived."""

    def __init__(self) -> None:
        self.count = 0
        self._began = self._cpu = 0.0

    def tick(self, messages: int = 1) -> None:
        if not self.count:
            self._began, self._cpu = time.perf_counter(), time.process_time()
        self.count += messages

    def stop(self) -> tuple[int, float, float]:
        return self.count, time.perf_counter() - self._began, time.process_time() - self._cpu


def read_ours(url: str, recording: Recording) -> tuple[int, float, float]:
    """What the feed does with a frame. Each time the frames begin again, so does the Market."""
    from exchange.connection import Connection
    from exchange.decode import decode
    from exchange.events import Event
    from exchange.market import Market

    async def run() -> tuple[int, float, float]:
        ended: asyncio.Future[tuple[int, float, float]] = asyncio.get_running_loop().create_future()
        watch, market, left, length = Stopwatch(), Market(), 0, len(recording.frames)

        def on_frames(frames: list[bytes]) -> None:
            nonlocal market, left
            watch.tick(len(frames))
            for frame in frames:
                if not left:
                    market, left = Market(), length
                    market.apply(recording.universe)
                left -= 1
                event = decode(frame, recording.universe.received_at)
                if isinstance(event, Event):
                    market.apply(event)

        connection = await Connection.open(url, on_frames, lambda _: ended.set_result(watch.stop()))
        connection.send(b'{"method":"ping"}')
        try:
            return await ended
        finally:
            connection.close()

    return asyncio.run(run())


def read_sdk(url: str, recording: Recording) -> tuple[int, float, float]:
    """The official SDK: JSON to dictionaries, handed to callbacks that do nothing (but count)."""
    from hyperliquid.websocket_manager import WebsocketManager

    manager, watch = WebsocketManager(url.replace("ws://", "http://").removesuffix("/ws")), Stopwatch()
    manager.daemon = manager.ping_sender.daemon = True
    asks: list[dict[str, str]] = [{"type": "allMids"}]
    for coin in recording.coins:
        asks += ({"type": kind, "coin": coin} for kind in ("l2Book", "bbo", "trades", "activeAssetCtx"))
        asks.append({"type": "candle", "coin": coin, "interval": "1m"})
    for ask in asks:
        manager.subscribe(ask, lambda _: watch.tick())  # type: ignore[arg-type]
    manager.start()
    manager.join()
    return watch.stop()


SDK_HAS_NO_CALLBACK = ("fastAssetCtxs", "allDexsAssetCtxs")
"""It parses these frames too, but then does not know whom to call."""

READERS = {"ours": read_ours, "sdk": read_sdk}


def measure(reader: str, recording: Recording, times: int) -> tuple[float, float]:
    """(messages a second, CPU µs a message) of one reader in a process of its own."""
    with Sender(recording.frames, times) as sender:
        command = [sys.executable, "-m", "benchmarks.ingest", "--reader", reader, "--url", sender.url]
        answer = subprocess.run(command, check=True, capture_output=True, text=True)
    arrived, seconds, cpu = json.loads(answer.stdout.splitlines()[-1])
    count = len(recording.frames) * times
    unknown = sum(recording.mix()[channel] for channel in SDK_HAS_NO_CALLBACK) * times
    if arrived != count - (unknown if reader == "sdk" else 0):
        raise RuntimeError(f"{reader} lost frames: {arrived} of {count} arrived")
    return count / seconds, cpu / count * 1e6


def parse_alone(recording: Recording, turns: int = 20) -> float:
    """Frames a second of msgspec alone, into our types: no socket, no checks, no Market; the best turn."""
    pairs = [(readers[frame[12 : frame.index(b'"', 12)]][1], frame) for frame in recording.frames]
    times = []
    for _ in range(turns):
        began = time.process_time()
        for read, frame in pairs:
            read(frame)
        times.append(time.process_time() - began)
    return len(pairs) / min(times)


def compare(rounds: int = 5, ours: int = 20, sdk: int = 2) -> list[Aim]:
    """Run both by turns, print, and return the aim; RuntimeError if a frame was lost."""
    recording = record()
    kinds = ", ".join(f"{count} {name}" for name, count in recording.mix().most_common())
    print(f"Frames: 60 s of mainnet-like traffic, {WATCHED} watched coins: {kinds}.")
    print(f"{len(recording.frames)} frames, {recording.mean_size:.0f} bytes in the mean.\n")
    results: dict[str, list[tuple[float, float]]] = {"ours": [], "sdk": []}
    for number in range(rounds):
        for reader, times in (("sdk", sdk), ("ours", ours)):
            results[reader].append(measure(reader, recording, times))
        line = " · ".join(f"{reader} {rows[-1][0]:,.0f}/s" for reader, rows in results.items())
        print(f"round {number + 1}: {line}")
    speed = {reader: statistics.median(row[0] for row in rows) for reader, rows in results.items()}
    cost = {reader: statistics.median(row[1] for row in rows) for reader, rows in results.items()}
    print("\n| reader | messages/s | CPU µs a message |\n|---|---|---|")
    print(f"| official SDK, empty callbacks | {speed['sdk']:,.0f} | {cost['sdk']:.0f} |")
    print(f"| ours, typed, into the Market | {speed['ours']:,.0f} | {cost['ours']:.1f} |")
    alone = parse_alone(recording)
    print(f"| msgspec alone, into our types | {alone:,.0f} | {1e6 / alone:.1f} |")
    print(f"\nBy CPU {cost['sdk'] / cost['ours']:.1f} times.")
    return [at_least("frames/s into the Market, beside the official SDK", speed["ours"] / speed["sdk"], AIM)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--reader", choices=READERS, help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if not options.reader:
        stop_with_all()
        table(compare(options.rounds))
        return
    recording = record()
    print(json.dumps(READERS[options.reader](options.url, recording)))


if __name__ == "__main__":
    main()
