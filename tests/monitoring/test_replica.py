"""A replica that is slower than the primary is not read; on a machine that is busy with everything it is."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from monitoring import replica
from monitoring.replica import SLOWER_S, WAITS_S, Replica

SLOW = 2 * SLOWER_S


class Server:
    """Stands for a connection; each answer takes the next of ``takes`` seconds, or none."""

    in_atomic_block = False

    def __init__(self, *rows: tuple) -> None:
        self.rows, self.takes = list(rows), list[float]()
        self.held: threading.Event | None = None

    @contextmanager
    def cursor(self) -> Iterator["Server"]:
        yield self

    def execute(self, *_: object) -> None:
        if self.held:
            self.held.wait(30)
        time.sleep(self.takes.pop(0) if self.takes else 0)

    def fetchone(self) -> tuple:
        return self.rows[0]

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def servers(monkeypatch) -> dict[str, Server]:
    found = {"default": Server(("0/1",)), "replica": Server((True, True, 0))}
    monkeypatch.setattr(replica, "connections", found)
    monkeypatch.setattr(replica, "is_configured", lambda: True)
    return found


@pytest.mark.parametrize(
    ("replica_takes", "primary_takes", "is_read"),
    [
        ([0, 0], [0], True),
        ([SLOW, SLOW], [0], False),
        ([SLOW, SLOW], [SLOW], True),
        ([SLOW, 0], [0], True),
        ([0, SLOW], [0], True),
    ],
    ids=["quick", "slow", "both are slow", "one stumble", "another"],
)
def test_a_replica_is_not_read_while_it_is_slower_than_the_primary(servers, replica_takes, primary_takes, is_read):
    replica = Replica()
    servers["default"].takes, servers["replica"].takes = list(primary_takes), list(replica_takes)
    replica.tick()
    servers["replica"].takes = list(replica_takes)
    for state in (replica.state, replica.look()):
        assert state.is_read is is_read
        assert state.reachable
        assert state.why == ("" if is_read else state.why)
        assert is_read or state.why.startswith("answers too slowly: 0.")


def test_nobody_waits_for_the_end_of_a_measurement_that_takes_long(servers):
    replica = Replica()
    replica.tick()
    assert replica.state.is_read
    held = servers["replica"].held = threading.Event()
    measuring = threading.Thread(target=replica.tick)
    measuring.start()
    ends = time.monotonic() + 10 * WAITS_S
    while replica.state.is_read and time.monotonic() < ends:
        time.sleep(0.01)
    assert replica.state.why.startswith("answers too slowly")
    servers["replica"].held = None
    held.set()
    measuring.join()
    replica.tick()
    assert replica.state.is_read
