"""Row: what a browser gets of one thing, as finished text, with floats only to sort and draw by.

A topic is a dict of key → row. These are the fields of each topic's rows; first paint (template)
and live update (socket) use the same ones. Texts of nothing are ``"—"``, numbers of nothing null.
Builders: ``rows_market.py`` (markets, market), ``rows_depth.py`` (book, trades, candle), ``rows_account.py``
and ``rows_status.py``. Times are Unix ms, UTC.
"""

from typing import Any

Row = dict[str, Any]
Rows = dict[str, Row]

NONE = "—"

MARKETS_STATIC = ("coin", "label", "dex", "kind", "category", "delisted", "max_leverage", "href")
"""Text, but delisted is a bool and max_leverage an int (0 for spot); kind is ``perp`` or ``spot``."""

MARKETS_TEXT = ("mark", "change", "volume", "oi", "funding", "apr", "premium")
"""``86,412.5`` · ``+1.23%`` (24 h) · ``$1.23B`` (24 h) · ``$1.23B`` · ``+0.0013%`` (hourly) · ``+10.95%`` ·
``−0.0123%`` (a true minus)."""

MARKETS_NUMBERS = ("n_mark", "n_change", "n_volume", "n_oi", "n_funding", "n_premium")
"""Sort keys, float or null; change, funding (hourly) and premium as fractions, volume and oi in USD."""

MARKETS = MARKETS_STATIC + MARKETS_TEXT + MARKETS_NUMBERS
"""``markets``: key is the coin's name."""

MARKET = (
    *MARKETS,
    "oracle",  # 86,400.0
    "mid",  # 86,412.5
    "change_abs",  # +1,043.5, in the quote currency
    "prev_day",  # price 24 h ago
    "volume_full",  # $1,234,567,890 in 24 h
    "volume_base",  # 14,287.1 BTC in 24 h
    "oi_base",  # 28,123.4 BTC
    "oi_full",  # $2,430,123,456
    "bid",  # best bid, — unless book or quotes are being watched
    "ask",
    "spread",  # 1.0, in the quote currency
    "spread_pct",  # 0.0012%
    "leverage",  # 40×, — for spot
    "quote",  # USDC: name of the quote or collateral token
    "sz_decimals",  # int: decimals of sizes
    "px_decimals",  # int: most decimals a price may have
    "prices_at",  # ms of receipt of mark or mid, null before the first
    "context_at",  # ms of receipt of the other figures
)
"""``market:<coin>``: one row, key is the coin's name."""

BOOK_KEY = "book"
BOOK = ("bids", "asks", "spread", "spread_pct", "mid", "time")
"""``book:<coin>``: one row, key ``book``. bids and asks are lists of [price, size, total size up to here
(texts), depth of the total, 0..1 of the deeper side], best first. ``time`` is the exchange's."""

TRADES = ("px", "sz", "usd", "side", "time", "at", "large")
"""``trades:<coin>``: key ``<time>-<tid>``; px, sz, usd (``$12.34K``): text; side: ``buy`` or ``sell``, the
aggressor's; time: ms; at: ``HH:MM:SS`` UTC; large: bool. The newest TRADES_KEPT; the others are deleted."""

TRADES_KEPT = 60

CANDLE = ("bar", "close")
"""``candle:<coin>:<interval>``: key is the bar's open time as text; bar: [t, open, high, low, close, volume] as
numbers for the chart (t in ms); close: text. The newest two or three bars; history comes by REST."""

ACCOUNT_SUMMARY = (
    *("kind", "address", "role", "mode", "how", "why"),
    *("equity", "reason", "is_estimate", "left_out", "lines"),
    *("upnl", "notional", "margin", "usage", "health", "withdrawable", "positions", "orders"),
    *("positions_at", "spot_at", "orders_at", "limit_ms"),
    *("n_equity", "n_upnl", "n_notional", "n_usage", "n_health"),
)
"""``account:<address>``, row ``summary``: role and mode: the exchange's words, empty until it said them; how:
``waiting``, ``streamed``, ``polled`` or ``refused``; why: text, why no better; equity: ``$12,345.67``, or ``—``
with the reason; is_estimate: bool; left_out: tokens without a price; lines: list of [kind (perp, spot,
unrealized, vault, moved), subject, amount, why]; upnl, notional, margin, withdrawable: text in USD; usage:
``12.34%``, margin over equity; health: maintenance margin over what backs it (liquidation at 100 %), ``—``
where the exchange has no such figure; positions, orders: numbers of them; positions_at, spot_at, orders_at: ms
of receipt of the oldest part, or null: past limit_ms they are stale. n_usage and n_health are fractions."""

ACCOUNT_POSITION = (
    *("kind", "coin", "label", "href", "dex", "side", "size", "entry", "mark", "is_live", "value", "upnl", "roe"),
    *("liq", "distance", "margin", "leverage", "funding"),
    *("n_value", "n_upnl", "n_roe", "n_distance", "n_margin", "n_funding"),
)
"""Row ``position:<coin>``: side: ``long`` or ``short``; is_live: bool, the mark is newer than the state; value,
upnl, margin, funding: in the dex's collateral (``+$12.30``, ``12.30 USDH``); roe: ``+1.23%`` of the initial
margin; liq: price or ``none``; distance: ``12.34%`` of the mark; leverage: ``20× cross``; funding: since it was
opened, minus is paid."""

ACCOUNT_ORDER = (
    *("kind", "coin", "label", "href", "oid", "side", "type", "size", "filled", "price", "value", "trigger"),
    *("tif", "reduce_only", "children", "time", "n_price", "n_value"),
)
"""Row ``order:<oid>``: oid: text; side: ``buy`` or ``sell``; size: what remains, or ``whole position``; filled:
``12.3%``; trigger: the condition in words, or ``—``; children: texts of the take-profits and stops that hang on
it; time: ms."""

ACCOUNT_BALANCE = (
    *("kind", "token", "total", "hold", "available", "price", "value", "upnl", "n_total", "n_value", "n_upnl"),
)
"""Row ``balance:<token>``: price and value in USD, ``—`` without a market against USDC; upnl: value less cost."""

CHANGE = ("value", "n_value")
"""``changes:<coin>``, key ``<metric>:<ms>`` for each change, move or spike that an alert looks at: value: text in
per cent; n_value: the same as a number, null while the window is not known."""

STATUS_KEY = "feed"
STATUS = (
    *("network", "simulated", "connected", "since", "reason", "now", "epoch", "lag"),
    *("api_reachable", "api_latency", "api_breaker", "streams", "stale"),
)
"""``status``, row ``feed``, at least once a second: network: text; simulated, connected: bool; since: ms of the
(dis)connection or null; reason: text, why not connected; now: ms of the feed; epoch: the leader's fencing number;
lag: ms, how long changes waited in the feed at most lately; api_reachable: bool or null, does the exchange's REST
answer; api_latency: ms or null; api_breaker: ``closed``, ``opened`` (several calls were not answered: none is sent
for a while) or ``half-opened`` (one is tried); streams, stale: numbers of them."""

STREAM = ("state", "last_received", "limit_ms", "detail")
"""``status``, every other row, key is the stream's name (``prices``, ``contexts``, ``book:BTC``): state ``live``,
``stale`` or ``fallback``; last_received: ms or null; limit_ms: past this age its cells are stale, null if it may
be silent; detail: text."""
