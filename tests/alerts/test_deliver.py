"""The deliverer, with real receivers: once if all goes well, again if not, and the reason if never."""

import asyncio
import time
from random import Random

import pytest
from django.db import connection

from accounts.rate import Limiter
from alerts.breakers import Breakers
from alerts.deliver import Deliverer
from alerts.delivered import MOST_S, delay_s
from alerts.models import Delivery, DeliveryRound, Destination
from alerts.transports import Temporary
from exchange.clock import ManualClock
from tests.alerts.delivering import HOUR, NOW, deliver, due, hook, state, told, trusting
from tests.alerts.receivers import Answer, http, smtp
from tests.alerts.rows import START, S, alert, decided, destination

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _here():
    with trusting():
        yield


def test_a_delivery_gets_there_once_with_its_key_and_is_marked_sent(cast):
    with http() as server:
        (one,) = told(cast.alice, server.url)
        one_round = deliver()
        deliver(NOW + HOUR)
    (request,) = server.got
    assert request.headers["Idempotency-Key"] == one.key == request.json["key"]
    assert request.json["messages"][0]["value"] == "101"
    assert state(one) == ("sent", 1, "")
    assert one.sent_at == NOW
    assert (one_round.stand.sent, one_round.stand.quantile(0.5)) == (1, NOW - one.decided_at)


def test_mail_is_handed_in_with_text_and_html(cast):
    with smtp() as box:
        (one,) = due(alert(cast.alice, (destination(cast.alice),), tells_recovery=False))
        deliver()
    (mail,) = box.mails
    assert box.to == [f"{cast.alice.username}@example.org"]
    assert mail["Subject"] == "The mark price of BTC is at or above 100"
    assert {part.get_content_type() for part in mail.walk()} >= {"text/plain", "text/html"}
    assert state(one)[0] == "sent"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(500), "answered 500"),
        (Answer(503, {"Retry-After": "120"}), "answered 503"),
        (Answer(429, {"Retry-After": "40"}), "answered 429"),
        (Answer(408), "answered 408"),
        (Answer(raw=b"\x00\xff garbage \r\n\r\n"), "could not be reached, or hung up"),
        (Answer(raw=b" "), "could not be reached, or hung up"),
    ],
)
def test_a_temporary_failure_is_tried_again_with_the_same_key_after_the_time_that_was_asked_for(
    cast, answer, words
):
    with http(answer) as server:
        (one,) = told(cast.alice, server.url)
        deliver()
        assert state(one)[:2] == ("waiting", 1)
        assert words in one.error
        asked = int(answer.headers.get("Retry-After", 4)) * S
        assert NOW + asked * 0.9 <= one.not_before <= NOW + asked * 2
        deliver(NOW + asked * 9 // 10)
        assert len(server.got) == 1
        server.answer = Answer(204)
        deliver(one.not_before)
    assert state(one) == ("sent", 2, "")
    assert {request.headers["Idempotency-Key"] for request in server.got} == {one.key}


@pytest.mark.parametrize(
    ("status", "words"), [(410, "gone for good"), (404, "nothing at this address"), (401, "key")]
)
def test_a_permanent_failure_stops_the_destination_and_says_what_to_do(cast, status, words):
    with http(Answer(status)) as server:
        first, second = told(cast.alice, server.url, 2)
        deliver()
        assert len(server.got) == 1
    assert state(first)[0] == "failed"
    assert state(second)[0] == "failed"
    destination = Destination.objects.get()
    assert not destination.is_usable
    assert words in destination.trouble
    assert words in first.error


def test_a_message_that_is_refused_fails_alone(cast):
    with http(Answer(422)) as server:
        (one,) = told(cast.alice, server.url)
        deliver()
    assert state(one)[0] == "failed"
    assert Destination.objects.get().is_usable


def test_a_redirect_is_not_followed(cast):
    with http() as inner, http(Answer(307, {"Location": inner.url})) as outer:
        (one,) = told(cast.alice, outer.url)
        deliver()
    assert inner.got == []
    assert state(one)[0] == "failed"
    assert "redirects" in one.error


def test_who_never_answers_or_never_ends_is_tried_again(cast, monkeypatch):
    monkeypatch.setattr("alerts.transports.outgoing.TIMEOUT_S", 0.3)
    with http(lambda request: Answer(trickle=True) if "slow" in request.path else Answer(wait=1)) as server:
        (hung,), (slow,) = told(cast.alice, server.url), told(cast.alice, server.url, label="slow")
        deliver()
    for one in (hung, slow):
        assert state(one)[:2] == ("waiting", 1)
        assert "did not answer" in one.error


def test_after_so_many_hours_it_is_given_up_with_the_last_reason(cast):
    with http(Answer(500)) as server:
        (one,) = told(cast.alice, server.url)
        now = NOW
        for _ in range(60):
            deliver(now, give_up_ms=6 * HOUR)
            if state(one)[0] == "failed":
                break
            now = one.not_before
    assert state(one)[0] == "failed"
    assert "Given up after 6 h" in one.error
    assert "500" in one.error
    assert now - one.decided_at > 5 * HOUR
    assert Destination.objects.get().is_usable


def test_delays_grow_with_jitter_and_never_undercut_what_was_asked_for():
    random = Random(1)
    for attempts in range(1, 40):
        own = min(MOST_S, 5 * 2 ** (attempts - 1))
        delays = {delay_s(attempts, None, random) for _ in range(20)}
        assert len(delays) == 20
        assert all(own * 0.75 <= delay <= own * 1.25 for delay in delays)
        assert delay_s(attempts, 77, random) >= 77
    assert delay_s(10**6, None, random) <= MOST_S * 1.25


def test_more_than_a_few_go_as_one_message_that_stays_the_same_in_each_try(cast):
    with http(Answer(500)) as server:
        rows = told(cast.alice, server.url, 30)
        deliver()
        server.answer = Answer(200)
        state(rows[0])
        deliver(rows[0].not_before)
    first, second = server.got
    assert first.json["keys"] == second.json["keys"] == [one.key for one in rows]
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]
    assert len(first.json["messages"]) == 30
    assert {state(one)[0] for one in rows} == {"sent"}


