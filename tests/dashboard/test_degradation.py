"""What is left when the replica, the database itself or Redis is taken away, and that it heals."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
import requests

from tests.dashboard.degrading import Fragile, Visitor
from tests.dashboard.test_alerts_pages import FORM
from tests.dashboard.test_cluster import page

SOON_S = 2.0
NEEDS_DATABASE = ("/alerts/", "/history/", "/portfolio/", "/account/sessions/")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[Fragile]:
    with ExitStack() as stack:
        yield Fragile(tmp_path_factory.mktemp("fragile"), stack)


@pytest.fixture(scope="module")
def alice(site) -> Visitor:
    return Visitor(site, "alice")


def is_read_from_replica(site: Fragile, visitor: Visitor) -> bool:
    return site.read_from_replica(lambda: visitor.get("/alerts/").raise_for_status()) > 0


@contextmanager
def paused(site: Fragile) -> Iterator[None]:
    """The replica stands where it is."""
    site.replica.ask("SELECT pg_wal_replay_pause()")
    try:
        site.replica.until("SELECT pg_get_wal_replay_pause_state() = 'paused'")
        yield
    finally:
        site.replica.ask("SELECT pg_wal_replay_resume()")


def health_of_copy(site: Fragile) -> str:
    """What the status page says of it."""
    services = requests.get(f"{site.url}/status/", timeout=10).text.split('<li class="service ')
    return next((one for one in services if "<h3>Read replica</h3>" in one), "")


# The replica -------------------------------------------------------------------------------------


def test_who_wrote_reads_his_own_at_the_primary_and_then_at_the_copy_again(site, alice):
    with paused(site):
        made = alice.post("/alerts/new/", "/alerts/new/", **FORM)
        assert made.status_code == 200
        assert re.search(r'href="/alerts/\d+/"', alice.get("/alerts/").text), "her own, at once"
        stays = next(cookie for cookie in alice.http.cookies if cookie.name == "wrote")
        assert stays.expires is not None
        assert stays.has_nonstandard_attr("HttpOnly")
    forged = Visitor(site)
    forged.http.cookies.update({**alice.http.cookies.get_dict(), "wrote": "1:1xXr8J:forged"})
    site.until(lambda: is_read_from_replica(site, forged), "reading from the replica")
    assert not is_read_from_replica(site, alice)
    alice.http.cookies.pop("wrote")
    assert is_read_from_replica(site, alice)


def test_a_copy_that_is_too_far_behind_is_not_read_until_it_has_caught_up(site, alice):
    alice.http.cookies.pop("wrote", None)
    site.until(lambda: is_read_from_replica(site, alice), "reading from the replica")
    with paused(site):
        site.until(lambda: not is_read_from_replica(site, alice), "reading from the primary")
        site.until(lambda: "it is too far behind" in health_of_copy(site), "health says the same")
    site.until(lambda: is_read_from_replica(site, alice), "reading from the replica")
    site.until(lambda: health_of_copy(site).startswith("is-up"), "health says the same")


@pytest.mark.parametrize(("away", "back"), [("stop", "start"), ("freeze", "wake")])
def test_without_the_copy_pages_are_read_from_the_primary(site, alice, away, back):
    alice.http.cookies.pop("wrote", None)
    site.until(lambda: is_read_from_replica(site, alice), "reading from the replica")
    getattr(site.replica, away)()
    try:
        for number in range(6):
            assert alice.get("/alerts/").status_code == 200
            assert number < 1 or alice.seconds < SOON_S
    finally:
        getattr(site.replica, back)()
    site.until(lambda: is_read_from_replica(site, alice), "reading from the replica")


# The database ------------------------------------------------------------------------------------


def looks_right_without_database(alice: Visitor, visitor: Visitor) -> None:
    for path in NEEDS_DATABASE:
        refused = alice.get(path, allow_redirects=False)
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5"), path
        assert "The database cannot be reached" in refused.text
        assert "Traceback" not in refused.text
        assert alice.seconds < SOON_S, path
    for one in (alice, visitor):
        shown = one.get("/markets/")
        assert shown.status_code == 200
        assert "BTC" in shown.text
        assert one.seconds < SOON_S
    assert "Account not reachable" in alice.get("/markets/").text
    assert "Sign in" in visitor.get("/markets/").text
    program = {"Authorization": "Bearer hld_00000000_x"}
    said = visitor.get("/api/health", headers=program)
    assert (said.status_code, said.json()["retry_after"]) == (503, 5)


@pytest.mark.parametrize(("away", "back"), [("stop", "start"), ("freeze", "wake")])
async def test_without_the_database_markets_stay_live_and_other_pages_say_so_in_time(site, alice, away, back):
    visitor, session = Visitor(site), alice.http.cookies["sessionid"]
    await asyncio.to_thread(visitor.get, "/markets/")
    async with page(site) as browser:
        await browser.moves()
        await asyncio.to_thread(getattr(site.primary, away))
        try:
            await asyncio.to_thread(alice.until, "/alerts/", 503)
            for _ in range(2):
                await asyncio.to_thread(looks_right_without_database, alice, visitor)
                await asyncio.sleep(2)
            await browser.moves()
            await browser.moves()
            posted = await asyncio.to_thread(alice.post, "/markets/", "/alerts/new/", **FORM)
            assert posted.status_code == 503
        finally:
            await asyncio.to_thread(getattr(site.primary, back))
        await asyncio.to_thread(alice.until, "/alerts/", 200)
        await browser.moves()
    assert alice.http.cookies["sessionid"] == session
    assert "alice" in alice.get("/markets/").text, "she is still signed in"
    assert "leading no more" not in site.words()


# Redis -------------------------------------------------------------------------------------------


def test_without_redis_people_sign_in_read_and_sign_out_and_who_signed_out_stays_so(site, alice):
    bob = Visitor(site, "bob")
    assert bob.get("/account/sessions/", allow_redirects=False).status_code == 200
    site.redis.stop()
    try:
        for path in ("/", "/markets/", *NEEDS_DATABASE):
            assert alice.get(path, allow_redirects=False).status_code == 200, path
        assert alice.seconds < SOON_S
        assert "RateLimit-Remaining" in alice.get("/markets/").headers
        again = Visitor(site, "bob")
        assert again.get("/account/sessions/", allow_redirects=False).status_code == 200
        cookies = bob.http.cookies.copy()
        bob.post("/account/logout/", "/account/logout/")
        bob.http.cookies = cookies
        assert bob.get("/account/sessions/", allow_redirects=False).status_code == 302
    finally:
        site.redis.start()
    site.until(lambda: site.answers("/api/health"), "health")
    assert again.get("/account/sessions/", allow_redirects=False).status_code == 200
    assert bob.get("/account/sessions/", allow_redirects=False).status_code == 302
