"""Frames are cut out of the bytes as the library would, however the network cuts the bytes."""

import asyncio
from random import Random

import pytest
from websockets.frames import Close, CloseCode, Frame, Opcode
from websockets.utils import accept_key

from exchange.connection import LONGEST_ANSWER, CannotConnect, Connection
from exchange.framing import Splitter

PING = Frame(Opcode.PING, b"hello").serialize(mask=False)
CLOSE = Frame(Opcode.CLOSE, Close(CloseCode.NORMAL_CLOSURE, "bye").serialize()).serialize(mask=False)
PART = Frame(Opcode.TEXT, b"half", fin=False).serialize(mask=False)
REST = Frame(Opcode.CONT, b"other", fin=True).serialize(mask=False)


def text(size: int) -> bytes:
    return bytes(97 + n % 26 for n in range(size))


def framed(payload: bytes) -> bytes:
    return Frame(Opcode.TEXT, payload).serialize(mask=False)


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 200_000])
def test_a_text_of_any_length_comes_out_whole(size) -> None:
    assert Splitter(1 << 20).feed(framed(text(size))) == ([text(size)], [])


@pytest.mark.parametrize("seed", range(20))
def test_it_makes_no_difference_how_the_bytes_arrive(seed) -> None:
    draw = Random(seed)
    texts = [text(draw.choice((0, 5, 125, 126, 300, 70_000))) for _ in range(30)]
    others = [draw.choice((PING, PART, REST, CLOSE)) for _ in range(30)]
    stream = b"".join(framed(one) + other for one, other in zip(texts, others, strict=True))
    splitter, got, rest = Splitter(1 << 20), [], []
    while stream:
        size = draw.choice((1, 2, 3, 10, 1000, 60_000))
        some, odd = splitter.feed(stream[:size])
        got += some
        rest += odd
        stream = stream[size:]
    assert got == texts
    assert rest == others


def test_byte_by_byte() -> None:
    splitter = Splitter(1000)
    got = [splitter.feed(bytes([byte])) for byte in framed(text(300)) + PING + framed(b"x")]
    assert [each for each in got if each != ([], [])] == [([text(300)], []), ([], [PING]), ([b"x"], [])]


@pytest.mark.parametrize(
    "bad",
    [Frame(Opcode.TEXT, b"masked").serialize(mask=True), framed(text(1001)), framed(text(70_000))],
    ids=["masked", "long", "very long"],
)
def test_what_no_server_may_send_and_all_after_it_is_the_librarys(bad) -> None:
    splitter = Splitter(1000)
    assert splitter.feed(framed(b"fine") + bad) == ([b"fine"], [bad])
    assert splitter.feed(framed(b"later")) == ([], [framed(b"later")])


def test_a_frame_that_announces_too_much_is_handed_on_before_it_has_come() -> None:
    assert Splitter(1000).feed(framed(text(70_000))[:12]) == ([], [framed(text(70_000))[:12]])


def test_one_that_gives_up_hands_everything_on() -> None:
    assert Splitter(1000, gives_up=True).feed(framed(b"x")) == ([], [framed(b"x")])


# The connection that uses it ---------------------------------------------------------------------


class Peer:
    """A server on loopback that answers the handshake and sends what it is told, in pieces of its choice."""

    def __init__(self, *pieces: bytes, status: bytes = b"101 Switching Protocols") -> None:
        self.pieces, self.status, self.heard = pieces, status, b""

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        key = next(line[19:] for line in request.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key"))
        accept = accept_key(key.decode()).encode()
        answer = b"HTTP/1.1 %b\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %b\r\n\r\n"
        stream = [answer % (self.status, accept)]
        if self.pieces and self.pieces[0] == b"split":  # the empty line itself arrives in two pieces
            stream = [stream[0][:-2], stream[0][-2:] + self.pieces[1], *self.pieces[2:]]
        else:
            stream = [stream[0], *self.pieces]
        for piece in stream:
            writer.write(piece)
            await asyncio.sleep(0.02)
        if self.status.startswith(b"101 S"):
            self.heard = await reader.read(1000)
        writer.close()

    async def __aenter__(self) -> str:
        self.server = await asyncio.start_server(self.talk, "127.0.0.1", 0)
        return f"ws://127.0.0.1:{self.server.sockets[0].getsockname()[1]}/ws"

    async def __aexit__(self, *_: object) -> None:
        self.server.close()


async def listen(peer: Peer) -> tuple[list[bytes], str]:
    """What came, and why it ended."""
    got: list[bytes] = []
    ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    async with peer as url:
        connection = await Connection.open(url, got.extend, ended.set_result)
        try:
            return got, await asyncio.wait_for(ended, 5)
        finally:
            connection.close()


@pytest.mark.parametrize("how", [(), (b"split",)], ids=["whole", "split"])
async def test_a_connection_reads_texts_fragments_and_the_end(how) -> None:
    stream = framed(b"one") + PING + PART + REST, framed(b"two")[:3], framed(b"two")[3:] + CLOSE
    peer = Peer(*how, *stream)
    got, reason = await listen(peer)
    assert sorted(got) == [b"halfother", b"one", b"two"]
    assert reason == "closed with 1000 bye"
    assert peer.heard[:1] == b"\x8a"  # the ping was answered


async def test_a_masked_frame_ends_the_connection() -> None:
    got, reason = await listen(Peer(framed(b"one") + Frame(Opcode.TEXT, b"bad").serialize(mask=True)))
    assert got == [b"one"]
    assert reason


async def test_a_refused_handshake_says_so() -> None:
    with pytest.raises(CannotConnect, match="503"):
        await listen(Peer(b"<html>" * 10, status=b"503 Service Unavailable"))


async def test_an_endless_answer_is_no_handshake() -> None:
    with pytest.raises(CannotConnect):
        await listen(Peer(b"x" * (LONGEST_ANSWER + 10), status=b"101 X\r\nA: " + b"y" * LONGEST_ANSWER))
