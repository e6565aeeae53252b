"""The faults of the chaos suite are only as good as its wires."""

import socket
import time
from collections.abc import Iterator

import pytest

from tests.chaos.background import Background
from tests.chaos.proxy import DEAD, GOOD, Proxy, Wire


async def echo(reader, writer) -> None:
    while data := await reader.read(1000):
        writer.write(data)
        await writer.drain()
    writer.close()


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    import asyncio

    with Background() as background:
        server = background.run(asyncio.start_server(echo, "127.0.0.1", 0))
        proxy = Proxy(background, server.sockets[0].getsockname())
        proxy.start()
        yield proxy


def dial(proxy: Proxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=5)


def say(line: socket.socket, words: bytes) -> float:
    """The seconds until it came back."""
    began = time.monotonic()
    line.sendall(words)
    got = b""
    while len(got) < len(words):
        got += line.recv(100_000)
    assert got == words
    return time.monotonic() - began


def test_a_good_wire_hands_on_what_comes_and_its_end(proxy):
    with dial(proxy) as line:
        say(line, b"hello" * 10_000)
        line.shutdown(socket.SHUT_WR)
        assert line.recv(10) == b""


def test_latency_counts_both_ways_and_bandwidth_by_the_byte(proxy):
    with dial(proxy) as line:
        assert say(line, b"hello") < 0.2
        proxy.be(Wire(latency=0.15))
        assert say(line, b"hello") >= 0.3
        proxy.be(Wire(bandwidth=20_000))
        assert say(line, b"x" * 5_000) >= 0.25
        proxy.be(GOOD)
        assert say(line, b"hello") < 0.2


def test_a_dead_wire_swallows_without_a_word_and_goes_on_when_it_is_mended(proxy):
    with dial(proxy) as line:
        say(line, b"hello")
        proxy.be(DEAD)
        line.sendall(b"are you there?")
        with dial(proxy) as other:
            other.sendall(b"and for me?")
            for one in (line, other):
                one.settimeout(0.3)
                with pytest.raises(TimeoutError):
                    one.recv(100)
            proxy.mend()
            line.settimeout(5), other.settimeout(5)
            assert line.recv(100) == b"are you there?"
            assert other.recv(100) == b"and for me?"


def test_a_cut_wire_ends_what_there_is_and_refuses_until_it_is_mended(proxy):
    with dial(proxy) as line:
        say(line, b"hello")
        proxy.cut()
        with pytest.raises(ConnectionError):
            line.recv(100) or (_ for _ in ()).throw(ConnectionError)
        with pytest.raises(ConnectionRefusedError):
            dial(proxy)
    proxy.mend()
    with dial(proxy) as line:
        say(line, b"hello")
