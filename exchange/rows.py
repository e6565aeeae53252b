"""Row: what a browser gets of one thing, as finished text, with floats only to sort and draw by.

A topic is a dict of key → row. These are the fields of each topic's rows; first paint (template)
and live update (socket) use the same ones. Texts of nothing are ``"—"``, numbers of nothing null.
Builders: ``rows_market.py`` (markets, market), ``rows_depth.py`` (book, trades, candle) and
``rows_status.py``. Times are Unix ms, UTC.
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

STATUS_KEY = "feed"
STATUS = (
    *("network", "simulated", "connected", "since", "reason", "now", "epoch", "lag"),
    *("api_reachable", "api_latency", "streams", "stale"),
)
"""``status``, row ``feed``, at least once a second: network: text; simulated, connected: bool; since: ms of the
(dis)connection or null; reason: text, why not connected; now: ms of the feed; epoch: the leader's fencing number;
lag: ms, how long changes waited in the feed at most lately; api_reachable: bool or null, does the exchange's REST
answer; api_latency: ms or null; streams, stale: numbers of them."""

STREAM = ("state", "last_received", "limit_ms", "detail")
"""``status``, every other row, key is the stream's name (``prices``, ``contexts``, ``book:BTC``): state ``live``,
``stale`` or ``fallback``; last_received: ms or null; limit_ms: past this age its cells are stale, null if it may
be silent; detail: text."""
