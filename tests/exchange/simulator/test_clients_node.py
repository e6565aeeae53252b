"""npm's @nktkas/hyperliquid, by HTTP and by WebSocket: each answer must fit the types that it was published with.

The client checks only what it sends, so ``tests/clients`` turns its TypeScript types (their patterns
included) into schemas and holds every answer and event against them.
"""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from exchange.simulator import cast
from tests.exchange.simulator.server_client import running

CLIENTS = Path(__file__).parents[2] / "clients"
HEARD_WHEN_SOMETHING_HAPPENS = {"notification"}
KNOWN_GAPS_OF_THE_TYPES = (
    r"/bbo/[01] must be object",  # a side without orders is null (API.md section 9, recorded)
    r"/balances/\d+/total must match .*\"-",  # borrowed USDC in portfolio margin (API.md section 8)
    r"/userAddRate must match .*\"-",  # a market maker's rebate
)

pytestmark = [pytest.mark.node, pytest.mark.slow]


@pytest.fixture(scope="module")
def node() -> str:
    """Node.js with the client installed."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("needs Node.js and npm")
    installed = CLIENTS / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < (CLIENTS / "package-lock.json").stat().st_mtime:
        done = subprocess.run([npm, "ci"], cwd=CLIENTS, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"npm ci failed: {done.stderr[-500:]}")
    return node


@pytest.fixture(scope="module")
def lines(node: str) -> list[dict[str, Any]]:
    """What the conversation said, one line per method and transport."""
    with running(speed=10) as place:
        spoken = subprocess.run(
            [node, "conversation.mjs", json.dumps(subject(place))],
            cwd=CLIENTS, capture_output=True, text=True, check=False, timeout=110,
        )  # fmt: skip
    assert spoken.returncode == 0, spoken.stderr[-3000:]
    return [json.loads(line) for line in spoken.stdout.splitlines()]


def subject(place: dict[str, Any]) -> dict[str, Any]:
    """What to talk about."""
    coins, dex = place["coins"], place["dexes"][1]
    users = {
        name.lower(): address
        for name, address in vars(cast).items()
        if name.isupper() and isinstance(address, str)
    }
    return {
        "url": place["url"],
        "ws": place["ws_url"],
        "dex": dex,
        "coins": {
            "perp": "BTC",
            "builder": next(coin for coin in coins if coin.startswith(f"{dex}:")),
            "spot": next(coin for coin in coins if coin.startswith("@")),
            "delisted": place["delisted"],
            "dex": dex,
        },
        "users": users,
        "hash": place["token_id"],
        "oid": place["oid"],
        "vault": cast.VAULT,
        "start": place["start"] - 3 * 86_400_000,
        "seconds": 8,
    }


@pytest.mark.parametrize("transport", ["http", "websocket", "subscription"])
def test_every_answer_fits_the_published_types(lines: list[dict[str, Any]], transport: str):
    spoken = [line for line in lines if line["transport"] == transport]
    print(f"{transport}:", ", ".join(line["method"] for line in spoken))  # noqa: T201 - says what was covered
    assert len(spoken) >= 26
    wrong = {line["method"]: left for line in spoken if (left := unexplained(line["complaints"]))}
    assert not wrong, json.dumps(wrong, indent=1)


def unexplained(complaints: list[str]) -> list[str]:
    """Up to three complaints that are not about what the types are known to lack."""
    return [one for one in complaints if not any(re.search(gap, one) for gap in KNOWN_GAPS_OF_THE_TYPES)][:3]


def test_every_subscription_was_heard(lines: list[dict[str, Any]]):
    silent = {line["method"] for line in lines if line.get("events") == 0}
    assert silent <= HEARD_WHEN_SOMETHING_HAPPENS


def test_web_data_2_is_refused(lines: list[dict[str, Any]]):
    (line,) = [line for line in lines if line["method"] == "webData2"]
    assert "Error parsing JSON into valid websocket request" in line["refusal"]
