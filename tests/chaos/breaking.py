"""The ways of breaking a part of the stage: each begins on entering and is over on leaving."""

import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg

from tests.chaos.proxy import Wire
from tests.chaos.stage import Stage

Process = subprocess.Popen[bytes]
Chosen = Callable[[Stage], list[Process]]


@contextmanager
def wire(stage: Stage, name: str, like: Wire) -> Iterator[None]:
    """The wire to a service is slow, narrow or dead."""
    stage.wires[name].be(like)
    try:
        yield
    finally:
        stage.wires[name].mend()


@contextmanager
def cut(stage: Stage, name: str) -> Iterator[None]:
    """Connections to a service end, and new ones are refused."""
    stage.wires[name].cut()
    try:
        yield
    finally:
        stage.wires[name].mend()


@contextmanager
def stopped(stage: Stage, chosen: Chosen) -> Iterator[None]:
    """These processes stand still, with all their connections, and go on as if nothing had been."""
    processes = chosen(stage)
    for one in processes:
        one.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for one in processes:
            one.send_signal(signal.SIGCONT)


@contextmanager
def killed(stage: Stage, chosen: Chosen) -> Iterator[None]:
    """These processes are killed; it is over when others in their place have come up."""
    processes = chosen(stage)
    for one in processes:
        one.kill()
    for one in processes:
        one.wait()
    try:
        yield
    finally:
        for is_up in [stage.replace(one) for one in processes]:
            stage.until(is_up, "processes in their place")


def leader(stage: Stage) -> list[Process]:
    return [stage.leader()]


def standby(stage: Stage) -> list[Process]:
    return [stage.standby()]


def feeds(stage: Stage) -> list[Process]:
    return list(stage.feeds)


def deliver(stage: Stage) -> list[Process]:
    return [stage.deliver]


def web(stage: Stage) -> list[Process]:
    return [stage.webs[1]]


def exchange(stage: Stage) -> list[Process]:
    return [stage.exchange]


@contextmanager
def postgres_killed(stage: Stage) -> Iterator[None]:
    """The whole server at once; it recovers as after a loss of power."""
    stage.postgres.kill()
    try:
        yield
    finally:
        stage.postgres.start_again()


@contextmanager
def postgres_stopped(stage: Stage) -> Iterator[None]:
    """All its processes stand still: connections stay, nobody answers."""
    stage.postgres.freeze()
    try:
        yield
    finally:
        stage.postgres.wake()


@contextmanager
def postgres_restarted(stage: Stage) -> Iterator[None]:
    """As an administrator does it: connections are ended in order, a moment later it is there again."""
    stage.postgres.stop("fast")
    stage.postgres.start()
    yield


@contextmanager
def postgres_full(stage: Stage) -> Iterator[None]:
    """Nothing fits on its disk any more; it may fall over by that, and is started again once there is room."""
    stage.postgres.disk.fill()
    try:
        yield
    finally:
        stage.postgres.disk.empty()
        stage.postgres.start_again()


@contextmanager
def replica_stopped(stage: Stage) -> Iterator[None]:
    """The replica stands still."""
    stage.replica.freeze()
    try:
        yield
    finally:
        stage.replica.wake()


@contextmanager
def replica_killed(stage: Stage) -> Iterator[None]:
    """The replica is gone."""
    stage.replica.kill()
    try:
        yield
    finally:
        stage.replica.start()


@contextmanager
def replica_restarted(stage: Stage) -> Iterator[None]:
    """As an administrator does it; it follows on from where it was."""
    stage.replica.stop("fast")
    stage.replica.start()
    yield


@contextmanager
def replica_lags(stage: Stage) -> Iterator[None]:
    """It answers as ever and takes over nothing more of what the database writes."""
    stage.replica.ask("SELECT pg_wal_replay_pause()")
    try:
        stage.replica.until("SELECT pg_get_wal_replay_pause_state() = 'paused'")
        yield
    finally:
        stage.replica.ask("SELECT pg_wal_replay_resume()")


@contextmanager
def disk_full(stage: Stage) -> Iterator[None]:
    """Nothing fits into the folder that our processes keep their files in."""
    stage.var.fill()
    try:
        yield
    finally:
        stage.var.empty()


@contextmanager
def redis_killed(stage: Stage) -> Iterator[None]:
    """With all that it held."""
    stage.redis.terminate()
    try:
        yield
    finally:
        stage.redis.start()


@contextmanager
def redis_restarted(stage: Stage) -> Iterator[None]:
    """It is there again a moment later, and has forgotten everything."""
    stage.redis.stop()
    stage.redis.start()
    yield


@contextmanager
def redis_stopped(stage: Stage) -> Iterator[None]:
    """It stands still: connections stay, nobody answers."""
    process = stage.redis._process
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


@contextmanager
def locked(stage: Stage, table: str) -> Iterator[None]:
    """Nobody can read or write the table, as while somebody rewrites it."""
    with psycopg.connect(stage.database_url) as database:
        database.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield
