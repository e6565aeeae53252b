"""Where alerts' figures stand and how far they have to go: as the server says it, and the same by the script."""

import json
import random
import subprocess
from math import inf
from pathlib import Path

import pytest

from alerts.metrics import METRICS
from alerts.models import Alert
from dashboard.pages.alerts.live import Live, distance, live_of, value_of
from exchange.rows import NONE
from tests.alerts.rows import D

ROOT = Path(__file__).resolve().parents[2]
ONE, TWO = "0x" + "c3" * 20, "0x" + "d4" * 20
DAY = 86_400_000
SCRIPT = """
const { distance, valueOf } = await import(process.argv[1]);
let text = "";
for await (const part of process.stdin) text += part;
const said = JSON.parse(text).map(({ live, held, unit, side, threshold }) => {
  const joined = new Map(Object.entries(held).map(([topic, rows]) => [topic, new Map(Object.entries(rows))]));
  const [words, value] = valueOf(live, joined);
  return [words, ...distance(unit, side, threshold, value)];
});
console.log(JSON.stringify(said));
"""


def alert(metric: str, **values) -> Alert:
    """One that is not stored."""
    return Alert(user_id=1, metric=metric, **{"coin": "BTC", "threshold": D(1), "side": 1} | values)


def live(metric: str, **values) -> Live:
    """Where its figure stands; the user has two wallets."""
    found = live_of(alert(metric, **values), "perp", [ONE, TWO])
    assert found is not None
    return found


def account(**positions) -> dict:
    """Rows of an account that was heard of."""
    summary = {"positions_at": 5, "limit_ms": 9, "n_equity": 1000.0, "n_notional": 2500.0, "equity": "$1,000.00"}
    return {"summary": summary, **{f"position:{coin}": row for coin, row in positions.items()}}


def test_every_figure_has_a_place_but_what_happens():
    for name, metric in METRICS.items():
        found = live_of(alert(name, window=300_000 if metric.is_windowed else 0), "perp", [ONE])
        assert (found is None) == metric.is_occurrence, name
    assert live("change", window=DAY).number == "n_change"
    spike = live("volume_spike", window=DAY)
    assert (spike.topics, spike.key) == (("changes:BTC",), f"volume_spike:{DAY}")
    assert value_of(spike, {"changes:BTC": {f"volume_spike:{DAY}": {"value": "+3.200%", "n_value": 3.2}}}) == (
        "+3.200%",
        3.2,
    )


def test_of_all_positions_the_one_that_is_nearest_to_the_alert_counts():
    held = {
        f"account:{ONE}": account(BTC={"distance": "12%", "n_distance": 0.12, "upnl": "+$5.00", "n_upnl": 5.0}),
        f"account:{TWO}": account(ETH={"distance": "—", "n_distance": None, "upnl": "−$7.00", "n_upnl": -7.0}),
    }
    lowest = {"coin": "", "side": -1}
    assert value_of(live("liquidation_distance", **lowest), held) == ("12%", 12.0)
    assert value_of(live("position_pnl", **lowest), held) == ("−$7.00", -7.0)
    assert value_of(live("position_pnl", coin="", side=1), held) == ("+$5.00", 5.0)
    assert value_of(live("leverage", side=1), held) == ("2.50×", 2.5)


def test_any_of_my_wallets_is_known_only_while_all_of_them_are():
    held = {f"account:{ONE}": account()}
    assert value_of(live("leverage"), held) == (NONE, None)
    assert value_of(live("leverage", address=ONE), held) == ("2.50×", 2.5)
    unheard = {f"account:{ONE}": {"summary": {"positions_at": None}}}
    assert value_of(live("leverage", address=ONE), unheard) == (NONE, None)


def test_a_flat_position_is_safe_and_worth_nothing():
    held = {f"account:{ONE}": account()}
    assert value_of(live("liquidation_distance", address=ONE), held) == ("no position", inf)
    assert value_of(live("position_value", address=ONE), held) == ("no position", 0.0)


WORDS = [
    ("mark", 1, 110, 100.0, ("10.00% away", False)),
    ("mark", 1, 90, 100.0, ("past it by 10.00%", True)),
    ("mark", -1, 90, 100.0, ("10.00% away", False)),
    ("mark", 1, 100, 100.0, ("past it by 0.0000%", True)),
    ("volume", 1, 5000, 1.0, ("499,900% away", False)),
    ("change", -1, -2, -1.5, ("0.50 points away", False)),
    ("funding", 1, 0.01, 0.0013, ("0.0087 points away", False)),
    ("leverage", 1, 3, 2.5, ("0.50× away", False)),
    ("leverage", 1, 3, inf, ("past it", True)),
    ("liquidation_distance", -1, 10, inf, ("far away", False)),
    ("funding_sign", 1, 1, -1.0, ("not so now", False)),
    ("funding_sign", -1, -1, -1.0, ("so now", True)),
    ("equity", -1, 0, 0.0, ("past it", True)),
    ("mark", 1, 1, None, ("", False)),
]


@pytest.mark.parametrize(("metric", "side", "threshold", "value", "said"), WORDS)
def test_distances_in_words(metric, side, threshold, value, said):
    assert distance(METRICS[metric], side, threshold, value) == said


@pytest.mark.node
def test_the_script_says_the_same_as_the_server():
    chance, cases = random.Random(4), []
    numbers = [None, 0.0, 0.0000125, -0.37, 1.0, 2.5, 99.994, 1234.5, 999.96, 84_119.5, 1e9]
    metrics = [name for name, one in METRICS.items() if not one.is_occurrence]

    def row() -> dict:
        texts = {name: chance.choice([NONE, "86,412.5", "0.0012%", "20× cross", "−3.5"]) for name in
                 ("mid", "oracle", "px", "spread_pct", "leverage", "mark", "equity", "distance")}  # fmt: skip
        values = {name: chance.choice(numbers) for name in
                  ("n_mark", "n_funding", "n_oi", "n_volume", "n_premium", "n_upnl", "n_distance", "n_value",
                   "n_equity", "n_notional", "n_usage", "n_change")}  # fmt: skip
        return {**texts, **values, "time": chance.randrange(9), "positions_at": chance.choice([None, 5, 5, 5])}

    for _ in range(1500):
        one = alert(
            chance.choice(metrics), coin=chance.choice(["BTC", ""]), address=chance.choice(["", ONE]),
            side=chance.choice([1, -1]), threshold=D(str(chance.choice(numbers[1:]))),
        )  # fmt: skip
        found = live_of(one, "perp", [ONE, TWO])
        assert found is not None
        keys = [found.key or "1-1", "2-2", "summary", "position:BTC", "position:ETH"]
        held = {
            topic: {key: row() for key in chance.sample(keys, 3)}
            for topic in found.topics
            if chance.random() < 0.9
        }
        cases.append((one, found, held))
    given = [
        {"live": json.loads(found.as_json), "held": held, "unit": one.of.unit, "side": one.side,
         "threshold": float(one.threshold)}
        for one, found, held in cases
    ]  # fmt: skip
    command = ["node", "--input-type=module", "-e", SCRIPT, (ROOT / "static/js/alert_value.js").as_uri()]
    ran = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    for (one, found, held), said in zip(cases, json.loads(ran.stdout), strict=True):
        text, value = value_of(found, held)
        expected = [text, *distance(one.of, one.side, float(one.threshold), value)]
        assert said == expected, (one.metric, held)
