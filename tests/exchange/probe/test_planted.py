"""One thing done otherwise makes exactly the check that is about it differ, and says how."""

import asyncio

import pytest

from exchange.probe.check import DIFFERS
from exchange.probe.run import Report
from exchange.simulator import cast
from tests.exchange.probe.deviating import Deviating, Deviation
from tests.exchange.probe.planted import PLANTED
from tests.exchange.probe.stand import AMPLE, Stand, stand

pytestmark = pytest.mark.timeout(900)  # all are probed before the first is looked at

AT_ONCE = 12
QUICK, SLOW = (2.0, 6.0), (6.0, 25.0)
"""Speed of the exchange, and seconds of its time to listen: slow enough for so many probes at once."""
USERS = {"rest.twapHistory": cast.TWAP_RUNNER}
"""Whom to look at for a check, if not at the trader."""


async def probe_each() -> dict[str, Report]:
    reports: dict[str, Report] = {}
    for slow in (False, True):
        speed, seconds = SLOW if slow else QUICK
        planted = [deviation for deviation in PLANTED if deviation.is_slow is slow]
        async with stand(speed) as exchange:
            for first in range(0, len(planted), AT_ONCE):
                batch = planted[first : first + AT_ONCE]
                done = await asyncio.gather(*(probe_one(exchange, deviation, seconds) for deviation in batch))
                for deviation, report in zip(batch, done, strict=True):
                    if differing(report) != [deviation.check]:  # twelve at once were too many for this machine
                        report = await probe_one(exchange, deviation, 2 * seconds)
                    reports[deviation.name] = report
    return reports


def differing(report: Report) -> list[str]:
    """Which checks found something."""
    return [verdict.check.id for verdict in report.verdicts if verdict.kind == DIFFERS]


async def probe_one(exchange: Stand, deviation: Deviation, seconds: float) -> Report:
    user = USERS.get(deviation.check, cast.TRADER)
    async with Deviating(exchange.exchange.url, deviation) as front:
        return await exchange.probe(at=(front.url, front.ws_url), user=user, limits=AMPLE, seconds=seconds)


@pytest.fixture(scope="module")
def reports() -> dict[str, Report]:
    return asyncio.run(probe_each())


@pytest.mark.parametrize("deviation", PLANTED, ids=lambda deviation: deviation.name.replace(" ", "_"))
def test_exactly_the_check_that_is_about_it_differs_and_says_how(
    reports: dict[str, Report], deviation: Deviation
) -> None:
    report = reports[deviation.name]
    told = {verdict.check.id: verdict.how for verdict in report.verdicts if verdict.kind == DIFFERS}
    assert list(told) == [deviation.check], told
    for words in deviation.words:
        assert words in told[deviation.check]
    assert report.exit_code == 1


def test_there_are_twenty_deviations_and_more_each_with_a_name_of_its_own() -> None:
    assert len({deviation.name for deviation in PLANTED}) == len(PLANTED) >= 20
