"""The probe finds the simulated exchange as it should be, within its limits, and knows when it cannot run."""

import asyncio

import pytest

from exchange.budget import Limits
from exchange.clock import FastClock
from exchange.probe.asking import Unreachable
from exchange.probe.check import DIFFERS, HOLDS, NOT_SEEN
from exchange.probe.run import Report
from exchange.simulator import cast
from exchange.simulator.faults import Drop, RestFault, SilentSubscription
from exchange.simulator.limits import Limits as Allowed
from tests.exchange.probe.stand import AMPLE, OURS, stand

pytestmark = pytest.mark.slow

EMPTY_HERE = {
    "rest.userTwapSliceFills", "rest.twapHistory", "account.slices", "error.case", "names.thousand",
    "frames.notification", "socket.idle", "frames.userEvents", "frames.orderUpdates",
}  # fmt: skip
"""What the trader of a small simulated exchange may have nothing of."""

ACCOUNTS = [
    cast.UNIFIED, cast.PORTFOLIO, cast.BUILDER_DEX_TRADER, cast.SPOT_TRADER, cast.TWAP_RUNNER, cast.MARKET_MAKER,
    cast.LIQUIDATED, cast.VAULT, cast.SUB_ACCOUNT, cast.AGENT, cast.EMPTY, cast.MISSING,
]  # fmt: skip


def differing(report: Report) -> dict[str, str]:
    return {verdict.check.id: verdict.how for verdict in report.verdicts if verdict.kind == DIFFERS}


def how(report: Report, id: str) -> tuple[str, str]:
    return next((verdict.kind, verdict.how) for verdict in report.verdicts if verdict.check.id == id)


async def test_nothing_differs_on_the_simulated_exchange_and_no_limit_is_passed() -> None:
    async with stand(allowed=Allowed()) as exchange:
        report = await exchange.probe(seconds=60)
        assert exchange.exchange.usage.within(Allowed()), exchange.exchange.usage.as_dict()
    assert differing(report) == {}
    assert report.exit_code == 0
    unseen = {verdict.check.id for verdict in report.verdicts if verdict.kind == NOT_SEEN}
    assert unseen <= EMPTY_HERE, {verdict.check.id: verdict.how for verdict in report.verdicts}
    assert report.counts[HOLDS] > 170
    assert 0 < report.weight < 1200


async def test_nothing_differs_whatever_kind_of_account_is_looked_at() -> None:
    async with stand(speed=2) as exchange:
        runs = (exchange.probe(user=user, seconds=15, limits=AMPLE) for user in ACCOUNTS)
        reports = dict(zip(ACCOUNTS, await asyncio.gather(*runs), strict=True))
    assert {user: told for user, report in reports.items() if (told := differing(report))} == {}


async def test_it_asks_only_what_the_chosen_checks_need() -> None:
    async with stand() as exchange:
        report = await exchange.probe(only=["error.type", "stream.bbo"], seconds=2)
        assert exchange.exchange.usage.total["subscriptions"] == 1
        assert exchange.exchange.usage.total["sockets"] == 1
    assert [verdict.check.id for verdict in report.verdicts] == ["error.type", "stream.bbo"]


async def test_an_idle_socket_is_seen_to_end_when_the_window_is_long_enough() -> None:
    async with stand(speed=50) as exchange:
        report = await exchange.probe(only=["socket.idle"], seconds=70)
    kind, text = how(report, "socket.idle")
    assert kind == HOLDS, text
    assert text.startswith("after 6")


async def test_a_socket_that_is_never_idle_enough_is_told() -> None:
    async with stand(speed=50, allowed=Allowed(idle_seconds=1e6)) as exchange:
        report = await exchange.probe(only=["socket.idle"], seconds=70)
    assert "expected the end of the socket after 60 s" in how(report, "socket.idle")[1]


async def test_the_limit_of_users_is_tried_only_when_asked_for() -> None:
    async with stand(speed=10, allowed=Allowed()) as exchange:
        left_out = await exchange.probe(only=["account.mode"], options=["limits"], seconds=1)
        assert [verdict.check.id for verdict in left_out.verdicts] == ["account.mode"]
        report = await exchange.probe(only=["limit.users"], seconds=1)
    assert how(report, "limit.users") == (HOLDS, "Cannot track more than 10 total users.")


