"""A breaker shared by threads, and the exchange's REST behind one."""

import threading
import time

import pytest

from exchange.breaker import CLOSED, HALF_OPENED, OPENED, Breaker
from exchange.clock import FastClock
from exchange.errors import ExchangeDown, LeftAlone, RateLimited, Refused, Unreachable
from exchange.info import InfoClient
from tests.exchange.info_server import info_server

META = {"universe": [], "marginTables": [], "collateralToken": 0}
RESPITE_S = 0.3


@pytest.fixture
def breaker() -> Breaker:
    return Breaker("it", failures=3, respite_s=RESPITE_S)


def fail(breaker: Breaker, times: int = 1) -> None:
    for _ in range(times):
        assert breaker.admits()
        breaker.ended(OSError("gone"))


def test_it_opens_after_failures_in_a_row_and_not_before(breaker) -> None:
    fail(breaker, 2)
    assert breaker.admits()
    breaker.ended()
    fail(breaker, 2)
    assert (breaker.state.state, breaker.state.failures, breaker.state.since) == (CLOSED, 2, None)
    fail(breaker)
    assert breaker.state.state == OPENED
    assert not breaker.admits()
    assert abs(breaker.state.since - time.time() * 1000) < 5000


def test_after_the_respite_one_call_decides_for_all(breaker) -> None:
    fail(breaker, 3)
    since = breaker.state.since
    time.sleep(RESPITE_S * 1.2)
    assert breaker.admits()
    assert breaker.state.state == HALF_OPENED
    assert not breaker.admits(), "one at a time"
    breaker.ended(OSError("still gone"))
    assert (breaker.state.state, breaker.state.since) == (OPENED, since), "it has been away since then"
    time.sleep(RESPITE_S * 1.2)
    assert breaker.admits()
    breaker.ended()
    assert breaker.state.state == CLOSED
    assert breaker.state.since is None


def test_of_many_threads_at_once_one_is_let_through_to_try(breaker) -> None:
    fail(breaker, 3)
    time.sleep(RESPITE_S * 1.2)
    together, admitted = threading.Barrier(16), []

    def ask() -> None:
        together.wait()
        admitted.append(breaker.admits())

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(admitted) == 1


def test_an_answer_to_what_was_asked_before_it_opened_changes_nothing(breaker) -> None:
    assert breaker.admits()
    fail(breaker, 3)
    breaker.ended()
    assert breaker.state.state == OPENED


def client(url: str, breaker: Breaker) -> InfoClient:
    return InfoClient(url, clock=FastClock(1_795_502_940_000, speed=500), tries=1, breaker=breaker)


def test_an_exchange_that_does_not_answer_is_not_asked_for_a_while_by_any_of_its_callers(breaker) -> None:
    with info_server() as server:
        server.will((503, b"down"), (503, b"down"), (503, b"down"), META)
        one = client(server.url, breaker)
        other = one.on_behalf_of("other", one.priority)
        for asked in (one, other, one):
            with pytest.raises(ExchangeDown):
                asked.meta()
        with pytest.raises(LeftAlone, match="has not answered lately"):
            other.meta()
        assert len(server.asked) == 3
        time.sleep(RESPITE_S * 1.2)
        assert other.meta().universe == []
        assert breaker.state.state == CLOSED


def test_an_exchange_that_answers_no_is_there(breaker) -> None:
    with info_server() as server:
        server.will(*[(422, b"no")] * 3, *[(429, b"slower")] * 3)
        for error in (*[Refused] * 3, *[RateLimited] * 3):
            with pytest.raises(error):
                client(server.url, breaker).meta()
        assert breaker.state.failures == 0


def test_silence_opens_it(breaker) -> None:
    for _ in range(3):
        with pytest.raises(Unreachable):
            client("http://127.0.0.1:9", breaker).meta()
    assert breaker.state.state == OPENED
