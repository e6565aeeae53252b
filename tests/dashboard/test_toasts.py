"""The socket's topic ``alerts``: who gets whose, at once, and what it says after each change."""

import asyncio
import json
from contextlib import asynccontextmanager

import pytest
from asgiref.sync import sync_to_async
from channels.layers import channel_layers, get_channel_layer
from django.test import Client

from accounts.models import Session, User
from alerts import announce
from alerts.models import Alert, Delivery, Destination, Firing
from alerts.transports import TRANSPORTS, Message, Temporary
from dashboard.consumer import socket_application
from dashboard.fanout import Fanout
from dashboard.mirror import Mirror
from dashboard.toasts import NOT_SIGNED_IN, Toasts
from tests.borrowed import in_thread
from tests.cast import make_cast
from tests.dashboard.test_account_access import signed_in

NOW = 1_800_000_000_000


@pytest.fixture
def cast(transactional_db):
    return make_cast()


@pytest.fixture
async def web():
    """A web process: its fan-out and its toasts, both at work."""
    channel_layers.backends.clear()  # an earlier test's layer has connections of that test's loop
    fanout = Fanout(Mirror())
    toasts = Toasts(fanout)
    work = asyncio.create_task(toasts.run())
    await asyncio.sleep(0)
    yield toasts
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    await get_channel_layer().flush()


class Tab:
    """A page's socket, at the browser's end."""

    def __init__(self, toasts: Toasts, key: str) -> None:
        self.words, self.heard = asyncio.Queue(), []
        self.words.put_nowait({"type": "websocket.connect"})
        headers = [(b"cookie", f"sessionid={key}".encode())] if key else []
        application = socket_application(toasts.fanout, toasts=toasts)
        self.task = asyncio.create_task(application({"headers": headers}, self.words.get, self.hear))

    async def hear(self, event) -> None:
        if "text" in event:
            self.heard.append(json.loads(event["text"]))

    async def until(self, what):
        async with asyncio.timeout(60):
            while not (found := what()):
                await asyncio.sleep(0.01)
        return found

    async def say(self, **what) -> None:
        self.words.put_nowait({"type": "websocket.receive", "text": json.dumps(what)})

    @property
    def rows(self) -> dict:
        frames = [one for one in self.heard if one.get("topic") == "alerts" and "rows" in one]
        return frames[-1]["rows"] if frames else {}

    @property
    def count(self) -> int:
        return self.rows.get("count", {}).get("n", -1)

    @property
    def told(self) -> list[str]:
        return [one["told"]["title"] for one in self.heard if "told" in one]

    @property
    def errors(self) -> list[str]:
        return [one["error"] for one in self.heard if "error" in one]


@asynccontextmanager
async def tab(toasts: Toasts, key: str):
    """A page that has joined."""
    opened = Tab(toasts, key)
    try:
        await opened.until(lambda: opened.heard)
        await opened.say(join=["alerts"])
        await opened.until(lambda: opened.rows or opened.errors)
        yield opened
    finally:
        opened.words.put_nowait({"type": "websocket.disconnect"})
        await opened.task


def fire(user: User, arm: int = 1, **values) -> Firing:
    alert = Alert.objects.filter(user=user).first()
    alert = alert or Alert.objects.add(user, metric="mark", coin="BTC", threshold=100)
    times = {"received_at": NOW, "fired_at": NOW, "decided_at": NOW}
    sentence = "the mark price of BTC is at or above 100, each time"
    return Firing.objects.create(
        alert=alert, user=user, arm=arm, sentence=sentence, value="100.50", **times, **values
    )


def tell(user: User, title: str) -> None:
    message = Message(key=title, title=title, text="Now 101", html="", url="http://x/alerts/1/", at=NOW)
    place = Destination(user=user, kind="page", label="pages")
    place.secret = {"user": user.pk}
    TRANSPORTS["page"].send(place.secret, message)


async def session(user: User) -> str:
    return await sync_to_async(signed_in)(user)


async def test_the_first_rows_are_what_is_not_acknowledged(cast, web):
    firing = await sync_to_async(fire)(cast.alice)
    await sync_to_async(fire)(cast.alice, arm=2, acknowledged_at=NOW)
    async with tab(web, await session(cast.alice)) as alice:
        assert alice.count == 1
        assert alice.rows[str(firing.pk)] == {
            "title": "The mark price of BTC is at or above 100",
            "text": "Value: 100.5",
            "url": f"/alerts/{firing.alert_id}/",
            "at": NOW,
            "firing": firing.pk,
            "is_told": False,
        }


