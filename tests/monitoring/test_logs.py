"""Lines of the log: their id in every thread, JSON for programs, words for people, repeats that are counted."""

import asyncio
import io
import json
import logging
import logging.config
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from django.utils.module_loading import import_string

from alerts.database_thread import DatabaseThread
from dashboard.config import Config
from dashboard.settings_logging import MOST_REPEATS, command, log_format, logging_settings
from exchange import log_id
from exchange.chores import Chores
from exchange.clock import ManualClock
from monitoring.logs.lines import JsonLines, PlainLines, WithId
from monitoring.logs.repeats import WINDOW_S, LimitedHandler, Repeats

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = Config(environment="production")


@pytest.fixture
def written():
    """A logger whose lines are JSON in ``written.lines()``."""
    stream = io.StringIO()
    handler = LimitedHandler(stream=stream)
    handler.setFormatter(JsonLines())
    handler.addFilter(WithId("web"))
    logger = logging.getLogger("tests.written")
    logger.addHandler(handler)
    logger.propagate = False
    logger.setLevel("DEBUG")
    logger.lines = lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    yield logger
    logger.removeHandler(handler)
    logger.propagate = True


def test_a_line_is_one_json_object_with_its_time_place_and_what_was_given_with_it(written):
    before = time.time()
    with log_id.bound("req-1"):
        written.info("sent %s to %d", "this\nthat", 3, extra={"ms": 12.5, "path": "/ä"})
    (line,) = written.lines()
    said = ("level", "logger", "message", "process", "id", "ms", "path")
    assert tuple(line[name] for name in said) == (
        "INFO", "tests.written", "sent this\nthat to 3", "web", "req-1", 12.5, "/ä",
    )  # fmt: skip
    assert line["time"].endswith("+00:00")
    assert line["time"][:16] in {time.strftime("%Y-%m-%dT%H:%M", time.gmtime(t)) for t in (before, time.time())}
    assert line["pid"] == os.getpid()
    assert set(line) == {*said, "time", "pid"}


def test_an_exception_is_part_of_its_line_and_a_line_without_an_id_has_none(written):
    try:
        raise ValueError("odd")
    except ValueError:
        written.exception("failed")
    (line,) = written.lines()
    assert line["exception"].startswith("Traceback")
    assert line["exception"].endswith("ValueError: odd")
    assert "id" not in line


def test_a_person_reads_the_beginning_of_a_long_id_and_all_of_a_short_one():
    record = logging.makeLogRecord({"name": "a.b", "levelname": "INFO", "msg": "hello"})
    texts = {}
    for name in ("f" * 32, "17.4.fired.0.3", ""):
        record.id = name
        texts[name] = PlainLines().format(record)
    assert texts["f" * 32].endswith(f"INFO a.b: hello [{'f' * 12}]")
    assert texts["17.4.fired.0.3"].endswith("INFO a.b: hello [17.4.fired.0.3]")
    assert texts[""].endswith("INFO a.b: hello")


async def test_the_id_goes_along_into_tasks_and_threads_and_ends_with_its_block():
    clock = ManualClock()
    pool, chores = DatabaseThread("test", clock), Chores()
    seen = {}

    def note(where: str) -> None:
        seen[where] = log_id.current()

    async def noting(where: str) -> None:
        note(where)

    with log_id.bound("outer"):
        await asyncio.create_task(noting("task"))
        await asyncio.to_thread(note, "thread")
        await sync_to_async(note)("Django's thread")
        await pool.run(lambda: note("thread of a pool"))
        chores.start("read", lambda: noting("chore"))
        await chores.wait()
    pool.close()
    note("after")
    assert seen == {
        "task": "outer",
        "thread": "outer",
        "Django's thread": "outer",
        "thread of a pool": "outer",
        "chore": "outer/read",
        "after": "",
    }


def test_ids_of_different_threads_do_not_mix():
    with ThreadPoolExecutor(4) as pool:
        barrier = threading.Barrier(4)

        def work(name: str) -> str:
            with log_id.bound(name):
                barrier.wait(30)
                return log_id.current()

        assert list(pool.map(work, "abcd")) == list("abcd")


@pytest.mark.parametrize("text", ["abc-123", "a" * 128, "17.4.fired.0.3", "Root:1_2"])
def test_a_sane_id_may_come_from_elsewhere(text):
    assert log_id.is_sane(text)


@pytest.mark.parametrize("text", ["", "a b", "a\nINFO x: forged", "a" * 129, "-a", "ä", "<b>", '"', "a/b"])
def test_an_id_that_could_forge_a_line_may_not(text):
    assert not log_id.is_sane(text)


class Told:
    """A handler with a clock of the test."""

    def __init__(self, most: int) -> None:
        self.now, self.stream = 100.0, io.StringIO()
        self.handler = LimitedHandler(most, "access", self.stream)
        self.handler.repeats = Repeats(most, lambda: self.now)
        self.handler.setFormatter(logging.Formatter("%(message)s"))

    def say(self, *words: object, name: str = "x", level: int = logging.WARNING) -> None:
        record = logging.LogRecord(name, level, __file__, 1, words[0], words[1:], None)
        self.handler.handle(record)

    @property
    def lines(self) -> list[str]:
        return self.stream.getvalue().splitlines()


