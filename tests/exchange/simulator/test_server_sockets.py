"""The socket answers, refuses and ends as API.md section 4 says."""

import asyncio
import json
import socket

import aiohttp
import pytest

from exchange.simulator import faults
from exchange.simulator.limits import Limits
from exchange.simulator.world import World
from tests.exchange.simulator import worlds
from tests.exchange.simulator.server_client import Stage, stage

ALICE, BOB = "0x" + "aB" * 20, "0x" + "cd" * 20


@pytest.fixture(scope="module")
def world() -> World:
    return worlds.small(3)


@pytest.fixture
async def stand(world: World):
    async with stage(world) as stand:
        yield stand


async def test_it_acknowledges_with_the_defaults_filled_in_before_any_data(stand: Stage):
    async with stand.talk() as talk:
        answer = await talk.ask("subscribe", type="l2Book", coin="BTC", novelty=1)
        assert answer == {
            "channel": "subscriptionResponse",
            "data": {
                "method": "subscribe",
                "subscription": {
                    "type": "l2Book",
                    "coin": "BTC",
                    "nSigFigs": None,
                    "mantissa": None,
                    "fast": False,
                },
            },
        }
        assert (await talk.hear())["channel"] == "l2Book"
        answer = await talk.ask("subscribe", type="userFills", user=ALICE)
        assert answer["data"]["subscription"] == {
            "type": "userFills",
            "user": ALICE.lower(),
            "aggregateByTime": False,
        }


async def test_it_echoes_a_dex_of_all_mids_only_if_it_was_sent(stand: Stage):
    async with stand.talk() as talk:
        assert (await talk.ask("subscribe", type="allMids"))["data"]["subscription"] == {"type": "allMids"}
        await talk.flush()
        answer = await talk.ask("subscribe", type="allMids", dex="xyz")
        assert answer["data"]["subscription"] == {"type": "allMids", "dex": "xyz"}
        assert (await talk.hear())["data"]["dex"] == "xyz"


async def test_a_pong_has_no_data(stand: Stage):
    async with stand.talk() as talk:
        await talk.say({"method": "ping"})
        assert await talk.hear() == {"channel": "pong"}


async def test_subscribing_twice_is_an_error_and_the_defaults_count(stand: Stage):
    async with stand.talk() as talk:
        await talk.subscribe(type="l2Book", coin="BTC")
        await talk.flush()
        answer = await talk.ask("subscribe", type="l2Book", coin="BTC", nSigFigs=None)
        echo = '{"type":"l2Book","coin":"BTC","nSigFigs":null,"mantissa":null,"fast":false}'
        assert answer == {"channel": "error", "data": f"Already subscribed: {echo}"}


async def test_unsubscribing_is_acknowledged_once(stand: Stage):
    async with stand.talk() as talk:
        await talk.subscribe(type="trades", coin="BTC")
        await talk.flush()
        answer = await talk.ask("unsubscribe", type="trades", coin="BTC")
        expected = {"method": "unsubscribe", "subscription": {"type": "trades", "coin": "BTC"}}
        assert answer == {"channel": "subscriptionResponse", "data": expected}
        answer = await talk.ask("unsubscribe", type="trades", coin="BTC")
        assert answer == {"channel": "error", "data": 'Already unsubscribed: {"type":"trades","coin":"BTC"}'}
        await stand.pass_time(10)
        assert await talk.flush() == []


@pytest.mark.parametrize(
    "frame",
    [
        "not json",
        '{"method":"subscribe","subscription":{"type":"bbo","coin":["BTC","ETH"]}}',
        '{"method":"subscribe","subscription":{"type":"trades"}}',
        '{"method":"subscribe","subscription":{"type":"webData2","user":"' + ALICE + '"}}',
        '{"method":"subscribe","subscription":{"type":"userFills","user":"0x12"}}',
        '{"method":"subscribe","subscription":{"type":"l2Book","coin":"BTC","fast":"yes"}}',
        '{"method":"subscribe","subscription":{"type":"l2Book","coin":"BTC","nSigFigs":"5"}}',
        '{"method":"subscribe","subscription":{"type":["bbo"],"coin":"BTC"}}',
        '{"method":"subscribe","subscription":["bbo"]}',
        '{"method":"subscribe","xsubscription":{"type":"bbo","coin":"SOL"}}',
        '{"method":"unsubscribe","subscription":{"type":"novelty"}}',
        '{"method":"dance"}',
        '{"method":"post","request":{"type":"info","payload":{"type":"meta"}}}',
        '{"method":"post","id":1,"request":{"type":"explorer","payload":{}}}',
        "[]",
        "[" * 100_000,
    ],
)
async def test_what_it_cannot_parse_comes_back_as_an_error_and_the_socket_stays(stand: Stage, frame: str):
    async with stand.talk() as talk:
        await talk.say(frame)
        error = await talk.hear()
        assert error == {
            "channel": "error",
            "data": f"Error parsing JSON into valid websocket request: {frame}",
        }
        assert await talk.flush() == []


