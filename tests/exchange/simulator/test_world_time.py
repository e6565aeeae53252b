"""A world is its seed, its start and its time: nothing else."""

import json

from exchange.simulator import cast
from exchange.simulator.happenings import Happening
from exchange.simulator.profile import MAINNET_LIKE, SMALL
from exchange.simulator.world import World

START = 1_795_500_840_000
QUESTIONS = [
    {"type": "metaAndAssetCtxs"},
    {"type": "spotMetaAndAssetCtxs"},
    {"type": "userFills", "user": cast.MARKET_MAKER},
    {"type": "clearinghouseState", "user": cast.TRADER},
    {"type": "candleSnapshot", "req": {"coin": "BTC", "interval": "1m", "startTime": START - 10**7}},
]


def run(seed: int, pieces: int) -> tuple[list[Happening], str]:
    world = World(seed=seed, start_ms=START, profile=SMALL)
    happened: list[Happening] = []
    for piece in range(1, pieces + 1):
        happened += world.advance(START + 60_000 * piece // pieces)
    return happened, json.dumps([world.info(question) for question in QUESTIONS])


def test_the_same_seed_gives_the_same_bytes_however_time_is_cut() -> None:
    first, again = run(5, 1), run(5, 37)
    assert first[0] == again[0]
    assert first[1] == again[1]


def test_another_seed_gives_another_world() -> None:
    assert run(5, 1)[1] != run(6, 1)[1]


def test_it_never_goes_back() -> None:
    world = World(profile=SMALL)
    world.advance(world.start_ms + 5000)
    assert world.advance(world.start_ms) == []
    assert world.now_ms == world.start_ms + 5000


def test_happenings_come_in_order_of_time() -> None:
    times = [happening.time for happening in run(5, 1)[0]]
    assert times == sorted(times)
    assert times[0] > START
    assert times[-1] <= START + 60_000


def test_the_full_exchange_has_the_size_of_the_real_one() -> None:
    world = World(profile=MAINNET_LIKE)
    universe = world.info({"type": "meta"})["universe"]
    assert sum(1 for row in universe if row.get("isDelisted")) == 50
    assert sum(1 for row in universe if not row.get("isDelisted")) == 180
    assert {"BTC", "kPEPE", "xyz:TSLA", "flx:TSLA", "@107", "PURR/USDC", "#14880"} <= world.coins()
    assert len(world.info({"type": "userFills", "user": cast.MARKET_MAKER})) == 2000
