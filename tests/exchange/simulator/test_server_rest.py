"""``/info`` answers and refuses as API.md sections 1 and 2 say; ``/control`` turns it into a bad exchange."""

import asyncio
import json

import aiohttp
import pytest

from exchange.clock import ManualClock
from exchange.simulator import cast, faults
from exchange.simulator.limits import Limits
from exchange.simulator.profile import SMALL
from exchange.simulator.server import SimulatedExchange
from exchange.simulator.world import World
from tests.exchange.simulator import worlds
from tests.exchange.simulator.server_client import Stage, stage


@pytest.fixture(scope="module")
def world() -> World:
    return worlds.small(3)


@pytest.fixture
async def stand(world: World):
    async with stage(world) as stand:
        yield stand


async def send(
    stand: Stage, body: bytes, kind: str = "application/json", method: str = "POST", path: str = "/info"
):
    headers = {"Content-Type": kind}
    url = stand.exchange.url + path
    async with stand.http.request(method, url, data=body, headers=headers) as answer:
        return answer.status, answer.content_type, (await answer.read()).decode(), answer.headers


DESERIALIZE = "Failed to deserialize the JSON body into the target type"


@pytest.mark.parametrize(
    ("body", "status", "kind", "text"),
    [
        (b'{"type":"novelty"}', 422, "text/plain", DESERIALIZE),
        (b'{"type":"clearinghouseState"}', 422, "text/plain", DESERIALIZE),
        (b'{"type":7}', 422, "text/plain", DESERIALIZE),
        (b"[]", 422, "text/plain", DESERIALIZE),
        (b'{"type":"l2Book","coin":"NOSUCH"}', 200, "application/json", "null"),
        (b'{"type":"fundingHistory","coin":"NOSUCH","startTime":0}', 500, "application/json", "null"),
        (b'{"type":"metaAndAssetCtxs","dex":"nosuch"}', 500, "application/json", "null"),
    ],
)
async def test_the_table_of_errors(stand: Stage, body: bytes, status: int, kind: str, text: str):
    answer = await send(stand, body)
    assert answer[:3] == (status, kind, text)
    assert answer[3]["Access-Control-Allow-Origin"] == "*"
    assert "Retry-After" not in answer[3]
    assert "Content-Encoding" not in answer[3]


async def test_what_is_not_json_is_400_and_a_wrong_content_type_415(stand: Stage):
    assert (await send(stand, b"{"))[0:2] == (400, "text/plain")
    assert (await send(stand, b"[" * 100_000))[0] == 400
    assert (await send(stand, b'{"type":"meta"}', "text/plain"))[0:2] == (415, "text/plain")


async def test_get_is_405_and_empty(stand: Stage):
    assert (await send(stand, b"", method="GET"))[0::2][:2] == (405, "")


async def test_weights_are_spent_and_beyond_1200_a_minute_it_answers_429_null(stand: Stage):
    for _ in range(60):
        assert (await stand.info({"type": "meta"}))[0] == 200
    assert await stand.info({"type": "exchangeStatus"}) == (429, None)
    assert stand.exchange.usage.peak["weight"] == 1200
    assert stand.exchange.usage.rejected == {"weight": 1}
    await stand.pass_time(59.9)
    assert (await stand.info({"type": "exchangeStatus"}))[0] == 429
    await stand.pass_time(0.2)
    assert (await stand.info({"type": "exchangeStatus"}))[0] == 200


async def test_rows_cost_a_surcharge_once_they_are_known(stand: Stage):
    status, fills = await stand.info({"type": "userFills", "user": cast.MARKET_MAKER})
    assert status == 200
    assert len(fills) == 2000
    assert stand.exchange.usage.peak["weight"] == 120


async def test_limits_of_weight_can_be_lifted(world: World):
    async with stage(world, Limits.none()) as stand:
        for _ in range(30):
            assert (await stand.info({"type": "userRole", "user": cast.TRADER}))[0] == 200
        assert stand.exchange.usage.peak["weight"] == 1800


async def test_rest_faults(stand: Stage):
    body = b'{"type":"exchangeStatus"}'
    for answer, status, text in (("429", 429, "null"), ("500", 500, "null"), ("502", 502, "<html>")):
        stand.exchange.faults.clear()
        stand.exchange.faults.add(faults.RestFault(answer=answer))
        got = await send(stand, body)
        assert got[0] == status
        assert got[2].startswith(text)
    stand.exchange.faults.clear()
    stand.exchange.faults.add(faults.RestFault(answer="garbage", type="exchangeStatus"))
    status, _, text, _ = await send(stand, body)
    assert status == 200
    with pytest.raises(json.JSONDecodeError):
        json.loads(text)
    assert (await send(stand, b'{"type":"meta"}'))[0] == 200
    assert stand.exchange.usage.total["weight"] == 20