async def test_binary_frames_are_read_as_text(stand: Stage):
    async with stand.talk() as talk:
        await talk.ws.send_bytes(b'{"method":"ping"}')
        assert await talk.hear() == {"channel": "pong"}
        await talk.ws.send_bytes(b"\xff")
        assert (await talk.hear())["channel"] == "error"


@pytest.mark.parametrize(
    "subscription",
    [
        {"type": "candle", "coin": "BTC", "interval": "7m"},
        {"type": "activeAssetData", "user": ALICE, "coin": "@1"},
        {"type": "activeAssetData", "user": ALICE, "coin": "PURR/USDC"},
    ],
)
async def test_an_invalid_subscription_is_an_error(stand: Stage, subscription: dict):
    async with stand.talk() as talk:
        error = await talk.ask("subscribe", **subscription)
        assert error["channel"] == "error"
        assert error["data"].startswith('Invalid subscription {"type":')


@pytest.mark.parametrize(
    "subscription",
    [
        {"type": "trades", "coin": "btc"},
        {"type": "bbo", "coin": "NOSUCH"},
        {"type": "bbo", "coin": "XYZ:SP500"},
        {"type": "l2Book", "coin": "SP500"},
        {"type": "l2Book", "coin": "BTC", "nSigFigs": 6},
        {"type": "l2Book", "coin": "BTC", "nSigFigs": 1},
        {"type": "l2Book", "coin": "BTC", "mantissa": 2},
        {"type": "l2Book", "coin": "BTC", "nSigFigs": 4, "mantissa": 2},
        {"type": "l2Book", "coin": "BTC", "nSigFigs": 5, "mantissa": 3},
        {"type": "allMids", "dex": "nosuch"},
        {"type": "openOrders", "user": ALICE, "dex": "nosuch"},
    ],
)
async def test_a_wrong_name_kills_the_socket_without_a_word(stand: Stage, subscription: dict):
    async with stand.talk() as talk, stand.talk() as other:
        await talk.subscribe(type="allMids")
        await talk.flush()
        await talk.say({"method": "subscribe", "subscription": subscription})
        assert await talk.flush() == []
        await stand.pass_time(0.05)
        assert await talk.flush() == []
        await stand.pass_time(0.8)
        assert await talk.ended() == aiohttp.WSCloseCode.ABNORMAL_CLOSURE
        assert await other.flush() == []
    assert len(stand.exchange.sockets) <= 1


@pytest.mark.parametrize("precision", [{"nSigFigs": 2}, {"nSigFigs": 5}, {"nSigFigs": 5, "mantissa": 5}])
async def test_a_right_precision_is_served(stand: Stage, precision: dict):
    async with stand.talk() as talk:
        await talk.subscribe(type="l2Book", coin="BTC", **precision)
        assert (await talk.hear())["data"]["coin"] == "BTC"


async def test_a_socket_that_was_sent_nothing_for_sixty_seconds_is_dropped(stand: Stage):
    async with stand.talk() as talk:
        await stand.pass_time(40)
        assert await talk.flush() == []
        await stand.pass_time(59.8)
        assert len(stand.exchange.sockets) == 1
        await stand.pass_time(0.4)
        assert await talk.ended() == aiohttp.WSCloseCode.ABNORMAL_CLOSURE


async def test_data_keeps_a_socket_open(stand: Stage):
    async with stand.talk() as talk:
        await talk.subscribe(type="allMids")
        await stand.pass_time(70)
        assert len(stand.exchange.sockets) == 1


async def test_it_neither_compresses_nor_pings(stand: Stage):
    async with stand.http.ws_connect(stand.exchange.ws_url, compress=15, autoping=False) as ws:
        assert ws.compress == 0
        await stand.pass_time(55)
        with pytest.raises(TimeoutError):
            await ws.receive(timeout=0.05)


# Posts ---------------------------------------------------------------------------------------


async def post(stand: Stage, payload, kind: str = "info"):
    async with stand.talk() as talk:
        await talk.say({"method": "post", "id": 7, "request": {"type": kind, "payload": payload}})
        await stand.settle()
        await stand.pass_time(0.2)
        frame = await talk.hear()
        assert frame["channel"] == "post"
        assert frame["data"]["id"] == 7
        return frame["data"]["response"]


async def test_a_post_is_answered_with_its_id(stand: Stage):
    response = await post(stand, {"type": "exchangeStatus"})
    assert response["type"] == "info"
    assert response["payload"]["type"] == "exchangeStatus"
    assert response["payload"]["data"]["specialStatuses"] is None


