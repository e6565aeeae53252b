"""The order of stopping, with a clock that the test drives: each step in its turn and within its limit."""

import asyncio
import threading
import time

import pytest

from exchange.clock import ManualClock
from monitoring.shutdown import Shutdown, Stage, State


class Stop:
    """A Shutdown on a driven clock that notes what runs, and how it would have ended the process."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.ended: list[int] = []
        self.ran: list[str] = []
        self.shutdown = Shutdown(self.clock, self.ended.append)
        self.shutdown.total_s = 3600.0  # its watchdog keeps to the real time

    def step(self, name: str, takes: float = 0.0, limit: float = 5.0, stage: Stage = Stage.HANDLERS) -> None:
        async def handler() -> None:
            self.ran.append(f"{name} begins")
            await self.clock.sleep(takes)
            self.ran.append(f"{name} ends")

        self.shutdown.register(name, handler, limit, stage)

    async def finish(self, seconds: float = 0.0) -> asyncio.Task:
        """As the command does once it has been told; then so much time passes."""
        self.shutdown.attach(asyncio.get_running_loop(), lambda: None)
        task = asyncio.create_task(self.shutdown.finish())
        await self.pass_(seconds)
        return task

    async def pass_(self, seconds: float) -> None:
        for _ in range(round(seconds * 10)):
            await asyncio.sleep(0.001)
            await self.clock.advance(0.1)
        await asyncio.sleep(0.02)


@pytest.fixture
def stop():
    return Stop()


async def test_steps_run_by_stage_and_then_as_they_were_registered_one_after_the_other(stop):
    stop.step("pool", stage=Stage.CONNECTIONS)
    stop.step("sentry", takes=1.0)
    stop.step("loops", takes=2.0, stage=Stage.WORK)
    stop.step("metrics")
    stop.step("ports", takes=1.0, stage=Stage.TRAFFIC)
    stop.shutdown.begin("told")
    await (await stop.finish(5.0))
    names = ["ports", "loops", "sentry", "metrics", "pool"]
    assert stop.ran == [f"{name} {what}" for name in names for what in ("begins", "ends")]
    assert (stop.shutdown.state, stop.shutdown.code, stop.ended) == (State.STOPPED, 0, [])


async def test_readiness_drops_at_once_and_requests_are_taken_until_the_pause_is_over(stop):
    stop.shutdown.drain_s = 3.0
    stop.step("ports", stage=Stage.TRAFFIC)
    stop.shutdown.serving()
    assert stop.shutdown.state is State.SERVING
    stop.shutdown.begin("told")
    assert stop.shutdown.state is State.DRAINING
    task = await stop.finish(2.9)
    assert stop.ran == []
    await stop.pass_(0.2)
    await task
    assert stop.ran == ["ports begins", "ports ends"]


async def test_a_process_that_is_told_to_stop_is_never_ready_again(stop):
    stop.shutdown.begin("told")
    stop.shutdown.serving()
    assert stop.shutdown.state is State.DRAINING


async def test_a_step_that_hangs_is_left_after_its_own_limit_and_named_and_the_process_is_ended(stop, caplog):
    stop.step("slow", takes=1000.0, limit=2.0)
    stop.step("next")
    stop.shutdown.begin("told")
    task = await stop.finish(1.9)
    assert stop.ran == ["slow begins"]
    await stop.pass_(0.2)
    await task
    assert stop.ran == ["slow begins", "next begins", "next ends"]
    assert stop.ended == [1]
    assert "slow was not done after 2 s" in caplog.text


async def test_a_thread_that_hangs_does_not_hold_the_others_up(stop):
    let_go = threading.Event()
    stop.shutdown.register("stuck", let_go.wait, 1.0)
    stop.step("next")
    stop.shutdown.begin("told")
    await (await stop.finish(1.5))
    let_go.set()
    assert stop.ran == ["next begins", "next ends"]
    assert (stop.ended, stop.shutdown.reasons) == ([1], ["told", "stuck was not done after 1 s"])


async def test_a_step_that_fails_is_named_and_the_rest_goes_on(stop, caplog):
    def fails() -> None:
        raise ValueError("odd")

    stop.shutdown.register("flush", fails, 1.0)
    stop.step("next")
    stop.shutdown.begin("told")
    await (await stop.finish())
    assert stop.ran == ["next begins", "next ends"]
    assert (stop.shutdown.code, stop.ended) == (1, [])
    assert "flush failed: ValueError('odd')" in caplog.text


async def test_what_is_registered_while_it_stops_runs_too(stop):
    stop.shutdown.register("first", lambda: stop.step("second"), 1.0)
    stop.shutdown.begin("told")
    await (await stop.finish())
    assert stop.ran == ["second begins", "second ends"]


async def test_a_blocking_handler_runs_in_a_thread_and_what_it_returns_is_awaited(stop):
    threads: list[int] = []

    async def later() -> None:
        threads.append(threading.get_ident())

    def blocking() -> object:
        threads.append(threading.get_ident())
        return later()

    stop.shutdown.register("both", blocking, 5.0)
    stop.shutdown.begin("told")
    await (await stop.finish())
    assert threads[0] != threading.get_ident() == threads[1]


async def test_the_worst_exit_code_of_all_reasons_counts_and_the_loop_is_woken_once(stop):
    woken: list[str] = []
    stop.shutdown.attach(asyncio.get_running_loop(), lambda: woken.append("woken"))
    for reason, code in (("SIGTERM", 0), ("a loop ended", 1), ("SIGTERM", 0)):
        stop.shutdown.begin(reason, code)
    await asyncio.sleep(0.01)
    assert (stop.shutdown.code, woken) == (1, ["woken"])
    assert stop.shutdown.reasons == ["SIGTERM", "a loop ended", "SIGTERM"]


async def test_a_loop_that_comes_after_the_word_is_woken_as_well(stop):
    woken: list[str] = []
    stop.shutdown.begin("a thread ended", 1)
    stop.shutdown.attach(asyncio.get_running_loop(), lambda: woken.append("woken"))
    await asyncio.sleep(0.01)
    assert woken == ["woken"]


def test_an_error_after_the_loop_has_ended_is_taken_note_of_and_raises_nothing(stop, caplog):
    loop = asyncio.new_event_loop()
    stop.shutdown.attach(loop, lambda: None)
    loop.close()
    thread = threading.Thread(target=stop.shutdown.begin, args=("the thread reader ended", 1))
    thread.start()
    thread.join()
    assert (stop.shutdown.code, stop.shutdown.reasons) == (1, ["the thread reader ended"])
    assert "the event loop has ended already" in caplog.text


async def test_each_step_is_logged_with_how_long_it_took(stop, caplog):
    caplog.set_level("INFO")
    stop.step("ports", takes=1.5)
    stop.shutdown.begin("SIGTERM")
    await (await stop.finish(2.0))
    said = [record.getMessage() for record in caplog.records if record.name == "monitoring.shutdown"]
    assert said == [
        "stopping: SIGTERM",
        "stop: ports took 1500 ms",
        "stopped in 1.50 s, exit code 0: SIGTERM",
    ]


async def test_past_the_limit_of_all_the_process_is_ended_though_its_loop_is_blocked(stop, caplog):
    stop.shutdown.total_s = 0.2

    async def blocks_the_loop() -> None:
        for _ in range(1000):
            if stop.ended:
                return
            time.sleep(0.01)

    stop.shutdown.register("loops", blocks_the_loop, 100.0)
    stop.shutdown.begin("told")
    await (await stop.finish())
    assert stop.ended == [1]
    assert "not stopped after 0.2 s, loops was under way" in caplog.text