async def test_a_call_may_never_be_answered(stand: Stage):
    stand.exchange.faults.add(faults.RestFault(answer="timeout"))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await stand.info({"type": "meta"})


async def test_what_waits_for_an_answer_does_not_hold_up_the_stop(world: World):
    clock = ManualClock(world.now_ms)
    async with aiohttp.ClientSession() as http:
        async with SimulatedExchange(world, clock) as exchange:
            exchange.faults.add(faults.RestFault(answer="timeout"))
            waiting = asyncio.ensure_future(http.post(f"{exchange.url}/info", json={"type": "meta"}))
            await asyncio.sleep(0.05)
        assert (await waiting).status == 502


async def test_latency_delays_answers(stand: Stage):
    stand.exchange.faults.add(faults.Latency(delay=2.0))
    waiting = asyncio.ensure_future(stand.info({"type": "exchangeStatus"}))
    await stand.settle()
    await stand.pass_time(1.9)
    assert not waiting.done()
    await stand.pass_time(0.2)
    assert (await waiting)[0] == 200


# /control ------------------------------------------------------------------------------------


async def control(stand: Stage, order: dict | None = None) -> dict:
    method = "GET" if order is None else "POST"
    async with stand.http.request(method, f"{stand.exchange.url}/control", json=order) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.json()


async def test_control_adds_and_clears_faults_and_changes_limits(stand: Stage):
    state = await control(stand, {"add": [{"kind": "stall", "seconds": 5}], "limits": {"users": 3}})
    assert state["faults"] == [{"kind": "stall", "seconds": 5.0, "share": 1.0, "stream": "*", "about": None}]
    assert stand.exchange.limits == Limits(users=3)
    state = await control(stand, {"clear": True})
    assert state["faults"] == []
    assert state["limits"]["users"] == 3


async def test_control_tells_time_and_usage(stand: Stage):
    await stand.info({"type": "exchangeStatus"})
    await stand.pass_time(1)
    state = await control(stand)
    assert state["now_ms"] == stand.exchange.world.now_ms
    assert state["usage"] == {"peak": {"weight": 2}, "rejected": {}, "total": {"weight": 2}}


async def test_control_disconnects(stand: Stage):
    async with stand.talk() as talk:
        await talk.flush()
        ending = asyncio.create_task(talk.ended())
        state = await control(stand, {"disconnect": {"code": 1000, "most": 1}})
        assert state["disconnected"] == 1
        assert await ending == 1000
    assert (await control(stand, {"disconnect": {}}))["disconnected"] == 0


@pytest.mark.parametrize("order", [{"add": [{"kind": "novelty"}]}, {"limits": {"novelty": 1}}, {"novelty": 1}, []])
async def test_control_refuses_what_it_does_not_know(stand: Stage, order):
    async with stand.http.post(f"{stand.exchange.url}/control", json=order) as answer:
        assert answer.status == 400
    assert stand.exchange.limits == Limits()
    assert stand.exchange.faults.active() == []


# The server itself ---------------------------------------------------------------------------


async def test_an_error_in_the_world_ends_all_sockets_and_is_raised_by_stop(caplog: pytest.LogCaptureFixture):
    class Broken(World):
        def advance(self, to_ms: int):
            raise ArithmeticError("the world is flat")

    world = Broken(seed=3, profile=SMALL)
    clock = ManualClock(world.now_ms)
    exchange = SimulatedExchange(world, clock)
    await exchange.start()
    async with aiohttp.ClientSession() as http, http.ws_connect(exchange.ws_url) as ws:
        await asyncio.sleep(0.05)
        await clock.advance(0.5)
        await ws.receive(timeout=60)
        assert ws.close_code == 1006
    with pytest.raises(ArithmeticError):
        await exchange.stop()
    assert "has stopped" in caplog.text


async def test_stopping_twice_or_before_the_start_does_no_harm(world: World):
    exchange = SimulatedExchange(world, ManualClock(world.now_ms))
    await exchange.stop()
    await exchange.start()
    assert exchange.url.startswith("http://127.0.0.1:")
    await exchange.stop()
    await exchange.stop()