def test_the_same_template_is_written_so_often_a_minute_and_then_counted():
    told = Told(3)
    for number in range(10):
        told.now += 1
        told.say("lost %d", number)
    told.say("another one")
    assert told.lines == ["lost 0", "lost 1", "lost 2", "another one"]
    told.now += WINDOW_S
    told.say("lost %d", 10)
    assert told.lines[4:] == ["lost 9 (repeated 7 times in 69 s, the last at this time)", "lost 10"]
    told.handler.close()
    assert len(told.lines) == 6, "what was not kept back needs no summary"


def test_levels_and_loggers_are_counted_by_themselves_and_requests_never():
    told = Told(1)
    for _ in range(3):
        told.say("gone", name="a")
        told.say("gone", name="b")
        told.say("gone", name="a", level=logging.ERROR)
        told.say("GET / 200", name="access")
        told.say("sent", name="access.delivery")
        told.say("over", level=logging.CRITICAL)
    assert sorted(told.lines) == ["GET / 200"] * 3 + ["gone"] * 3 + ["over"] * 3 + ["sent"] * 3
    told.handler.close()
    assert told.lines[-1].startswith("gone (repeated 2 times")


def test_what_was_kept_back_is_said_also_when_nothing_else_is_and_at_the_end(monkeypatch):
    monkeypatch.setattr("monitoring.logs.repeats.WINDOW_S", -0.9)  # the timer waits for a second more
    quiet = Told(1)
    quiet.say("a")
    monkeypatch.setattr(quiet.handler.repeats, "over", lambda everything=False: [])
    quiet.say("a")
    monkeypatch.undo()
    quiet.now += WINDOW_S
    ends = time.monotonic() + 30
    while len(quiet.lines) < 2 and time.monotonic() < ends:
        time.sleep(0.02)
    assert quiet.lines[1].startswith("a (repeated 1 times")
    ended = Told(1)
    ended.say("b")
    ended.say("b")
    ended.handler.close()
    assert ended.lines[1].startswith("b (repeated 1 times")


def test_many_templates_are_forgotten_but_no_count_is_lost(monkeypatch):
    monkeypatch.setattr("monitoring.logs.repeats.MOST_KNOWN", 50)
    told = Told(1)
    told.say("kept back")
    told.say("kept back")
    for number in range(500):
        told.say(f"made of {number}")
    assert len(told.handler.repeats._seen) <= 50
    told.handler.close()
    assert told.lines[-1].startswith("kept back (repeated 1 times")


def test_production_writes_json_with_requests_and_a_desk_lines_without(tmp_path):
    assert log_format(PRODUCTION) == "json"
    assert log_format(Config()) == "line"
    assert log_format(replace(PRODUCTION, log_format="line")) == "line"
    watched, desk = (
        logging_settings(PRODUCTION, ["manage.py", "web"]),
        logging_settings(Config(), ["manage.py", "web"]),
    )
    assert watched["handlers"]["console"]["most"] == MOST_REPEATS
    assert desk["handlers"]["console"]["most"] == 0
    assert "access" not in watched["loggers"]
    assert desk["loggers"]["access"] == {"level": "WARNING"}
    assert command(["/x/manage.py", "feed", "--help"]) == "feed"
    assert command(["pytest"]) == "pytest"


def test_a_process_writes_what_its_settings_say_and_counts_it(tmp_path):
    code = """
import django; django.setup()
import logging
from exchange import log_id
from monitoring.logs.counting import COUNTS
log = logging.getLogger("some.module")
with log_id.bound("round-7"):
    for number in range(100):
        log.error("lost %d", number)
    logging.getLogger("access").info("GET / 200")
print(COUNTS["error"], COUNTS["info"])
"""
    environment = {
        **os.environ, "DJANGO_SETTINGS_MODULE": "dashboard.settings", "LOG_FORMAT": "json",
        "VAR_DIR": str(tmp_path), "DATABASE_URL": "", "REDIS_URL": "",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line["message"] for line in lines[:MOST_REPEATS]] == [f"lost {n}" for n in range(MOST_REPEATS)]
    assert {line["id"] for line in lines} == {"round-7"}
    assert lines[MOST_REPEATS]["message"] == "GET / 200"
    assert lines[-1]["repeated"] == 100 - MOST_REPEATS
    assert len(lines) == MOST_REPEATS + 2
    assert done.stdout.split() == ["100", "1"]


def test_secrets_do_not_reach_the_log_in_either_form_and_the_id_does():
    address, token = "0x" + "ab" * 20, "hl_0123abcd_" + "s3cr3t" * 6
    for config in (PRODUCTION, Config()):
        settings = logging_settings(config, ["manage.py", "web"])
        stream = io.StringIO()
        console = LimitedHandler(stream=stream)
        for name in settings["handlers"]["console"]["filters"]:
            rule = dict(settings["filters"][name])
            console.addFilter(import_string(rule.pop("()"))(**rule))
        console.setFormatter(import_string(settings["formatters"][log_format(config)]["()"])())
        try:
            raise ValueError(f"of {address} at me@example.org")
        except ValueError:
            record = logging.LogRecord("x", logging.ERROR, __file__, 1, "by %s", (token,), sys.exc_info())
        record.path = f"/wallets/{address}/"
        with log_id.bound("f" * 32):
            console.handle(record)
        said = stream.getvalue()
        assert "ValueError" in said
        assert "f" * 12 in said
        assert not [secret for secret in (address, "me@example.org", "s3cr3t") if secret in said], said
