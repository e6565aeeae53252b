"""``/api/v1/stream``: a real server and programs that talk to it; who may, what they get, and what ends it."""

import asyncio
import json
import re
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import requests
from asgiref.sync import sync_to_async
from django.conf import settings
from django.utils import timezone
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from accounts.models import ApiToken, User, Wallet
from alerts.models import Alert, Firing
from dashboard import stream
from dashboard.private import NOT_YOURS
from tests.dashboard.test_account_access import signed_in
from tests.dashboard.test_socket import PATIENCE_S, Browser, Process
from tests.snapshots.test_killed import database_url

pytestmark = pytest.mark.django_db(transaction=True)
MINE, HERS = "0x" + "c3" * 20, "0x" + "d4" * 20


@pytest.fixture(scope="module")
def server(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        url = database_url()
    given = {"DATABASE_URL": url, "SECRET_KEY": settings.SECRET_KEY}  # sessions are signed with it
    process = Process(module="tests.dashboard.program_server", **given)
    process.ask("limit", 0)
    yield process
    process.stop()


def make_dora(**values: Any) -> User:
    """Of the api tier, with a wallet; another trader has one, too."""
    dora = User.objects.create_user("dora", "dora@example.org", "x", **({"tier": "api"} | values))
    Wallet.objects.put(dora, MINE)
    Wallet.objects.put(User.objects.create_user("alice", "alice@example.org", "x"), HERS)
    return dora


@pytest.fixture
async def dora(transactional_db) -> User:
    return await sync_to_async(make_dora)()


async def issue(user: User, **values: Any) -> str:
    return (await sync_to_async(ApiToken.objects.issue)(user, "bot", **values))[1]


@asynccontextmanager
async def program(server: Process, token: str = "", path: str = "/api/v1/stream", **headers: str):
    """Connected: no origin, no cookie, and the token in the header."""
    if token:
        headers["Authorization"] = f"Bearer {token}"
    async with connect(f"ws://127.0.0.1:{server.port}{path}", additional_headers=headers, max_size=None) as socket:
        yield Browser(socket)


async def end_of(one: Browser) -> tuple[int, str]:
    """The code and the reason with which it is closed."""
    with pytest.raises(ConnectionClosed) as closed:
        await one.until(lambda: False)
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code, closed.value.rcvd.reason


async def test_a_program_gets_the_rows_of_the_pages_and_what_is_its_users(server, dora):
    def fire() -> Firing:
        alert = Alert.objects.add(dora, metric="mark", coin="BTC", threshold=Decimal(1))
        times = {"received_at": 1, "fired_at": 1, "decided_at": 1}
        return Firing.objects.create(alert=alert, user=dora, arm=1, sentence="mine", **times)

    firing = await sync_to_async(fire)()
    async with program(server, await issue(dora)) as one:
        await one.say(join=[f"account:{HERS}", f"account:{MINE}", "markets", "alerts"])
        await one.until(lambda: {"markets", "alerts"} <= one.rows.keys())
        assert "hello" in one.words[0]
        refused = {"error": NOT_YOURS, "topic": f"account:{HERS}"}
        assert [word for word in one.words if "error" in word] == [refused]
        assert one.rows["alerts"][str(firing.pk)]["firing"] == firing.pk
        assert one.rows["alerts"]["count"]["n"] == 1
        server.tell("mark", "BTC", "12345.5")
        await one.until(lambda: one.rows["markets"]["BTC"]["mark"] == "12,345.5")
        await sync_to_async(Wallet.objects.filter(user=dora).delete)()
        await one.until(lambda: one.words[-1] == {"error": NOT_YOURS, "topic": f"account:{MINE}"})


@pytest.mark.parametrize(
    ("values", "path", "code"),
    [
        (None, "", 4401),
        ({}, "?token={token}", 4000),
        ({}, "?token=%68ld_{rest}", 4000),
        ({"can_read": False, "can_alert": True}, "", 4403),
        ({"expires_at": timezone.now() - timedelta(seconds=1)}, "", 4401),
    ],
    ids=["nobody", "in the address", "hidden in the address", "without read", "expired"],
)
async def test_only_a_good_token_in_the_header_opens_it(server, dora, values, path, code):
    token = "" if values is None else await issue(dora, **values)
    path = "/api/v1/stream" + path.format(token=token, rest=token[4:])
    async with program(server, token, path) as one:
        closed, reason = await end_of(one)
        assert closed == code
        assert reason
        assert one.words == []


@pytest.mark.parametrize(
    "token", ["hld_01234567_" + "a" * 43, "x", "hld_", "ü"], ids=["unknown", "short", "mark", "odd"]
)
async def test_an_unknown_token_opens_nothing(server, dora, token):
    async with program(server, token) as one:
        assert (await end_of(one))[0] == 4401


async def test_a_session_opens_nothing_here_so_that_the_origin_need_not_be_asked(server, dora):
    key = await sync_to_async(signed_in)(dora)
    async with program(server, Cookie=f"sessionid={key}", Origin="https://evil.example") as one:
        assert (await end_of(one))[0] == 4401
    async with program(server, await issue(dora), Origin="https://evil.example") as one:
        await one.until(lambda: one.words)  # no browser adds this header by itself


async def test_a_token_opens_nothing_on_the_socket_of_the_pages(server, dora):
    """It is for everybody, so the socket stays; but nothing of the user's is on it."""
    async with program(server, await issue(dora), "/ws", Origin=f"http://127.0.0.1:{server.port}") as one:
        await one.say(join=["alerts", f"account:{MINE}"])
        await one.until(lambda: len([word for word in one.words if "error" in word]) == 2)


async def test_revoking_a_token_closes_what_it_opened_and_nothing_else(server, dora):
    """On the page, and while nobody asks which tokens count: it is heard of."""
    server.ask("look", False)
    key, token, other = await sync_to_async(signed_in)(dora), await issue(dora), await issue(dora)
    row = await ApiToken.objects.aget(prefix=token[:12])

    def press() -> None:
        browser, url = requests.Session(), f"http://127.0.0.1:{server.port}/account/tokens/"
        browser.cookies.set("sessionid", key)
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', browser.get(url, timeout=60).text)
        assert found is not None
        form = {"csrfmiddlewaretoken": found[1]}
        browser.post(f"{url}{row.pk}/revoke/", data=form, timeout=60).raise_for_status()

    async with program(server, token) as one, program(server, token) as two, program(server, other) as third:
        for each in (one, two, third):
            await each.until(lambda each=each: each.words)
        await asyncio.to_thread(press)
        assert [await end_of(each) for each in (one, two)] == [(4401, "this token does not count any more")] * 2
        await third.say(join=["markets"])
        await third.until(lambda: "markets" in third.rows)
    server.ask("look", True)
    async with program(server, token) as again:
        assert (await end_of(again))[0] == 4401


@pytest.mark.parametrize("what", ["it expires", "the tier is lost", "the user is disabled", "it is deleted"])
async def test_a_token_that_counts_no_more_is_found_without_a_word_of_it(server, dora, what):
    token = await issue(dora)
    users, tokens = User.objects.filter(pk=dora.pk), ApiToken.objects.filter(user=dora)
    async with program(server, token) as one:
        await one.until(lambda: one.words)
        if what == "it expires":
            await tokens.aupdate(expires_at=timezone.now() + timedelta(seconds=0.5))
        elif what == "it is deleted":
            await tokens.adelete()
        else:
            await users.aupdate(**{"tier": "pro"} if "tier" in what else {"is_active": False})
        assert await end_of(one) == (4401, "this token does not count any more")


async def test_what_lasts_is_noted_as_use(server, dora):
    token = await issue(dora)
    long_ago = timezone.now() - timedelta(days=3)
    async with program(server, token) as one:
        await one.until(lambda: one.words)
        await ApiToken.objects.filter(user=dora).aupdate(last_used_at=long_ago)
        async with asyncio.timeout(PATIENCE_S):
            while (await ApiToken.objects.aget(user=dora)).last_used_at == long_ago:
                await asyncio.sleep(0.1)


async def test_opening_and_each_message_count_by_the_tier(server, transactional_db):
    dora = await sync_to_async(make_dora)(pk=7_001)  # nobody else has been counted under this number
    token = await issue(dora)
    assert server.ask("limit", 3) == 3
    try:
        async with program(server, token) as one:
            await one.say(join=["markets"])
            await one.say(leave=["markets"])
            await one.until(lambda: "markets" in one.rows)
            await one.say(join=["status"])
            code, reason = await end_of(one)
            assert (code, reason.partition(",")[0]) == (4029, "at most 3 requests in 60 seconds")
            assert "status" not in one.rows
        async with program(server, token) as one:
            assert (await end_of(one))[0] == 4029
    finally:
        server.ask("limit", 0)


async def test_a_token_opens_so_many_at_once_and_no_more(server, dora):
    token = await issue(dora)
    held = [await connect_held(server, token) for _ in range(stream.MOST_STREAMS)]
    async with program(server, token) as one:
        assert await end_of(one) == (4029, f"at most {stream.MOST_STREAMS} streams of a token at once")
    async with program(server, await issue(dora)) as one:
        await one.until(lambda: one.words)
    for socket in held:
        await socket.close()


async def connect_held(server: Process, token: str):
    """Greeted, and left open."""
    headers = {"Authorization": f"Bearer {token}"}
    socket = await connect(f"ws://127.0.0.1:{server.port}/api/v1/stream", additional_headers=headers)
    assert "hello" in json.loads(await asyncio.wait_for(socket.recv(), PATIENCE_S))
    return socket
