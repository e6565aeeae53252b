"""Who may join the topic of an account: nobody but those who have it among their wallets, while they have it."""

import asyncio
import json
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from accounts.models import Session, User, Wallet
from accounts.sessions import end
from dashboard.consumer import socket_application
from dashboard.fanout import Fanout
from dashboard.mirror import Mirror
from dashboard.private import NOT_YOURS, recheck_once
from tests.cast import make_cast

WATCHED = "0x" + "c3" * 20
BOTHS = "0x" + "d4" * 20
TOPIC = f"account:{WATCHED}"


@pytest.fixture
def cast(transactional_db):
    """Alice watches both accounts, Bob the second one; Charlie and Ada, an admin, none."""
    cast = make_cast()
    Wallet.objects.put(cast.alice, WATCHED)
    Wallet.objects.put(cast.alice, BOTHS)
    Wallet.objects.put(cast.bob, BOTHS)
    return cast


def signed_in(user: User) -> str:
    """The key of a new session of his."""
    browser = Client()
    browser.force_login(user)
    return browser.cookies["sessionid"].value


class Tab:
    """A page's socket, at the browser's end."""

    def __init__(self, fanout: Fanout, key: str, **options) -> None:
        self.fanout, self.words, self.told = fanout, asyncio.Queue(), []
        self.words.put_nowait({"type": "websocket.connect"})
        headers = [(b"cookie", f"sessionid={key}".encode())] if key else []
        application = socket_application(fanout, **options)
        self.task = asyncio.create_task(application({"headers": headers}, self.words.get, self.hear))

    async def hear(self, event) -> None:
        if "text" in event:
            self.told.append(json.loads(event["text"]))

    @property
    def errors(self) -> dict[str, str]:
        return {told["topic"]: told["error"] for told in self.told if "error" in told}

    @property
    def topics(self) -> set[str]:
        return {topic for browser in self.fanout.browsers for topic in browser.topics}

    async def join(self, *topics: str) -> set[str]:
        """Ask for topics; those that are joined once each has been joined or refused."""
        self.words.put_nowait({"type": "websocket.receive", "text": json.dumps({"join": [*topics, "status"]})})
        async with asyncio.timeout(20):
            while not {*topics, "status"} <= self.topics | self.errors.keys():
                await asyncio.sleep(0.01)
        return self.topics - {"status"}


@asynccontextmanager
async def tab(key: str, **options):
    fanout = Fanout(Mirror())
    opened = Tab(fanout, key, **options)
    try:
        yield opened
    finally:
        opened.words.put_nowait({"type": "websocket.disconnect"})
        await opened.task


async def test_who_has_it_among_his_wallets_may_join(cast):
    key = await sync_to_async(signed_in)(cast.alice)
    async with tab(key) as alice:
        assert await alice.join(TOPIC, f"account:{BOTHS}") == {TOPIC, f"account:{BOTHS}"}
        assert not alice.errors


@pytest.mark.parametrize("name", ["bob", "charlie", "ada"])
async def test_nobody_else_may_not_even_an_admin(cast, name):
    key = await sync_to_async(signed_in)(getattr(cast, name))
    async with tab(key) as other:
        assert await other.join(TOPIC) == set()
        assert other.errors == {TOPIC: NOT_YOURS}


async def test_each_sees_his_own_of_what_several_ask_for_in_one_go(cast):
    key = await sync_to_async(signed_in)(cast.bob)
    async with tab(key) as bob:
        assert await bob.join(TOPIC, f"account:{BOTHS}", f"account:{'0x' + '0' * 40}") == {f"account:{BOTHS}"}
        assert len(bob.errors) == 2


@pytest.mark.parametrize("key", ["", "f" * 32, "f" * 31 + "'", r'"\000"', "ü" * 32])
async def test_without_a_session_of_ours_there_is_no_account(cast, key):
    async with tab(key) as nobody:
        assert await nobody.join(TOPIC) == set()
        assert nobody.errors == {TOPIC: NOT_YOURS}


async def test_an_anonymous_session_sees_none(cast):
    def visited() -> str:
        browser = Client()
        session = browser.session
        session["seen"] = True
        session.save()
        return session.session_key

    async with tab(await sync_to_async(visited)()) as nobody:
        assert await nobody.join(TOPIC) == set()


def ended(key: str) -> None:
    end([key])


def expired(key: str) -> None:
    Session.objects.filter(pk=key).update(expire_date=timezone.now() - timedelta(seconds=1))


def disabled(key: str) -> None:
    User.objects.filter(sessions__pk=key).update(is_active=False)


def taken_out(key: str) -> None:
    Wallet.objects.filter(user__sessions__pk=key, address=WATCHED).delete()


@pytest.mark.parametrize("change", [ended, expired, disabled, taken_out])
async def test_a_socket_that_was_opened_before_the_right_ended_joins_nothing(cast, change):
    key = await sync_to_async(signed_in)(cast.alice)
    async with tab(key) as alice:
        await sync_to_async(change)(key)
        assert await alice.join(TOPIC) == set()
        assert alice.errors == {TOPIC: NOT_YOURS}


@pytest.mark.parametrize("change", [ended, expired, disabled, taken_out])
async def test_an_account_is_taken_away_from_who_has_joined_it_once_his_right_has_ended(cast, change):
    key = await sync_to_async(signed_in)(cast.alice)
    async with tab(key) as alice:
        await alice.join(TOPIC, "markets")
        await recheck_once(alice.fanout)
        assert alice.topics == {TOPIC, "markets", "status"}
        await sync_to_async(change)(key)
        await recheck_once(alice.fanout)
        assert alice.topics == {"markets", "status"}
        assert alice.fanout.mirror.snapshot(TOPIC) is None
        async with asyncio.timeout(20):
            while alice.errors != {TOPIC: NOT_YOURS}:
                await asyncio.sleep(0.01)


async def test_while_the_database_cannot_say_nobody_joins_and_the_socket_stays(cast):
    async def away(sessions, addresses):
        raise DatabaseError("away")

    key = await sync_to_async(signed_in)(cast.alice)
    async with tab(key, may_see=away) as alice:
        assert await alice.join(TOPIC, "markets") == {"markets"}


async def test_one_that_is_sent_away_while_the_database_is_asked_joins_nothing(cast):
    key = await sync_to_async(signed_in)(cast.alice)
    asked = asyncio.Event()

    async def slow(sessions, addresses):
        asked.set()
        await asyncio.sleep(0.2)
        return {(one, address) for one in sessions for address in addresses}

    async with tab(key, may_see=slow) as alice:
        text = json.dumps({"join": [TOPIC]})
        alice.words.put_nowait({"type": "websocket.receive", "text": text})
        await asked.wait()
        alice.fanout.close_all(4401, "this session has ended")
        await asyncio.sleep(0.5)
        assert TOPIC not in alice.fanout.mirror.replicas
