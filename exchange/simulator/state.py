"""The one mutable object behind a world: markets, accounts, the agenda and what just happened."""

import heapq
from collections.abc import Callable
from random import Random
from typing import Any

from exchange.simulator import universe
from exchange.simulator.accounts import USDC, Account
from exchange.simulator.bars import MINUTE
from exchange.simulator.candles import Candles
from exchange.simulator.figures import ladder
from exchange.simulator.fills import NO_HASH
from exchange.simulator.funding import Funding
from exchange.simulator.happenings import Happening
from exchange.simulator.history import History
from exchange.simulator.listing import Listing
from exchange.simulator.market import Market
from exchange.simulator.profile import Profile

Json = dict[str, Any]
Action = Callable[["State"], None]
CROWD_KEEPS = 300
"""Fills kept of an account that is not in the cast."""
TRADERS_PER_COIN = 10


class State:
    """Everything that changes. Behaviour is in the modules that take a State as first argument."""

    def __init__(self, seed: int, start_ms: int, profile: Profile) -> None:
        self.seed = seed
        self.profile = profile
        self.start_ms = start_ms
        self.history_end = start_ms // MINUTE * MINUTE
        self.now = start_ms
        self.rng = Random(seed)
        self.listings = universe.all_listings(profile, Random(f"{seed}/universe"))
        self.markets = {listing.name: self._market(listing) for listing in self.listings}
        self.alive = [market for market in self.markets.values() if market.alive]
        self.perps = [market for market in self.alive if market.listing.kind == "perp"]
        self.dexes = ["", *dict.fromkeys(m.listing.dex for m in self.markets.values() if m.listing.dex)]
        self.token_names = token_names(self.listings)
        self.funding = Funding(seed, self.history_end)
        self.accounts: dict[str, Account] = {}
        self.crowd = self._crowd(Random(f"{seed}/crowd"))
        self.happenings: list[Happening] = []
        self.tape: dict[str, list[Json]] = {}
        self.touched: dict[str, None] = {}
        self.watched: dict[str, None] = {}
        self.risky: list[Account] = []
        self.cast: list[Account] = []
        self.turn = 0
        self.twap_count = 0
        self._agenda: list[tuple[int, int, Action]] = []
        self._scheduled = 0
        self._oid = 566_617_880_000

    def _market(self, listing: Listing) -> Market:
        steps = ladder(listing.px_decimals)
        history = History(self.seed, listing, steps, self.history_end)
        market_seed = Random(f"{self.seed}/{listing.name}/book").getrandbits(32)
        return Market(listing, steps, Candles(history), market_seed)

    def _crowd(self, rng: Random) -> list[str]:
        """Addresses of the many; each has money enough never to be liquidated."""
        addresses = [f"0x{rng.getrandbits(160):040x}" for _ in range(self.profile.crowd)]
        for address in addresses:
            account = Account(address, kept=CROWD_KEEPS)
            for dex in self.dexes:
                account.cash[dex] = 10**13
            account.balance(USDC).total = 10**16
            self.accounts[address] = account
        return addresses

    def traders(self, market: Market) -> list[str]:
        """Those of the crowd who trade a coin."""
        at = market.seed % len(self.crowd)
        return (self.crowd + self.crowd)[at : at + TRADERS_PER_COIN]

    def account(self, address: str) -> Account | None:
        return self.accounts.get(address.lower())

    def next_oid(self) -> int:
        self._oid += 1 + self.rng.randrange(60)
        return self._oid

    def next_hash(self) -> str:
        """A transaction hash; about a third are all zeros, as on the wire."""
        return NO_HASH if self.rng.random() < 0.3 else f"0x{self.rng.getrandbits(256):064x}"

    def schedule(self, time: int, action: Action) -> None:
        """Run ``action`` in the first block at or after ``time``."""
        self._scheduled += 1
        heapq.heappush(self._agenda, (time, self._scheduled, action))

    def due(self) -> Action | None:
        """The next action whose time has come, taken off the agenda."""
        if self._agenda and self._agenda[0][0] <= self.now:
            return heapq.heappop(self._agenda)[2]
        return None

    def emit(self, happening: Happening) -> None:
        self.happenings.append(happening)


def token_names(listings: list[Listing]) -> dict[int, str]:
    """Token index → name, with the collaterals of all dexes."""
    names = {USDC: "USDC", 235: "USDE", 268: "USDT0", 360: "USDH"}
    for listing in listings:
        if listing.kind != "perp":
            names[listing.tokens[0]] = str(listing.extras["token"])
    return names
