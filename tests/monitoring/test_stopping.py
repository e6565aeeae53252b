"""Processes that stop, by signals and by errors: how they end, with which exit code, and what they say."""

import os
import signal
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
import redis

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60.0


@dataclass
class Ended:
    code: int
    said: str
    log: str
    took: float


class Running:
    """``tests.monitoring.stopping`` in one of its scenarios, from when it is ready."""

    def __init__(self, scenario: str, folder: Path, **environment: str) -> None:
        ours = {"DATABASE_URL": "", "REDIS_URL": "", "HYPERLIQUID_NETWORK": "simulated", "VAR_DIR": str(folder)}
        self.child = subprocess.Popen(
            [sys.executable, "-m", "tests.monitoring.stopping", scenario],
            cwd=ROOT, env={**os.environ, **ours, **environment},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def is_ready(self) -> "Running":
        assert self.child.stdout.readline() == "ready\n", self.child.stderr.read()
        return self

    def told(self, *numbers: int) -> Ended:
        """Send signals, a little apart, and wait for the end."""
        began = time.monotonic()
        for number in numbers:
            self.child.send_signal(number)
            time.sleep(0.3)
        said, log = self.child.communicate(timeout=PATIENCE_S)
        return Ended(self.child.returncode, said, log, time.monotonic() - began)


@pytest.fixture
def run(tmp_path):
    children: list[Running] = []

    def start(scenario: str, **environment: str) -> Running:
        children.append(Running(scenario, tmp_path, **environment))
        return children[-1]

    yield start
    for one in children:
        if one.child.poll() is None:
            one.child.kill()
            one.child.communicate()


def test_database_cache_and_channel_layer_let_go_of_their_connections(run, postgres_url, redis_url):
    with psycopg.connect(postgres_url, autocommit=True) as database, redis.from_url(redis_url) as store:
        name = f"stopping_{uuid.uuid4().hex[:8]}"

        def held() -> tuple[int, int]:
            rows = database.execute("SELECT 1 FROM pg_stat_activity WHERE application_name = %s", [name])
            return len(rows.fetchall()), sum(one["name"] == name for one in store.client_list())

        begins = "&" if "?" in postgres_url else "?"
        urls = {"DATABASE_URL": f"{postgres_url}{begins}application_name={name}"}
        child = run("connected", **urls, REDIS_URL=f"{redis_url}?client_name={name}").is_ready().child
        in_database, in_redis = held()
        assert in_database >= 1
        assert in_redis >= 2
        child.send_signal(signal.SIGTERM)
        assert child.stdout.readline() == "flushed\n"
        assert child.stdout.readline() == "closed\n"
        ends = time.monotonic() + 10
        while held() != (0, 0) and time.monotonic() < ends:  # the servers take a moment to notice
            time.sleep(0.05)
        assert held() == (0, 0)
        said, log = child.communicate("go\n", timeout=PATIENCE_S)
        assert (child.returncode, said) == (0, ""), log


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_in_order_and_the_exit_code_is_0(run, number):
    end = run("goes on").is_ready().told(number)
    assert (end.code, end.said) == (0, "flushed\n"), end.log
    assert f"stopping: {number.name}" in end.log
    steps = [line.split("stop: ")[1].split(" took")[0] for line in end.log.splitlines() if "stop: " in line]
    assert steps == ["loops", "flush", "threads", "channel layer", "cache", "database"]
    assert "Traceback" not in end.log


@pytest.mark.parametrize(
    ("scenario", "reason"),
    [
        ("fails", "work ended: ValueError('odd')"),
        ("returns", "work ended, for no reason"),
        ("ends itself", "work ended, for no reason"),
        ("forgets", "Task exception was never retrieved: ValueError('odd')"),
        ("callback", "ZeroDivisionError('division by zero')"),
        ("thread", "the thread reader ended: ZeroDivisionError('division by zero')"),
        ("uncaught", "uncaught ValueError('odd')"),
        ("after the loop", "uncaught ValueError('odd')"),
    ],
)
def test_an_error_that_nobody_caught_stops_in_order_too_with_1_and_the_reason(run, scenario, reason):
    end = run(scenario).told()
    assert end.code == 1, end.log
    assert end.said.endswith("flushed\n")
    assert "stopped in" in end.log
    assert reason in end.log.splitlines()[-1]


def test_a_server_that_is_away_stops_nobody(run):
    child = run("forgets an outage").is_ready()
    time.sleep(0.5)
    assert child.child.poll() is None
    end = child.told(signal.SIGTERM)
    assert end.code == 0, end.log
    assert "Task exception was never retrieved" in end.log


def test_a_handler_that_hangs_is_named_and_the_exit_code_is_1(run):
    end = run("hangs").is_ready().told(signal.SIGTERM)
    assert (end.code, end.said) == (1, "flushed\n"), end.log
    assert "stuck was not done after 0.5 s" in end.log.splitlines()[-1]


def test_a_loop_that_does_not_end_is_left_after_its_share_of_the_time(run):
    end = run("does not end", SHUTDOWN_TIMEOUT_SECONDS="4").is_ready().told(signal.SIGTERM)
    assert (end.code, end.said) == (1, "no\nready\nflushed\n"), end.log
    assert "loops was not done after 1.6 s" in end.log.splitlines()[-1]


def test_past_the_limit_of_all_the_process_ends_though_its_loop_is_blocked(run):
    end = run("blocks", SHUTDOWN_TIMEOUT_SECONDS="2").is_ready().told(signal.SIGTERM)
    assert end.code == 1, end.log
    assert "not stopped after 2 s, loops was under way" in end.log.splitlines()[-1]
    assert 2.0 <= end.took < 15.0


def test_a_thread_that_waits_for_somebody_is_left_behind_without_blame(run):
    end = run("waits").is_ready().told(signal.SIGTERM)
    assert (end.code, end.said) == (0, "flushed\n"), end.log
    assert "left behind" in end.log


def test_a_second_signal_ends_at_once(run):
    running = run("blocks").is_ready()
    running.child.send_signal(signal.SIGTERM)
    assert running.child.stdout.readline() == "blocking\n"
    end = running.told(signal.SIGTERM)
    assert end.code == 128 + signal.SIGTERM, end.log
    assert "told again to stop: ended while loops" in end.log


def test_a_signal_while_it_starts_ends_it_at_once(run):
    end = run("starts").is_ready().told(signal.SIGTERM)
    assert (end.code, end.log) == (0, "")


def test_requests_are_taken_for_the_configured_pause(run):
    end = run("goes on", SHUTDOWN_DRAIN_SECONDS="1.5").is_ready().told(signal.SIGTERM)
    assert end.code == 0, end.log
    assert "draining took 1500 ms" in end.log
    assert end.took > 1.5