async def test_an_unknown_coin_in_a_posted_book_is_null(stand: Stage):
    payload = {"type": "l2Book", "coin": "NOSUCH"}
    assert await post(stand, payload) == {"type": "info", "payload": {"type": "l2Book", "data": None}}


async def test_a_post_that_fails_mirrors_the_http_status(stand: Stage):
    unknown = await post(stand, {"type": "novelty"})
    assert unknown == {
        "type": "error",
        "payload": "422 Failed to deserialize the JSON body into the target type",
    }
    assert (await post(stand, "text"))["payload"].startswith("422")
    payload = {"type": "fundingHistory", "coin": "NOSUCH", "startTime": 0}
    assert await post(stand, payload) == {"type": "error", "payload": "500 null"}
    assert (await post(stand, {}, "action"))["type"] == "error"


async def test_post_replies_come_out_of_order_and_draw_on_the_weight(stand: Stage):
    async with stand.talk() as talk:
        for number in range(20):
            payload = {"type": "exchangeStatus"}
            await talk.say({"method": "post", "id": number, "request": {"type": "info", "payload": payload}})
        await stand.settle()
        await stand.pass_time(0.2)
        ids = [frame["data"]["id"] for frame in await talk.flush()]
    assert sorted(ids) == list(range(20)) != ids
    assert stand.exchange.usage.total["weight"] == 40


async def test_too_many_posts_in_flight_are_an_error_that_names_the_id(world: World):
    async with stage(world, Limits(posts=2)) as stand, stand.talk() as talk:
        for number in (11, 12, 13):
            payload = {"type": "exchangeStatus"}
            await talk.say({"method": "post", "id": number, "request": {"type": "info", "payload": payload}})
        assert await talk.hear() == {"channel": "error", "data": "too many pending post requests id=13"}
        await stand.pass_time(0.2)
        assert len(await talk.flush()) == 2
        assert stand.exchange.usage.peak["posts"] == 2


# Limits --------------------------------------------------------------------------------------


async def test_an_eleventh_connection_is_closed_with_1008_and_says_why(stand: Stage):
    sockets = [await stand.http.ws_connect(stand.exchange.ws_url) for _ in range(11)]
    message = await sockets[10].receive(timeout=60)
    assert message.type == aiohttp.WSMsgType.CLOSE
    assert message.data == 1008
    assert message.extra == "Cannot open more than 10 connections."
    assert stand.exchange.usage.rejected == {"sockets": 1}
    for ws in sockets:
        await ws.close()


async def test_limits_count_per_address(world: World):
    async with stage(world, Limits(sockets=1)) as stand, stand.talk():
        connector = aiohttp.TCPConnector(local_addr=("127.0.0.2", 0))
        async with aiohttp.ClientSession(connector=connector) as elsewhere:
            async with elsewhere.ws_connect(stand.exchange.ws_url) as ws:
                await ws.send_str('{"method":"ping"}')
                assert await ws.receive_str(timeout=60) == '{"channel":"pong"}'
        assert stand.exchange.usage.peak["sockets"] == 1


async def test_users_are_refused_with_the_exact_text_and_freed(world: World):
    async with stage(world, Limits(users=1)) as stand, stand.talk() as talk:
        async with stand.talk() as other:
            await other.subscribe(type="userFills", user=ALICE)
            await talk.subscribe(type="openOrders", user=ALICE.lower())
            await talk.flush()
            full = {"channel": "error", "data": "Cannot track more than 1 total users."}
            assert await talk.ask("subscribe", type="userFills", user=BOB) == full
            await talk.ask("unsubscribe", type="openOrders", user=ALICE)
        await stand.settle()
        assert await talk.ask("subscribe", type="userFills", user=BOB) == full
        await stand.pass_time(2.1)
        await talk.subscribe(type="userFills", user=BOB)
        assert stand.exchange.usage.rejected == {"users": 2}
        assert stand.exchange.usage.peak["users"] == 1


async def test_frames_and_subscriptions_over_the_limit_get_the_texts(world: World):
    async with stage(world, Limits(frames=3, subscriptions=1, idle_seconds=90)) as stand, stand.talk() as talk:
        await talk.subscribe(type="userEvents", user=ALICE)
        error = await talk.ask("subscribe", type="userEvents", user=BOB)
        assert error["data"] == "Cannot subscribe to more than 1 channels."
        assert await talk.flush() == []
        await talk.say({"method": "ping"})
        assert (await talk.hear())["data"] == "Cannot send more than 3 messages per minute."
        await stand.pass_time(60.1)
        assert await talk.flush() == []


async def test_limits_may_change_while_clients_are_there(stand: Stage):
    async with stand.talk() as talk:
        stand.exchange.limits = Limits(users=0)
        error = await talk.ask("subscribe", type="userEvents", user=ALICE)
        assert error["data"] == "Cannot track more than 0 total users."


