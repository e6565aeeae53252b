"""Long answers made by ordinary code: piece by piece in the request's own thread, only as fast as they are sent.

Django would run an ordinary iterator to its end before it sends the first byte.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from typing import Any

from asgiref.sync import sync_to_async
from django.http import StreamingHttpResponse


class LongAnswer(StreamingHttpResponse):
    """An answer whose pieces end when it does.

    Django closes only its own wrappers round them: of a reader who went away, the pieces would keep their
    query, their turn and their connection until the garbage is collected.
    """

    def __init__(self, pieces: AsyncGenerator[bytes], **options: Any) -> None:
        super().__init__(pieces, **options)
        self._pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """What is sent."""
        async with aclosing(self._pieces):
            async for piece in super().__aiter__():
                yield piece


async def in_thread(pieces: Iterator[bytes]) -> AsyncGenerator[bytes]:
    """The same pieces. Queries may be made in them; whoever goes away ends them."""
    following = sync_to_async(next)
    try:
        while (piece := await following(pieces, None)) is not None:
            yield piece
    finally:
        if close := getattr(pieces, "close", None):
            await sync_to_async(close)()


def together(texts: Iterator[str], least: int = 64 * 1024) -> Iterator[bytes]:
    """Texts as pieces of at least so many characters each: a piece costs a switch between threads."""
    waiting: list[str] = []
    size = 0
    for text in texts:
        waiting.append(text)
        size += len(text)
        if size >= least:
            yield "".join(waiting).encode()
            waiting, size = [], 0
    if waiting:
        yield "".join(waiting).encode()