async def test_a_limit_that_is_higher_than_ours_is_not_seen() -> None:
    async with stand(speed=10) as exchange:
        report = await exchange.probe(only=["limit.users"], limits=Limits(users=3, lease=3_000), seconds=1)
    assert how(report, "limit.users") == (NOT_SEEN, "4 users were accepted; the limit we keep is 3")


async def test_it_cannot_run_where_nobody_answers() -> None:
    async with stand() as exchange:
        with pytest.raises(Unreachable, match="no answer from"):
            await exchange.probe(at=("http://127.0.0.1:9", "ws://127.0.0.1:9/ws"), only=["rest.meta"])


async def test_it_cannot_run_where_only_trouble_answers() -> None:
    async with stand() as exchange:
        exchange.exchange.faults.add(RestFault(answer="502"))
        with pytest.raises(Unreachable, match="exchangeStatus was answered 502"):
            await exchange.probe(only=["rest.meta"])


async def test_an_exchange_without_sockets_shows_no_stream() -> None:
    async with stand() as exchange:
        report = await exchange.probe(
            at=(exchange.exchange.url, "ws://127.0.0.1:9/ws"), only=["stream.bbo", "socket.ack"], seconds=1
        )
    assert how(report, "stream.bbo")[0] == NOT_SEEN
    assert "no socket at ws://127.0.0.1:9/ws" in how(report, "stream.bbo")[1]
    assert how(report, "socket.ack") == (NOT_SEEN, "no stream sent anything")


async def test_without_names_there_is_nothing_to_subscribe_to() -> None:
    """While no ``meta`` can be had, nothing is asked for by a made-up name."""
    async with stand() as exchange:
        for type in ("metaAndAssetCtxs", "perpDexs", "spotMetaAndAssetCtxs"):
            exchange.exchange.faults.add(RestFault(answer="502", type=type))
        report = await exchange.probe(
            only=["stream.bbo", "stream.allMids.dex", "tick.spot", "candle.grid"], seconds=1
        )
        assert exchange.exchange.usage.total["subscriptions"] == 0
    assert report.counts == {NOT_SEEN: 4}
    assert how(report, "stream.bbo")[1] == "this network showed no perp"


async def test_a_stream_that_nothing_needs_may_be_missing() -> None:
    async with stand() as exchange:
        exchange.exchange.faults.add(SilentSubscription(type="assetCtxs"))
        report = await exchange.probe(only=["stream.assetCtxs", "frames.assetCtxs"], seconds=2)
    assert how(report, "stream.assetCtxs") == (NOT_SEEN, "silence; nothing of ours needs it")
    assert report.exit_code == 0


async def test_a_socket_that_ends_in_the_window_is_not_taken_for_a_silent_stream() -> None:
    async with stand(allowed=Allowed(idle_seconds=3)) as exchange:
        exchange.exchange.faults.add(Drop(stream="bbo"), Drop(stream="pong"))
        report = await exchange.probe(only=["stream.bbo"], seconds=10)
    kind, text = how(report, "stream.bbo")
    assert kind == NOT_SEEN
    assert "its socket ended with 1006" in text


async def test_what_the_budget_refuses_is_not_seen() -> None:
    """Here each call costs more than the budget will ever have for work in the background."""
    async with stand(speed=50) as exchange:
        poor = Limits(weight=40, sockets=1, lease=3_000, window=2)
        report = await exchange.probe(
            only=["rest.userRole", "stream.allMids", "socket.pong", "socket.readable"], limits=poor, seconds=5
        )
    assert "no weight left for probe" in how(report, "rest.userRole")[1]
    assert report.counts[DIFFERS] == 0
    refused = [verdict.how for verdict in report.verdicts if "no sockets left for probe" in verdict.how]
    assert refused


async def test_leases_that_ran_out_hang_up_the_sockets() -> None:
    """The clock leaps over the lease: what was held is no longer ours."""
    async with stand() as exchange:
        clock = exchange.clock
        assert isinstance(clock, FastClock)
        report = await exchange.probe(only=["stream.allMids"], limits=Limits(lease=0.001), seconds=15)
        assert exchange.exchange.usage.total["sockets"] == 1
    assert how(report, "stream.allMids")[0] == NOT_SEEN


def test_our_leases_outlast_a_run() -> None:
    assert OURS.lease > 60