async def test_what_was_told_on_pages_is_marked_so(cast, web):
    firing = await sync_to_async(fire)(cast.alice)
    place = await sync_to_async(Destination.objects.add)(cast.alice, kind="page", label="pages")
    told = {"alert": firing.alert, "firing": firing, "destination": place, "occasion": "fired"}
    await Delivery.objects.acreate(key="k", at=1, decided_at=1, not_before=1, state="sent", sent_at=1, **told)
    async with tab(web, await session(cast.alice)) as alice:
        assert alice.rows[str(firing.pk)]["is_told"] is True


async def test_all_pages_of_a_user_are_told_at_once_and_nobody_elses(cast, web):
    async with tab(web, await session(cast.alice)) as one, tab(web, await session(cast.alice)) as other:
        async with tab(web, await session(cast.bob)) as bob, tab(web, await session(cast.ada)) as ada:
            await in_thread(tell, cast.alice, "BTC is above 100")
            await one.until(lambda: one.told)
            await other.until(lambda: other.told)
            await in_thread(tell, cast.bob, "for Bob")
            await bob.until(lambda: bob.told)
            assert (one.told, other.told, bob.told, ada.told) == (
                ["BTC is above 100"],
                ["BTC is above 100"],
                ["for Bob"],
                [],
            )


async def test_two_processes_hear_of_it(cast, web):
    """As many as there are web processes: each listens on the channel layer for itself."""
    second = Toasts(Fanout(Mirror()))
    work = asyncio.create_task(second.run())
    async with tab(web, await session(cast.alice)) as here, tab(second, await session(cast.alice)) as there:
        await in_thread(tell, cast.alice, "once in each")
        await here.until(lambda: here.told)
        await there.until(lambda: there.told)
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)


async def test_a_firing_of_another_process_is_counted_within_moments(cast, web):
    async with tab(web, await session(cast.alice)) as alice:
        assert alice.count == 0
        await asyncio.sleep(1.5)  # it has looked once, so it knows which firing is the newest
        await sync_to_async(fire)(cast.alice)
        await alice.until(lambda: alice.count == 1)


async def test_acknowledging_in_one_page_takes_it_from_the_others(cast, web):
    firing = await sync_to_async(fire)(cast.alice)

    def acknowledge() -> dict:
        browser = Client()
        browser.force_login(cast.alice)
        return browser.post(f"/alerts/firings/{firing.pk}/acknowledge/").json()

    async with tab(web, await session(cast.alice)) as alice:
        assert alice.count == 1
        assert await in_thread(acknowledge) == {"new": True}
        await alice.until(lambda: alice.count == 0)
        assert str(firing.pk) not in alice.rows
        assert await in_thread(acknowledge) == {"new": False}


async def test_many_are_counted_and_only_the_newest_come_as_rows(cast, web):
    for arm in range(1, 8):
        firing = await sync_to_async(fire)(cast.alice, arm=arm)
    async with tab(web, await session(cast.alice)) as alice:
        assert alice.count == 7
        assert sorted(map(int, alice.rows.keys() - {"count"})) == list(range(firing.pk - 3, firing.pk + 1))


@pytest.mark.parametrize("key", ["", "ü" * 32])
async def test_nobody_has_no_alerts(cast, web, key):
    async with tab(web, key) as nobody:
        assert nobody.errors == [NOT_SIGNED_IN]
        assert not web.browsers


async def test_what_was_left_comes_no_more(cast, web):
    async with tab(web, await session(cast.alice)) as alice, tab(web, await session(cast.alice)) as other:
        await alice.say(leave=["alerts"])
        await alice.until(lambda: len(web.users) == 1)
        await in_thread(tell, cast.alice, "for the other one")
        await other.until(lambda: other.told)
        assert alice.told == []


async def test_a_session_that_has_ended_is_shown_nothing_even_if_nobody_heard_of_its_end(cast, web):
    key = await session(cast.alice)
    async with tab(web, key) as alice:
        await Session.objects.filter(session_key=key).adelete()  # without a word to the web processes
        await web.recheck()
        assert await alice.until(lambda: alice.errors) == [NOT_SIGNED_IN]
        await in_thread(tell, cast.alice, "too late")
        await asyncio.sleep(0.2)
        assert alice.told == []


async def test_pages_that_are_closed_are_forgotten(cast, web):
    async with tab(web, await session(cast.alice)):
        assert len(web.users) == 1
    assert (web.users, web.browsers) == ({}, {})


async def test_with_no_page_open_it_counts_as_told(cast, web):
    await in_thread(tell, cast.alice, "to nobody")


def test_a_layer_that_cannot_be_reached_is_tried_again_later(cast, settings, monkeypatch):
    async def away(message) -> None:
        raise OSError("away")

    monkeypatch.setattr(announce, "_send", away)
    with pytest.raises(Temporary, match="open pages"):
        tell(cast.alice, "BTC")
    announce.changed(cast.alice.pk)  # but that is no failure of what has changed
