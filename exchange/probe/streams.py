"""The subscriptions the dashboard makes or could make: what each promises, as data (API.md section 5)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from exchange.probe import shapes_account as account
from exchange.probe import shapes_frames as frames
from exchange.probe import shapes_market as market
from exchange.probe.names import Names
from exchange.probe.shape import TEXT
from exchange.universe import Universe
from exchange.ways import ways_of

Subscribe = Callable[[Names], dict[str, Any]]
MARKET, ACCOUNT = "market", "account"


@dataclass(frozen=True, slots=True)
class Stream:
    """A subscription of ours. ``needs`` names what ``Names`` must have for it.

    ``every`` is the range, in seconds, in which the middle pause between two frames must lie; None for
    streams that speak only when something happens. ``opens`` is False for those that begin with
    silence. ``fallback`` is what carries its figures when it is refused or silent; of a stream that is
    not ``in_use`` its absence is no difference.
    """

    id: str
    subscription: Subscribe
    channel: str
    shape: Any
    fallback: str
    leans_on: str
    every: tuple[float, float] | None = None
    opens: bool = True
    needs: tuple[str, ...] = ()
    line: str = MARKET
    in_use: bool = True


def _coin(kind: str, name: str, **more: Any) -> tuple[Subscribe, tuple[str, ...]]:
    return lambda names: {"type": kind, "coin": getattr(names, name), **more}, (name,)


def _of_coin(id: str, kind: str, name: str, shape: Any, fallback: str, **more: Any) -> Stream:
    extra = more.pop("extra", {})
    subscribe, needs = _coin(kind, name, **extra)
    channel = more.pop("channel", kind)
    return Stream(id, subscribe, channel, shape, fallback, f"exchange/ways.py: {id}", needs=needs, **more)


def _of_user(kind: str, shape: Any, fallback: str, **more: Any) -> Stream:
    channel = more.pop("channel", kind)
    extra = more.pop("extra", {})
    return Stream(
        kind,
        lambda names: {"type": kind, "user": names.user, **extra},
        channel,
        shape,
        fallback,
        "account tracking",
        needs=("user",),
        line=ACCOUNT,
        **more,
    )


def _ways(stream: str) -> str:
    """What the feed turns to, in its own words, when the first way to a stream fails."""
    return ", then ".join(way.name for way in ways_of(stream, Universe())[1:])


NONE = "nothing: shown as missing"
PRICES, BOOK, TRADES, MARKET_ROW = _ways("prices"), _ways("book:x"), _ways("trades:x"), _ways("market:x")
IDLE = (0.0, 8.0)
"""Account states come every 4 to 5 s even when nothing happens, and sooner when something does."""

STREAMS = (
    Stream(
        "fastAssetCtxs",
        lambda names: {"type": "fastAssetCtxs"},
        "fastAssetCtxs",
        TEXT,
        PRICES,
        "exchange/ways.py: prices",
        every=(0.6, 2.0),
    ),
    Stream(
        "allDexsAssetCtxs",
        lambda names: {"type": "allDexsAssetCtxs"},
        "allDexsAssetCtxs",
        market.ALL_DEXS_CONTEXTS,
        _ways("contexts"),
        "exchange/ways.py: contexts",
        every=(9.0, 20.0),
    ),
    Stream(
        "allMids",
        lambda names: {"type": "allMids"},
        "allMids",
        market.DEX_MIDS,
        "polled allMids",
        "exchange/ways.py: prices, second way",
        every=(3.5, 7.5),
    ),
    Stream(
        "allMids.dex",
        lambda names: {"type": "allMids", "dex": names.dex},
        "allMids",
        market.DEX_MIDS,
        "polled allMids",
        "exchange/ways.py: prices, second way",
        every=(3.5, 7.5),
        needs=("dex",),
    ),
    _of_coin(
        "l2Book.fast", "l2Book", "perp", market.BOOK, BOOK,
        every=(0.3, 1.2), extra={"fast": True},
    ),
    _of_coin("l2Book.slow", "l2Book", "second", market.BOOK, "polled l2Book", every=(3.5, 7.5)),
    _of_coin("bbo", "bbo", "perp", market.QUOTES, _ways("quotes:x")),
    _of_coin("trades", "trades", "perp", [market.TRADE], TRADES),
    _of_coin("trades.builder", "trades", "builder_perp", [market.TRADE], TRADES),
    _of_coin("candle", "candle", "perp", market.CANDLE, _ways("candle:x:1m"), extra={"interval": "1m"}),
    _of_coin(
        "activeAssetCtx", "activeAssetCtx", "perp", market.COIN_CONTEXT, MARKET_ROW,
        every=(0.6, 2.0),
    ),
    _of_coin(
        "activeAssetCtx.spot", "activeAssetCtx", "spot", market.SPOT_COIN_CONTEXT, MARKET_ROW,
        every=(0.6, 2.0), channel="activeSpotAssetCtx",
    ),
    Stream(
        "assetCtxs",
        lambda names: {"type": "assetCtxs", "dex": ""},
        "assetCtxs",
        {"dex": TEXT, "ctxs": [market.PERP_CONTEXT]},
        "allDexsAssetCtxs",
        "nothing yet",
        in_use=False,
    ),
    Stream(
        "spotAssetCtxs",
        lambda names: {"type": "spotAssetCtxs"},
        "spotAssetCtxs",
        [market.SPOT_CONTEXT],
        _ways("spot"),
        "exchange/ways.py: spot",
    ),
    _of_user(
        "allDexsClearinghouseState", frames.ALL_DEX_STATES, "clearinghouseState of each dex by REST", every=IDLE
    ),
    _of_user("spotState", frames.USER_SPOT, "spotClearinghouseState by REST", every=IDLE),
    _of_user("openOrders", frames.DEX_ORDERS, "frontendOpenOrders by REST", every=IDLE, extra={"dex": ""}),
    _of_user("twapStates", frames.TWAP_STATES, "twapHistory by REST", every=IDLE, extra={"dex": ""}),
    _of_user("webData3", frames.WEB_DATA, "userAbstraction by REST", every=IDLE),
    _of_user("userFills", frames.USER_FILLS, "userFillsByTime by REST"),
    _of_user("userFundings", frames.USER_FUNDINGS, "userFunding by REST"),
    _of_user("userNonFundingLedgerUpdates", frames.USER_LEDGER, "the type of that name by REST"),
    _of_user("userTwapSliceFills", frames.USER_SLICES, "userTwapSliceFills by REST"),
    _of_user("userTwapHistory", frames.USER_TWAPS, "twapHistory by REST"),
    _of_user("userHistoricalOrders", frames.USER_ORDERS, "historicalOrders by REST", in_use=False),
    _of_user("orderUpdates", [account.ORDER_UPDATE], "openOrders", opens=False),
    _of_user("userEvents", frames.USER_EVENT, "userFills and userFundings", channel="user", opens=False),
    _of_user("notification", frames.NOTIFICATION, NONE, opens=False),
)  # fmt: skip
BY_ID = {stream.id: stream for stream in STREAMS}


def about(data: Any) -> str | None:
    """The coin (or, for mids, the dex) that the data of a frame is about, if it says so."""
    row = data[0] if isinstance(data, list) and data else data
    if not isinstance(row, dict):
        return None
    if "mids" in row:
        return row.get("dex") or ""
    coin = row.get("coin", row.get("s"))
    return coin if isinstance(coin, str) else None


def concerns(stream: Stream, subscription: dict[str, Any], channel: str, data: Any) -> bool:
    """Whether a frame belongs to a subscription of ours (of one user, and one form for each coin)."""
    if channel != stream.channel:
        return False
    wanted = subscription.get("coin", subscription.get("dex", "") if stream.channel == "allMids" else None)
    said = about(data)
    return wanted is None or said is None or said == wanted
