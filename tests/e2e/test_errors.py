"""Errors of scripts in a real browser, reported to a server that speaks Sentry's protocol; and a whole journey."""

import asyncio
import json

import pytest

from tests.browser import opened
from tests.e2e.looking import PATIENCE_MS, until
from tests.e2e.running import Installation
from tests.monitoring.ingest import Ingest
from tests.monitoring.secrets_planted import PLAIN, found, plain

KEY = "k3y-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOP"
PLANTED = [(kind, plain(kind, 5000 + turn)) for turn in range(17) for kind in PLAIN]
PROXY = {"X-Forwarded-Proto": "https"}
PLANT = """(secrets) => {
  const next = () => secrets.shift() ?? "";
  const box = document.createElement("div");
  for (let i = 0; i < 60; i++) {
    const part = document.createElement("a");
    part.textContent = next();
    part.setAttribute("href", next());
    part.title = part.dataset.about = next();
    box.append(part);
  }
  const field = document.createElement("input");
  field.value = next();
  box.append(field);
  document.querySelector("main").prepend(box);
  history.replaceState(null, "", `?q=${encodeURIComponent(next())}`);
  for (let i = 0; i < 20; i++) {
    console.info(next(), { token: next() });
    fetch(`/static/nothing?q=${encodeURIComponent(next())}`);
  }
  class PlantedError extends Error { name = "PlantedError"; }
  for (let i = 0; i < 20; i++) setTimeout(() => { throw new PlantedError(`of ${next()} and ${next()}`); });
  Promise.reject(new PlantedError(next()));
  setTimeout(() => { while (secrets.length) { throw new PlantedError(secrets.splice(0).join(" | ")); } }, 100);
}"""


@pytest.fixture(scope="module")
def ingest(tmp_path_factory):
    """Where reports go; by https, as production demands."""
    with Ingest(tmp_path_factory.mktemp("ingest")) as running:
        yield running


@pytest.fixture(scope="module")
def site(tmp_path_factory, ingest):
    """An installation as in production, behind a proxy that the browser plays: it adds the proxy's header."""
    site = Installation(tmp_path_factory.mktemp("site"))
    site.environment |= {
        "ENVIRONMENT": "production",
        "SECRET_KEY": KEY,
        "SITE_URL": "https://127.0.0.1",
        "TRUSTED_PROXIES": "127.0.0.1",
        "SENTRY_DSN": ingest.dsn,
        "SSL_CERT_FILE": ingest.certificate,
        "SENTRY_TRACES_SAMPLE_RATE": "1",
        "SENTRY_REPLAYS_SESSION_SAMPLE_RATE": "1",
        "VAPID_PRIVATE_KEY": "",
    }
    site.headers = PROXY
    with site:
        yield site


def behind_a_proxy(browser):
    return opened(browser, ignore_https_errors=True, extra_http_headers=PROXY)


def traced(ingest, trace: str, op: str):
    """The legs of a journey that are of a kind."""
    legs = [one for one in ingest.of("transaction") if one["contexts"]["trace"]["trace_id"] == trace]
    return [one for one in legs if one["contexts"]["trace"]["op"] == op]


async def test_a_journey_goes_from_the_page_over_its_socket_to_the_feed_and_through_the_browser(
    browser, site, ingest
):
    async with behind_a_proxy(browser) as page:
        answer = await page.goto(f"{site.url}/markets/BTC/")
        policy = answer.headers["content-security-policy"]
        assert f"connect-src 'self' {ingest.origin};" in f"{policy};"
        trace = await page.get_attribute('meta[name="sentry-trace"]', "content")
        journey = trace.partition("-")[0]
        await until(page, "() => document.querySelector('[data-pulse]').dataset.state === 'live'")
        for op, name in (
            ("http.server", "/markets/{coin}/"),
            ("websocket.server", "socket joins"),
            ("queue.process", "demand"),
            ("pageload", "/markets/BTC/"),
        ):
            (leg, *_) = await waited(page, lambda op=op: traced(ingest, journey, op), op)
            assert leg["transaction"] == name
        assert page.complaints == []


async def waited(page, found, what):
    """What ``found`` finds, while the browser goes on."""
    for _ in range(int(PATIENCE_MS / 100)):
        if there := found():
            return there
        await page.wait_for_timeout(100)
    raise AssertionError(f"no {what}")


async def test_errors_of_scripts_arrive_with_a_masked_recording_and_none_of_500_planted_secrets(
    browser, site, ingest
):
    async with behind_a_proxy(browser) as page:
        await page.goto(f"{site.url}/markets/")
        await until(page, "() => window.__SENTRY__ && document.querySelector('tr[data-coin]')")
        await page.wait_for_timeout(500)
        await page.evaluate(PLANT, [secret for _kind, secret in PLANTED])
        errors = await waited(
            page, lambda: len(of_browser(ingest)) >= 10 and of_browser(ingest), "errors of the browser"
        )
        await page.mouse.click(5, 5)
        await waited(page, lambda: len(ingest.of("replay_recording")) >= 2, "recordings")
    assert found(PLANTED, ingest.text()) == []
    told = [error["exception"]["values"][-1] for error in errors]
    assert {one["type"] for one in told} == {"PlantedError"}
    assert {error["environment"] for error in errors} == {"production"}
    assert all("user" not in error for error in errors)
    assert all(error["release"].startswith("hyperliquid-dashboard@") for error in errors)
    assert ingest.origins >= {site.url}
    recorded = b"".join(payload for payload in ingest.of("replay_recording")).decode()
    assert '"type":2' in recorded  # a picture of the whole page
    assert "Funding" not in recorded  # of which no word can be read


def of_browser(ingest):
    return ingest.of("event", "browser")


async def late(route):
    """As over a slow line."""
    await asyncio.sleep(1.5)
    await route.continue_()


async def test_an_error_before_the_client_is_there_is_reported_too(browser, site, ingest):
    async with behind_a_proxy(browser) as page:
        await page.route("**/vendor/sentry*.js", late)
        await page.add_init_script(
            "addEventListener('load', () => { throw new RangeError('as early as can be'); })"
        )
        await page.goto(f"{site.url}/markets/")
        await waited(page, lambda: "as early as can be" in json.dumps(of_browser(ingest)), "early error")
