"""InfoClient asks the simulated exchange everything it can, and the budget counts as the exchange does."""

import pytest

from exchange.budget import Budget, Limits, Priority
from exchange.budget_memory import MemoryStore
from exchange.clock import SystemClock
from exchange.info import InfoClient
from exchange.simulator import cast
from exchange.wire import market
from tests.exchange.simulator.server_client import running

USER = cast.TRADER


@pytest.fixture(scope="module")
def place():
    with running(speed=1.0) as place:
        yield place


@pytest.fixture(scope="module")
def client(place) -> InfoClient:
    budget = Budget(MemoryStore(), Limits(weight=100_000), SystemClock())
    return InfoClient(place["url"], budget, feature="everything")


@pytest.mark.parametrize(
    ("ask", "shape"),
    [
        (lambda c, p: c.meta(p["dexes"][1]), market.Meta),
        (lambda c, p: c.meta_and_contexts(), market.PerpFigures),
        (lambda c, p: c.spot_meta_and_contexts(), market.SpotFigures),
        (lambda c, p: c.all_mids(), dict),
        (lambda c, p: c.exchange_status(), object),
        (lambda c, p: c.l2_book("BTC", 5, 2), market.Book),
        (lambda c, p: c.recent_trades("BTC"), list),
        (lambda c, p: list(c.candles("BTC", "1h", p["start"] - 86_400_000)), list),
        (lambda c, p: list(c.funding_history("BTC", p["start"] - 86_400_000, p["start"])), list),
        (lambda c, p: c.clearinghouse_state(USER), object),
        (lambda c, p: c.spot_clearinghouse_state(USER), object),
        (lambda c, p: c.user_abstraction(USER), str),
        (lambda c, p: c.open_orders(USER), list),
        (lambda c, p: c.historical_orders(USER), list),
        (lambda c, p: list(c.user_fills_by_time(USER, 0)), list),
        (lambda c, p: list(c.user_twap_slice_fills_by_time(USER, 0)), list),
        (lambda c, p: c.twap_history(USER), list),
        (lambda c, p: list(c.user_funding(USER, 0)), list),
        (lambda c, p: list(c.ledger_updates(USER, 0)), list),
        (lambda c, p: c.portfolio(USER), list),
        (lambda c, p: c.user_role(USER), object),
        (lambda c, p: c.user_vault_equities(USER), list),
    ],
)  # fmt: skip
def test_it_reads_what_the_exchange_answers(client, place, ask, shape) -> None:
    assert isinstance(ask(client, place), shape)


def test_fills_of_all_pages_come_once_and_in_order(client) -> None:
    fills = list(client.user_fills_by_time(USER, 0))
    assert fills
    assert [fill.time for fill in fills] == sorted(fill.time for fill in fills)


def test_the_universe_is_that_of_the_exchange(client, place) -> None:
    universe = client.universe()
    outcomes = {coin for coin in place["coins"] if coin.startswith("#")}
    assert set(place["coins"]) - outcomes <= set(universe.coins)
    assert universe.coins[place["delisted"]].is_delisted
    assert list(universe.dexes) == place["dexes"]


def test_each_feature_is_in_the_ledger(client) -> None:
    client.on_behalf_of("one", Priority.BACKGROUND).exchange_status()
    used = {line.feature: line.used for line in client.budget.ledger()}
    assert used["one"] == 2
    assert used["everything"] > 2
