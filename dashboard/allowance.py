"""How much one socket may say: a bucket of ``BURST`` messages that fills with ``MESSAGES_A_SECOND``."""

import time

MESSAGES_A_SECOND = 10
BURST = 40


class Allowance:
    """The bucket, full at first."""

    def __init__(self) -> None:
        self._left, self._at = float(BURST), time.monotonic()

    def take(self) -> bool:
        """Whether another message may come now."""
        now = time.monotonic()
        self._left = min(BURST, self._left + (now - self._at) * MESSAGES_A_SECOND)
        self._at = now
        self._left -= 1
        return self._left >= 0
