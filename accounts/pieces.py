"""Long answers made by ordinary code: piece by piece in the request's own thread, only as fast as they are sent.

Django would run an ordinary iterator to its end before it sends the first byte.
"""

from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async


async def in_thread(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
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