async def test_a_client_that_does_not_read_is_dropped_and_stalls_nobody(world: World):
    async with stage(world, Limits(queue_bytes=50_000)) as stand, stand.talk() as reader:
        sleeper, writer = await sleeping_client(stand, sorted(world.coins()))
        await reader.subscribe(type="l2Book", coin="BTC", fast=True)
        heard = 0
        for _ in range(300):
            await stand.pass_time(2)
            heard += len(await reader.flush())
            if len(stand.exchange.sockets) == 1:
                break
        assert len(stand.exchange.sockets) == 1
        assert heard > 3
        del sleeper
        writer.close()


async def sleeping_client(stand: Stage, coins: list[str]):
    """A client with small buffers that subscribes and then never reads."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.setblocking(False)
    port = int(stand.exchange.url.rsplit(":", 1)[1])
    await asyncio.get_running_loop().sock_connect(raw, ("127.0.0.1", port))
    reader, writer = await asyncio.open_connection(sock=raw, limit=4096)
    writer.write(
        b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    await reader.readuntil(b"\r\n\r\n")
    for coin in coins:
        wanted = {"type": "l2Book", "coin": coin, "fast": True}
        frame = json.dumps({"method": "subscribe", "subscription": wanted}).encode()
        writer.write(bytes([0x81, 0x80 | len(frame), 0, 0, 0, 0]) + frame)
    await stand.settle()
    return reader, writer


# Faults --------------------------------------------------------------------------------------


async def test_a_refused_type_is_a_parse_error_and_a_silent_one_is_acknowledged(stand: Stage):
    stand.exchange.faults.add(faults.RefuseSubscription(type="bbo"), faults.SilentSubscription(type="trades"))
    async with stand.talk() as talk:
        error = await talk.ask("subscribe", type="bbo", coin="BTC")
        assert error["data"].startswith("Error parsing JSON into valid websocket request: {")
        await talk.subscribe(type="trades", coin="BTC")
        await stand.pass_time(20)
        assert await talk.flush() == []
        assert (await talk.ask("unsubscribe", type="trades", coin="BTC"))["data"]["method"] == "unsubscribe"


async def test_a_stalled_stream_leaves_the_socket_open_and_comes_back(stand: Stage):
    async with stand.talk() as talk:
        await talk.subscribe(type="allMids")
        await talk.flush()
        stand.exchange.faults.add(faults.Stall(stream="allMids", seconds=30))
        await stand.pass_time(29)
        assert await talk.flush() == []
        await stand.pass_time(6)
        assert [frame["channel"] for frame in await talk.flush()] in (["allMids"], ["allMids"] * 2)


async def test_latency_delays_everything(stand: Stage):
    async with stand.talk() as talk:
        stand.exchange.faults.add(faults.Latency(delay=3.0))
        await talk.say({"method": "ping"})
        await stand.settle()
        await stand.pass_time(2.9)
        with pytest.raises(TimeoutError):
            await talk.ws.receive(timeout=0.05)
        stand.exchange.faults.clear()
        await stand.pass_time(0.2)
        assert await talk.hear() == {"channel": "pong"}


async def test_garbled_frames_may_be_binary(stand: Stage):
    stand.exchange.faults.add(faults.Garble(stream="pong"))
    kinds = set()
    async with stand.talk() as talk:
        for _ in range(300):
            await talk.say({"method": "ping"})
            kinds.add((await talk.ws.receive(timeout=60)).type)
    assert kinds == {aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY}


async def test_it_refuses_connections_for_a_time(stand: Stage):
    stand.exchange.faults.add(faults.RefuseConnections(seconds=1))
    with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
        await stand.http.ws_connect(stand.exchange.ws_url)
    assert refusal.value.status == 503
    await stand.pass_time(1)
    async with stand.talk() as talk:
        assert await talk.flush() == []


async def test_it_disconnects_with_or_without_a_close_frame(stand: Stage):
    async with stand.talk() as talk, stand.talk() as other:
        assert await talk.flush() == await other.flush() == []
        ending = asyncio.gather(talk.ended(), other.ended())
        assert await stand.exchange.disconnect(code=1000) == 2
        assert await ending == [1000, 1000]
    async with stand.talk() as talk:
        await talk.flush()
        async with stand.talk() as other:
            await other.flush()
            assert await stand.exchange.disconnect(most=1) == 1
            assert await talk.ended() == 1006
            assert await other.flush() == []


async def test_what_a_lost_socket_held_is_free_again(stand: Stage):
    async with stand.talk() as talk:
        await talk.subscribe(type="trades", coin="BTC")
        await stand.exchange.disconnect()
        await talk.ended()
    await stand.settle()
    assert not stand.exchange.sockets
    assert stand.exchange._hub._streams == {}
