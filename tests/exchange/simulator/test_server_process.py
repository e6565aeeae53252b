"""The simulated exchange as a process of its own: one line at start, and a clean end."""

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from exchange.clock import SystemClock
from exchange.simulator.__main__ import parse, serve

ROOT = Path(__file__).parents[3]


@contextmanager
def process(*arguments: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A running simulator and its address."""
    command = [sys.executable, "-m", "exchange.simulator", "--profile", "small", *arguments]
    running = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT)
    try:
        assert running.stdout
        line = running.stdout.readline().decode()
        found = re.fullmatch(r"listening on (http://127\.0\.0\.1:\d+)\n", line)
        assert found, line
        yield running, found[1]
    finally:
        running.kill()
        running.wait()
        for pipe in (running.stdin, running.stdout):
            with contextlib.suppress(BrokenPipeError):
                assert pipe
                pipe.close()


def state(url: str) -> bytes:
    with urllib.request.urlopen(f"{url}/control", timeout=60) as answer:
        return answer.read()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_cleanly_on_a_signal(number: signal.Signals):
    with process() as (running, url):
        assert b'"now_ms"' in state(url)
        running.send_signal(number)
        assert running.wait(timeout=60) == 0


def test_it_ends_with_the_pipe_of_its_parent():
    with process("--parent-pipe") as (running, url):
        assert b'"now_ms"' in state(url)
        assert running.stdin
        running.stdin.close()
        assert running.wait(timeout=60) == 0


def test_it_dies_with_a_parent_that_was_killed():
    script = (
        "import subprocess, sys, time\n"
        "command = [sys.executable, '-m', 'exchange.simulator', '--profile', 'small', '--parent-pipe']\n"
        "child = subprocess.Popen(command, stdin=subprocess.PIPE)\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=ROOT)
    assert parent.stdout
    child = int(parent.stdout.readline())
    assert parent.stdout.readline().startswith(b"listening on ")
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and is_running(child):
        time.sleep(0.05)
    assert not is_running(child)


def is_running(pid: int) -> bool:
    """Whether a process is there and not a zombie."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def test_its_time_runs_as_fast_as_told():
    with process("--start", "1800000000000", "--speed", "50", "--no-limits") as (_, url):
        before = time.monotonic()
        time.sleep(0.5)
        asked = time.monotonic()
        text = state(url).decode()
        found = re.search(r'"now_ms":(\d+)', text)
        assert found
        passed = (int(found[1]) - 1_800_000_000_000) / 1000
        assert passed >= (asked - before) * 50 * 0.8
        assert '"users":1000000000' in text


async def test_in_this_process_it_serves_until_its_standard_input_ends(capsys: pytest.CaptureFixture[str]):
    kept, (ours, theirs) = os.dup(0), os.pipe()
    os.dup2(ours, 0)
    try:
        serving = asyncio.create_task(serve(parse(["--profile", "small", "--parent-pipe"])))
        while not (said := capsys.readouterr().out):
            await asyncio.sleep(0.02)
        assert said.startswith("listening on http://127.0.0.1:")
        os.write(theirs, b"still here")
        await asyncio.sleep(0.05)
        assert not serving.done()
        os.close(theirs)
        await asyncio.wait_for(serving, 60)
    finally:
        os.dup2(kept, 0)
        os.close(kept)
        os.close(ours)


async def test_in_this_process_it_stops_on_a_signal(capsys: pytest.CaptureFixture[str]):
    serving = asyncio.create_task(serve(parse(["--profile", "small", "--no-limits"])))
    while not capsys.readouterr().out:
        await asyncio.sleep(0.02)
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(serving, 60)


def test_the_start_is_now_or_a_moment():
    assert abs(parse([]).start - SystemClock().now_ms()) < 60_000
    assert parse(["--start", "5"]).start == 5
    with pytest.raises(SystemExit):
        parse(["--start", "soon"])
