"""Long answers made by ordinary code: no further than they were sent, and ended when nobody takes them."""

import threading
from contextlib import aclosing

from accounts.pieces import in_thread, together


async def test_pieces_are_made_when_they_are_taken_and_no_earlier():
    made: list[int] = []

    def pieces():
        for number in range(3):
            made.append(number)
            assert threading.current_thread() is not threading.main_thread()
            yield b"%d" % number

    taken = [(piece, list(made)) async for piece in in_thread(pieces())]
    assert taken == [(b"0", [0]), (b"1", [0, 1]), (b"2", [0, 1, 2])]


async def test_who_goes_away_ends_the_work():
    ended = []

    def pieces():
        try:
            while True:
                yield b"more"
        finally:
            ended.append(True)

    async with aclosing(in_thread(pieces())) as taken:
        assert await anext(taken) == b"more"
        assert not ended
    assert ended


def test_small_texts_go_together_and_none_is_lost():
    texts = [f"{number} ü," for number in range(1000)]
    pieces = list(together(iter(texts), 500))
    assert b"".join(pieces).decode() == "".join(texts)
    assert all(500 <= len(piece.decode()) < 510 for piece in pieces[:-1])
    assert list(together(iter([]))) == []
