"""The simulated exchange's markets and accounts: pure, synchronous, seeded.

``World`` is the whole public surface; a server asks it and turns its happenings into frames.
Nothing here knows of sockets, Django or the system clock. The same seed, start and sequence of
``advance`` targets gives the same bytes.
"""

from typing import Any

from exchange.simulator import answers, answers_market, contexts, frames, holdings, stage
from exchange.simulator.accounts import Truth
from exchange.simulator.answers_market import candle_row
from exchange.simulator.blocks import Blocks
from exchange.simulator.book import book_top, l2_book
from exchange.simulator.figures import exact
from exchange.simulator.happenings import Happening
from exchange.simulator.profile import MAINNET_LIKE, Profile
from exchange.simulator.state import State

Json = dict[str, Any]
START_MS = 1_795_500_840_000


class World:
    """One simulated exchange at one moment, ``now_ms``."""

    def __init__(self, seed: int = 7, start_ms: int = START_MS, profile: Profile = MAINNET_LIKE) -> None:
        self.seed = seed
        self.profile = profile
        self.start_ms = start_ms
        self.now_ms = start_ms
        self.state = State(seed, start_ms, profile)
        stage.enter(self.state)
        self._blocks = Blocks(self.state)

    def advance(self, to_ms: int) -> list[Happening]:
        """Run blocks up to ``to_ms``; everything that happened, in order. Going back does nothing."""
        self.now_ms = max(self.now_ms, to_ms)
        return self._blocks.run(to_ms)

    def info(self, body: Json) -> Any:
        """The JSON-ready answer to an /info body; raises ``answers.Malformed`` or ``answers.Null500``."""
        return answers.answer(self.state, body)

    def coins(self) -> set[str]:
        """All names a market stream accepts: perps of all dexes incl. delisted, spot, outcomes."""
        return set(self.state.markets)

    def dexes(self) -> list[str]:
        """Perp dexes in ``perpDexs`` order; the first is ``""``."""
        return list(self.state.dexes)

    # What goes under "data" of a market frame.

    def l2_book(
        self, coin: str, n_sig_figs: int | None = None, mantissa: int | None = None, fast: bool = False
    ) -> Json:
        """``{coin, time, levels, spread?, fast?}``: 20 levels a side, 5 when fast."""
        return l2_book(self.state.markets[coin], self.state.now, n_sig_figs, mantissa, fast)

    def bbo(self, coin: str) -> Json:
        return book_top(self.state.markets[coin], self.state.now)

    def recent_trades(self, coin: str, n: int = 30) -> list[Json]:
        """The last n trades, oldest first (what a socket replays)."""
        return list(self.state.markets[coin].tape)[-n:]

    def candle(self, coin: str, interval: str) -> Json | None:
        """The running candle; None if the coin has never traded."""
        market = self.state.markets[coin]
        bar = market.candles.newest(interval) if market.alive else None
        return candle_row(market, interval, bar) if bar else None

    def active_ctx(self, coin: str) -> tuple[str, Json]:
        """(channel, data): ``activeAssetCtx`` for perps, ``activeSpotAssetCtx`` for spot."""
        market = self.state.markets[coin]
        if market.listing.kind == "perp":
            return "activeAssetCtx", {"coin": coin, "ctx": contexts.perp(market, self.state.now)}
        return "activeSpotAssetCtx", {"coin": coin, "ctx": contexts.spot(market, self.state.now)}

    def all_mids(self, dex: str = "") -> Json:
        """``{coin: px}`` as REST; the socket wraps it in ``{mids[, dex]}``."""
        return answers_market.all_mids(self.state, dex)

    def fast_ctxs(self) -> dict[str, Json]:
        """Full map ``{coin: {markPx, midPx}}``; the server sends changes and deflates."""
        return {n: {"markPx": contexts.mark(m), "midPx": contexts.mid(m)} for n, m in self.state.markets.items()}

    def all_dexs_ctxs(self) -> Json:
        """``{ctxs: [[dex, [ctx, ...]], ...]}``, dexes alphabetical."""
        return {"ctxs": [[dex, answers_market.contexts_of(self.state, dex)] for dex in sorted(self.state.dexes)]}

    def asset_ctxs(self, dex: str = "") -> Json:
        """``{dex, ctxs: [...]}``."""
        return {"dex": dex, "ctxs": answers_market.contexts_of(self.state, dex)}

    def spot_ctxs(self) -> list[Json]:
        return answers_market.spot_contexts(self.state)

    # What goes under "data" of an account frame, complete (with isSnapshot where it belongs).

    def clearinghouse(self, user: str, dex: str = "") -> Json:
        """``{dex, user, clearinghouseState}``."""
        return frames.clearinghouse(self.state, user, dex)

    def all_dexs_clearinghouse(self, user: str) -> Json:
        return frames.all_clearinghouses(self.state, user)

    def open_orders(self, user: str, dex: str = "") -> Json:
        """``{dex, user, orders}``."""
        return frames.open_orders(self.state, user, dex)

    def spot_state(self, user: str) -> Json:
        """``{user, spotState}``."""
        return {"user": user.lower(), "spotState": holdings.spot_state(self.state, self.state.account(user))}

    def twap_states(self, user: str, dex: str = "") -> Json:
        """``{dex, user, states}``."""
        return frames.twap_states(self.state, user, dex)

    def web_data3(self, user: str) -> Json:
        return frames.web_data3(self.state, user)

    def active_asset_data(self, user: str, coin: str) -> Json:
        return holdings.active_asset(self.state, self.state.account(user), user.lower(), coin)

    def user_fills_snapshot(self, user: str, aggregate: bool = False) -> Json:
        """``{isSnapshot: true, user, fills}``: the last 30, oldest first."""
        return frames.fills(self.state, user, aggregate)

    def user_fundings_snapshot(self, user: str) -> Json:
        return frames.fundings(self.state, user)

    def ledger_snapshot(self, user: str) -> Json:
        return frames.ledger(self.state, user)

    def historical_orders_snapshot(self, user: str) -> Json:
        return frames.historical_orders(self.state, user)

    def twap_slice_snapshot(self, user: str) -> Json:
        return frames.slices(self.state, user)

    def twap_history_snapshot(self, user: str) -> Json:
        return frames.twap_history(self.state, user)

    # What tests may know.

    def truth(self, user: str) -> Truth:
        """All that ever happened to an account, oldest first, also what the API no longer shows."""
        account = self.state.accounts[user.lower()]
        held = {
            p.coin: exact(p.size, self.state.markets[p.coin].listing.sz_decimals)
            for p in account.positions.values()
        }
        return Truth(
            list(account.fills),
            list(account.slices),
            list(account.fundings),
            list(account.ledger),
            {coin: size for coin, size in held.items() if size != "0.0"},
        )
