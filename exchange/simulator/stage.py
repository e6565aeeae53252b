"""Brings the cast on stage: accounts, their past, and what they will do."""

from collections.abc import Callable

from exchange.simulator import actors, actors_special, cashflow, cast, dust
from exchange.simulator.accounts import Account
from exchange.simulator.bars import DAY, HOUR
from exchange.simulator.characters import Character, characters
from exchange.simulator.past import Past
from exchange.simulator.state import State

ACTORS: dict[str, Callable[[State, Character, Account], object]] = {
    cast.MARKET_MAKER: actors_special.MarketMaker,
    cast.TWAP_RUNNER: actors.TwapRunner,
    cast.LIQUIDATED: actors_special.Gambler,
}


def enter(state: State) -> None:
    """Create every account of the cast, write its past and put its first act on the agenda."""
    coins = [market.listing.name for market in state.perps if not market.listing.dex]
    players = characters(state.profile, state.seed, coins)
    for player in players:
        account = create(state, player)
        Past(state, player, account).write()
    stories(state)
    for player in players:
        if player.coins or player.spot:
            actor = ACTORS.get(player.address, actors.Trader)(state, player, state.accounts[player.address])
            if player.address == cast.TRADER and isinstance(actor, actors.Trader):
                actor.protect_position(state, state.markets["BTC"])
    state.schedule(state.start_ms // DAY * DAY + DAY, dust.convert_all)
    state.happenings.clear()


def create(state: State, player: Character) -> Account:
    account = Account(player.address, mode=player.mode, role=player.role)
    account.master = player.master
    account.rates = player.rates
    account.leverage = dict(player.leverage)
    account.isolated = set(player.isolated)
    state.accounts[player.address] = account
    state.cast.append(account)
    if player.risky:
        state.risky.append(account)
    return account


def stories(state: State) -> None:
    """Money that moved between members of the cast some hours before the start."""
    time = state.history_end - 3 * HOUR
    trader, vault = state.accounts[cast.TRADER], state.accounts[cast.VAULT]
    cashflow.withdraw(state, trader, time - 2 * HOUR, 2_500_000_000)
    cashflow.to_sub_account(state, trader, state.accounts[cast.SUB_ACCOUNT], time, 1_000_000_000)
    cashflow.internal(state, trader, time + 60_000, 250_000_000)
    cashflow.to_spot(state, trader, time + 90_000, 500_000_000)
    cashflow.to_vault(state, state.accounts[cast.UNIFIED], vault, time + 120_000, 5_000_000_000)
    cashflow.to_vault(state, state.accounts[cast.SPOT_TRADER], vault, time + 180_000, 2_000_000_000)
    hype = next((m for m in state.alive if m.listing.name == "@107"), None)
    if hype:
        portfolio = state.accounts[cast.PORTFOLIO]
        lots = 800 * hype.listing.lots
        cashflow.spot_gift(state, portfolio, time, hype.listing.tokens[0], 800 * 10**8, lots * hype.mark)
        cashflow.withdraw(state, portfolio, time + 60_000, 24_000_000_000)
