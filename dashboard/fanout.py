"""Fan-out: each change goes to every browser that joined its topic, and no browser slows another.

Three ideas, measured in ``benchmarks/fanout.py``:

1. A frame from server to client is not masked (RFC 6455 section 5.1), so it is the same bytes for all:
   it is built once and handed to each ``Line`` (``lines.py``), which never waits for its browser.
   Browsers with the same topics get all that one message of the feed changed in one piece: one system call.
2. A browser that is not *behind* stands exactly where the mirror stands, so nothing is counted per send.
3. When too much is queued on a line its browser falls behind: of each of its topics only the snapshot
   that it holds is remembered. Once the line has drained it gets one frame with all that is different
   since then (``after`` in the protocol). One that does not drain in time is sent away.
"""

import asyncio
import time
from collections.abc import Iterable

from dashboard.fanout_made import Made, encode
from dashboard.holders import Holder
from dashboard.lines import Line, Message
from dashboard.mirror import Mirror, Snapshot
from dashboard.mirror_rows import Applied

EVICT_AFTER = 10.0
"""Seconds that a browser may stay behind."""
TICK = 0.1
HEARTBEAT_S = 1.0
FEED_SILENT_MS = 2_000
TOO_SLOW = 4008


class Browser:
    """One socket: its line and, while it is behind, what it holds of each topic that has moved on.

    ``holder``: the session that it was opened in, or the token that opened it, or nothing.
    """

    __slots__ = ("behind", "behind_since", "holder", "line", "topics")

    def __init__(self, line: Line, holder: Holder = "") -> None:
        self.line, self.holder = line, holder
        self.topics: frozenset[str] = frozenset()
        self.behind: dict[str, Snapshot | None] = {}
        self.behind_since = 0.0


class Fanout:
    """All browsers of this process. ``run`` makes it listen to the mirror.

    Counted since the start: browsers that were ``opened`` and ``evicted``, how often one fell behind
    (``conflated``), and ``frames`` of the mirror, each of which goes to many.
    """

    def __init__(self, mirror: Mirror) -> None:
        self.mirror = mirror
        self.browsers: set[Browser] = set()
        self.evicted = self.opened = self.conflated = self.frames = 0
        self._groups: dict[frozenset[str], set[Browser]] = {}
        self._slow: set[Browser] = set()
        self._made = Made()
        self._beat = 0.0

    def add(self, browser: Browser) -> None:
        """A browser that has joined nothing yet."""
        self.opened += 1
        self.browsers.add(browser)

    def join(self, browser: Browser, topic: str) -> None:
        """Send the rows of the topic, now or when they come, and every change from then on."""
        if topic in browser.topics:
            return
        self._regroup(browser, browser.topics | {topic})
        if (now := self.mirror.snapshot(topic)) is not None:
            self._give(browser, None, now, self._made.whole(now))

    def leave(self, browser: Browser, topic: str) -> None:
        """No more of this topic."""
        self._regroup(browser, browser.topics - {topic})
        browser.behind.pop(topic, None)

    def remove(self, browser: Browser) -> None:
        """The browser is gone."""
        self._regroup(browser, frozenset())
        browser.behind.clear()
        self._slow.discard(browser)
        self.browsers.discard(browser)

    def on_frames(self, applied: list[Applied]) -> None:
        """Changes that the mirror has just applied: to everybody who joined their topics."""
        made: dict[tuple[int, ...], Message] = {}
        self.frames += len(applied)
        for topics, browsers in list(self._groups.items()):
            wanted = tuple(i for i, one in enumerate(applied) if one.after.topic in topics)
            if not wanted:
                continue
            if (message := made.get(wanted)) is None:
                message = made[wanted] = Message(*(applied[i].frame for i in wanted))
            for browser in tuple(browsers):
                if browser.behind or not browser.line.write(message):
                    for i in wanted:
                        self._fall_behind(browser, applied[i].before, applied[i].after.topic)

    def tick(self) -> None:
        """Bring up those whose lines have drained, send away those who stay behind, say if the feed is silent."""
        now = time.monotonic()
        for browser in tuple(self._slow):
            if browser.line.has_drained():
                self._catch_up(browser)
            elif now - browser.behind_since > EVICT_AFTER:
                self.evicted += 1
                self.remove(browser)
                browser.line.close(TOO_SLOW, "too slow, come back")
        if now - self._beat >= HEARTBEAT_S:
            self._beat = now
            self._made.forget_old(self.mirror.snapshot)
            self._say_if_feed_is_silent()

    async def run(self) -> None:
        """Listen to the mirror until cancelled."""
        self.mirror.listeners.append(self.on_frames)
        try:
            while True:
                self.tick()
                await asyncio.sleep(TICK)
        finally:
            self.mirror.listeners.remove(self.on_frames)

    def close_all(self, code: int, reason: str) -> None:
        """Ask every browser to go and come back."""
        for browser in tuple(self.browsers):
            self.remove(browser)
            browser.line.close(code, reason)

    def _regroup(self, browser: Browser, topics: frozenset[str]) -> None:
        members = self._groups.get(browser.topics, set())
        members.discard(browser)
        if not members:
            self._groups.pop(browser.topics, None)
        browser.topics = topics
        if topics:
            self._groups.setdefault(topics, set()).add(browser)

    @property
    def behind(self) -> int:
        """Browsers that do not keep up just now."""
        return len(self._slow)

    # Behind ------------------------------------------------------------------------------------

    def _give(self, browser: Browser, before: Snapshot | None, now: Snapshot, message: Message) -> None:
        if browser.behind or not browser.line.write(message):
            self._fall_behind(browser, before, now.topic)

    def _fall_behind(self, browser: Browser, before: Snapshot | None, topic: str) -> None:
        if not browser.behind:
            browser.behind_since = time.monotonic()
            self.conflated += 1
            self._slow.add(browser)
        browser.behind.setdefault(topic, before)

    def _catch_up(self, browser: Browser) -> None:
        """One frame per topic with what is different since; if the line fills up again, the rest waits on."""
        for topic, held in list(browser.behind.items()):
            now = self.mirror.snapshot(topic)
            if now is not None and now != held and not browser.line.write(self._made.difference(held, now)):
                return
            del browser.behind[topic]
        self._slow.discard(browser)

    def _say_if_feed_is_silent(self) -> None:
        age = self.mirror.status()["age"]
        if age is None or age > FEED_SILENT_MS:
            self.say(self.browsers, {"heartbeat": time.time_ns() // 1_000_000, "feed_age": age})

    @staticmethod
    def say(browsers: Iterable[Browser], what: dict[str, object]) -> None:
        """A word that is no topic: greeting, error, heartbeat. One whose line is full goes without."""
        message = Message(encode(what))
        for browser in tuple(browsers):
            browser.line.write(message)
