"""Long answers from a real web server: nothing is held for slow readers, and failures are seen."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

ROOT = Path(__file__).resolve().parents[2]
MOST_KEPT = 24 << 20
"""Bytes that may be on their way: what this process and the kernel on both sides hold; the answer has 100 MB."""


@contextmanager
def process(*words: str):
    command = [sys.executable, "-m", "tests.dashboard.stream_server", *words]
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        yield child, int(child.stdout.readline())
    finally:
        child.terminate()
        child.wait(20)


@contextmanager
def server(*words: str):
    with process(*words) as (_, port):
        yield port


@pytest.fixture(scope="module")
def port():
    with server() as port:
        yield port


@contextmanager
def reader(port: int, path: str):
    """Somebody who asks and reads only when told to."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as asking:
        asking.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        yield asking


def said(port: int) -> tuple[int, str]:
    number, _, word = requests.get(f"http://127.0.0.1:{port}/given", timeout=30).text.partition(" ")
    return int(number), word


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def stands_still(port: int) -> bool:
    before = said(port)
    time.sleep(0.5)
    return before[0] > 0 and said(port) == before


def rest(asking: socket.socket) -> bytes:
    parts = []
    while part := asking.recv(1 << 20):
        parts.append(part)
    return b"".join(parts)


def test_an_answer_waits_for_its_reader_and_then_goes_on_to_its_end(port):
    with reader(port, "/long") as asking:
        wait_until(lambda: stands_still(port))
        assert said(port)[0] < MOST_KEPT
        answer = rest(asking)
        assert len(answer) > 1_600 * 65_536
        assert answer.endswith(b"0\r\n\r\n")


def test_who_goes_away_midway_ends_the_work(port):
    with reader(port, "/long") as asking:
        wait_until(lambda: said(port)[1] == "")  # not the one before it any more
        asking.recv(1000)
    wait_until(lambda: said(port)[1] == "ended")
    assert said(port)[0] < MOST_KEPT


def test_who_reads_nothing_for_long_is_cut_off():
    with server("0.5") as port, reader(port, "/long") as asking:
        wait_until(lambda: said(port)[1] == "ended")
        with pytest.raises(ConnectionResetError):
            rest(asking)


def test_an_answer_that_fails_midway_does_not_look_complete(port):
    for _ in range(2):  # what answers the first failure must live on to answer the second
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            requests.get(f"http://127.0.0.1:{port}/fails", timeout=30)


def test_an_application_that_fails_at_once_is_answered_by_500(port):
    assert requests.get(f"http://127.0.0.1:{port}/refuses", timeout=30).status_code == 500


def test_an_answer_that_is_under_way_when_the_server_stops_arrives_whole_and_nothing_new_is_taken():
    with process() as (child, port), reader(port, "/long") as asking:
        wait_until(lambda: stands_still(port))
        with socket.create_connection(("127.0.0.1", port), timeout=30) as idle:
            child.terminate()
            assert idle.recv(1) == b""
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=30)
        answer = rest(asking)
        assert len(answer) > 1_600 * 65_536
        assert answer.endswith(b"0\r\n\r\n")
        assert child.wait(20) == 0
