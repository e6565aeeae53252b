"""WebSocket frames cut out of a stream of bytes, fast, for the one case that is nearly all of them.

``websockets`` parses a frame in about five microseconds, more than reading its JSON takes. A whole,
unfragmented text frame from a server needs only its length (RFC 6455 section 5.2): such are cut out
here; every other frame (ping, close, fragments) is handed on whole, for the library to deal with.
"""

TEXT = 0x81
"""First byte of a frame that is a text and its own end."""


class Splitter:
    """Feed it what was read; it keeps the beginning of a frame until its end has come.

    After a frame that no server may send (masked, or longer than ``max_size``) it splits no more and
    hands everything on, as the library ends such a connection; ``gives_up`` does so from the beginning.
    """

    def __init__(self, max_size: int, *, gives_up: bool = False) -> None:
        self._max_size = max_size
        self._parts: list[bytes] = []
        self._have = 0
        self._need = 0
        self._given_up = gives_up

    def feed(self, data: bytes) -> tuple[list[bytes], list[bytes]]:
        """Payloads of the text frames that are complete now, and what else there is, whole frames of it."""
        if self._given_up:
            return [], [data]
        if self._parts:
            self._parts.append(data)
            self._have += len(data)
            if self._have < self._need:
                return [], []
            data = b"".join(self._parts)
            self._parts = []
        return self._split(data)

    def _split(self, data: bytes) -> tuple[list[bytes], list[bytes]]:
        texts: list[bytes] = []
        others: list[bytes] = []
        position, end, available = 0, 0, len(data)
        while position < available:
            start = position + 2
            size = data[position + 1] if start <= available else 0
            if size > 125:
                size, start = self._long(data, start, size)
            end = start + size
            if end > available:
                break
            if data[position] == TEXT:
                texts.append(data[start:end])
            else:
                others.append(data[position:end])
            position = end
        if position < available and self._given_up:
            others.append(data[position:])
        elif position < available:
            self._parts, self._have, self._need = [data[position:]], available - position, end - position
        return texts, others

    def _long(self, data: bytes, start: int, size: int) -> tuple[int, int]:
        """(size, start) of the payload; beyond what is there if the length is not complete yet."""
        width = {126: 2, 127: 8}.get(size, 0)
        length = int.from_bytes(data[start : start + width])
        if len(data) < start + width:
            return width, start
        if not width or length > self._max_size:
            self._given_up = True
            return len(data), start
        return length, start + width