def test_a_few_go_one_by_one_and_in_their_order(cast):
    with http() as server:
        rows = told(cast.alice, server.url, 3)
        deliver()
    assert [request.headers["Idempotency-Key"] for request in server.got] == [one.key for one in rows]


def test_no_destination_gets_more_in_a_minute_than_it_wants(cast):
    limiter = Limiter("", "test")
    with http() as server:
        told(cast.alice, server.url, 3, per_minute=2)
        deliver(limiter=limiter)
        assert len(server.got) == 2
        third = Delivery.objects.get(state="waiting")
        assert third.attempts == 0
        assert NOW + 50 * S < third.not_before <= NOW + 65 * S
        deliver(NOW + 40 * S, limiter=limiter)
        assert len(server.got) == 2
        deliver(third.not_before, limiter=Limiter("", "a minute later"))
    assert len(server.got) == 3


def test_a_dead_mail_server_is_left_alone_and_tried_with_one_message_first(cast, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    breakers = Breakers(failures=3, respite_s=2.0)
    destinations = [destination(cast.alice, f"mail {n}") for n in range(8)]
    one = alert(cast.alice, destinations, tells_recovery=False)
    rows = due(one)
    with http() as server:
        (hooked,) = told(cast.alice, server.url)
        deliver(breakers=breakers, threads=1)
    assert breakers.open == ["smtp"]
    tried = Delivery.objects.filter(alert=one, attempts=1).count()
    assert tried == 3
    assert Delivery.objects.filter(alert=one, attempts=0, not_before__gt=NOW).count() == 5
    assert state(hooked)[0] == "sent"
    time.sleep(2.1)
    with smtp() as box:
        deliver(NOW + HOUR, breakers=breakers)
        deliver(NOW + 2 * HOUR, breakers=breakers)
    assert breakers.open == []
    assert len(box.mails) == 8
    assert {state(row)[0] for row in rows} == {"sent"}


def test_one_dead_webhook_is_no_reason_to_leave_others_alone(cast):
    breakers = Breakers(failures=2, respite_s=60)
    with http(lambda request: Answer(500 if "ill" in request.path else 200)) as server:
        ill = told(cast.alice, server.url, 1, "ill")[0]
        now = NOW
        for _ in range(2):
            deliver(now, breakers=breakers)
            now = state(ill) and ill.not_before
        assert len(breakers.open) == 1
        (well,) = told(cast.bob, server.url, 1, "well")
        deliver(now, breakers=breakers)
    assert state(well)[0] == "sent"
    assert state(ill)[1] == 2


def test_breakers_of_destinations_that_come_and_go_are_not_kept_for_ever(monkeypatch):
    monkeypatch.setattr("alerts.breakers.MOST", 10)
    breakers = Breakers(failures=2, respite_s=60)
    assert breakers.admits("busy")
    for _ in range(2):
        assert breakers.admits("down")
        breakers.ended("down", Temporary("no answer"))
    for number in range(50):
        assert breakers.admits(f"hook {number}")
        breakers.ended(f"hook {number}", None)
    assert not breakers.admits("down"), "what is to be remembered is"
    for number in range(50):
        assert breakers.admits(f"ill {number}")
        breakers.ended(f"ill {number}", Temporary("no answer"))
    assert len(breakers._breakers) <= 10
    breakers.ended("busy", None)


def test_who_answers_later_is_not_taken_for_dead(cast):
    breakers = Breakers(failures=1, respite_s=60)
    with http(Answer(429, {"Retry-After": "5"})) as server:
        told(cast.alice, server.url)
        deliver(breakers=breakers)
    assert breakers.open == []


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"stopped_at": 1}, "had been stopped"),
        ({"verified_at": None}, "not verified"),
        ({"kind": "pigeon"}, "no transport of the kind pigeon"),
    ],
)
def test_what_can_go_nowhere_any_more_fails_with_the_reason(cast, values, words):
    with http() as server:
        (one,) = told(cast.alice, server.url)
        Destination.objects.update(**values)
        deliver()
    assert server.got == []
    assert state(one)[0] == "failed"
    assert words in one.error


def test_a_destination_that_no_key_opens_holds_up_nobody_else(cast):
    with http() as server:
        (lost,), (well,) = told(cast.alice, server.url), told(cast.bob, server.url)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE alerts_destination SET secret = 'x' WHERE id = %s", [lost.destination_id])
        deliver()
    assert state(well)[0] == "sent"
    assert Delivery.objects.get(pk=lost.pk).state == "failed"
    stopped = Destination.objects.defer("secret").get(pk=lost.destination_id)
    assert stopped.stopped_at is not None
    assert "add it again" in stopped.trouble


def test_quiet_hours_are_waited_for(cast):
    with http() as server:
        (one,) = told(cast.alice, server.url)
        Delivery.objects.update(not_before=NOW + HOUR)
        deliver()
        assert server.got == []
        deliver(NOW + HOUR)
    assert state(one)[0] == "sent"


def test_it_says_how_it_is_doing_and_leaves_no_row_behind(cast):
    with http() as server:
        told(cast.alice, server.url)

        async def turn() -> DeliveryRound:
            one = Deliverer(ManualClock(NOW), Limiter("", "t"), 2, HOUR)
            await one.run_once()
            await one.settle()
            one.stand._written_at = 0
            await one.run_once()
            row = await one.database.run(lambda: DeliveryRound.objects.get())
            await one.close()
            return row

        row = asyncio.run(turn())
    assert (row.sent, row.round_at, row.latency_99) == (1, NOW, NOW - START - S)
    assert not DeliveryRound.objects.exists()


class Unwell(Limiter):
    """Refuses to count, or hangs, when it is asked for the first time."""

    def __init__(self, hangs: bool) -> None:
        super().__init__("", "test")
        self.hangs, self.asked = hangs, asyncio.Event()

    async def take(self, *args):
        if not self.asked.is_set():
            self.asked.set()
            if self.hangs:
                await asyncio.Event().wait()
            raise ValueError("it cannot count")
        return await super().take(*args)


def run_with(limiter: Unwell, until) -> None:
    """A deliverer that runs until this comes true, and is cancelled then."""

    async def turn() -> None:
        one = Deliverer(ManualClock(NOW), limiter, 2, 24 * HOUR)
        running = asyncio.create_task(one.run())
        async with asyncio.timeout(20):
            await limiter.asked.wait()
            while not until():
                await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(turn())


def test_who_is_cancelled_between_claim_and_hand_over_gives_the_claim_back(cast):
    with http() as server:
        (one,) = told(cast.alice, server.url)
        run_with(Unwell(hangs=True), lambda: True)
        assert server.got == []
        assert state(one) == ("waiting", 0, "")
        deliver()
    assert state(one) == ("sent", 1, "")


def test_a_round_that_fails_gives_the_claim_back_and_the_next_one_sends(cast, monkeypatch):
    monkeypatch.setattr("alerts.deliver.PAUSE_S", 0.0)
    with http() as server:
        (one,) = told(cast.alice, server.url)
        run_with(Unwell(hangs=False), lambda: server.got)
    assert len(server.got) == 1
    assert state(one) == ("sent", 1, "")


def test_a_database_that_refuses_what_came_back_does_not_keep_a_deliverer_from_ending(cast, monkeypatch):
    with http() as server:
        (one,) = told(cast.alice, server.url)

        async def turn() -> Deliverer:
            deliverer = Deliverer(ManualClock(NOW), Limiter("", "test"), 2, 24 * HOUR)
            await deliverer.run_once()
            monkeypatch.setattr("alerts.deliver.write_down", lambda *args: 1 / 0)
            await deliverer.close()
            return deliverer

        ended = asyncio.run(turn())
    assert len(server.got) == 1
    assert ended._pool._shutdown
    assert ended.database._is_closed
    assert state(one)[:2] == ("claimed", 1), "it may have got there: its claim has to run out"


def test_messages_of_many_go_at_the_same_time(cast):
    with http(Answer(wait=0.5)) as server:
        destinations = [hook(cast.alice, server.url, f"hook {n}") for n in range(8)]
        one = alert(cast.alice, destinations, tells_recovery=False)
        decided(one, 99, 101)
        deliver(threads=11)
    begun = sorted(request.at for request in server.got)
    assert len(begun) == 8
    assert begun[-1] - begun[0] < 0.5
