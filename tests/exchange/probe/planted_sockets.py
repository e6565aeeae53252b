"""What sockets might do otherwise one day, one thing at a time, and which check must tell."""

from tests.exchange.probe.deviating import Deviation
from tests.exchange.probe.hooks import (
    bare_echo,
    channel,
    deeper,
    drop_dex,
    flat_candle,
    floats,
    is_about,
    late_ack,
    no_ack,
    on,
    quotes_off,
    refuse,
    replay_cut,
    set_key,
    snapshot_unflagged,
    three_of_four,
    told_again,
    whole_again,
    without,
)

SOCKETS = (
    Deviation(
        "no acknowledgement",
        "socket.ack",
        ("an echo of each subscription", "candle"),
        out=no_ack("candle"),
    ),
    Deviation(
        "data before the acknowledgement", "socket.ack", ("the acknowledgement first", "webData3"), out=late_ack
    ),
    Deviation(
        "an echo without defaults", "socket.defaults", ("nSigFigs",), out=on("subscriptionResponse", bare_echo)
    ),
    Deviation(
        "pongs with data",
        "socket.pong",
        ("the channel alone", "data"),
        out=lambda talk, frame: frame.update(data={}) if frame["channel"] == "pong" else None,
    ),
    Deviation("compressed sockets", "socket.plain", ("permessage-deflate",), compress=True),
    Deviation(
        "another text for a second like subscription",
        "socket.twice",
        ("Already subscribed", "Duplicate"),
        out=on("error", lambda talk, text: text.replace("Already subscribed", "Duplicate")),
    ),
    Deviation(
        "another text for unknown types",
        "socket.type",
        ("Error parsing JSON", "Unknown type"),
        out=on("error", lambda t, text: "Unknown type" if "noSuchThing" in text else None),
    ),
    Deviation(
        "posts answered without id",
        "socket.post",
        ("the id", "another"),
        out=on("post", lambda talk, data: data["response"]),
    ),
    Deviation("a wrong name is ignored", "socket.wrong", ("the end of the socket", "came none"), survives=True),
    Deviation("a wrong name closes politely", "socket.wrong", ("code 1006", "1003"), close_code=1003),
    Deviation(
        "words that are no JSON",
        "socket.readable",
        ("frames that our decoder reads", "Hello"),
        out=lambda talk, frame: ["Hello!", frame] if talk.count("greeted") == 0 else None,
    ),
    Deviation(
        "counts beyond 64 bits",
        "frames.candle",
        ("a frame that our decoder reads", "candle frame"),
        out=on("candle", lambda talk, data: data | {"n": 2**70}),
    ),
    Deviation(
        "a stream is refused",
        "stream.fastAssetCtxs",
        ("a refusal", "the fallback is allMids and activeAssetCtx", "Error parsing"),
        come_in=refuse("fastAssetCtxs", "Error parsing JSON into valid websocket request: "),
    ),
    Deviation(
        "a stream is silent",
        "stream.allDexsAssetCtxs",
        ("an acknowledgement alone", "the fallback is polled metaAndAssetCtxs"),
        out=without(channel("allDexsAssetCtxs")),
    ),
    Deviation(
        "a stream under another name",
        "stream.activeAssetCtx.spot",
        ("a first frame at once",),
        out=lambda talk, f: f.update(channel="activeAssetCtx") if f["channel"] == "activeSpotAssetCtx" else None,
    ),
    Deviation(
        "an unanswered subscription",
        "stream.userEvents",
        ("an acknowledgement", "came nothing"),
        come_in=lambda talk, frame: is_about("userEvents")(frame),
    ),
    Deviation(
        "a slower stream",
        "stream.activeAssetCtx",
        ("every 0.6 to 2.0 s", "one every", "the fallback is contexts of all"),
        out=without(three_of_four("activeAssetCtx")),
        is_slow=True,
    ),
    Deviation(
        "numbers in a stream",
        "frames.activeAssetCtx",
        ("a decimal string at ctx.markPx",),
        out=on("activeAssetCtx", lambda talk, data: floats(data["ctx"], "markPx")),
    ),
    Deviation(
        "quotes as objects",
        "frames.bbo",
        ("a list at bbo",),
        out=on("bbo", lambda talk, data: set_key(data, "bbo", {"bid": data["bbo"][0], "ask": data["bbo"][1]})),
    ),
    Deviation(
        "a short replay of trades", "trades.replay", ("about 30 rows", "came 3"), out=on("trades", replay_cut)
    ),
    Deviation("trades told twice", "trades.new", ("each trade once",), out=on("trades", told_again)),
    Deviation("always the same prices", "fast.changes", ("fewer coins",), out=on("fastAssetCtxs", whole_again)),
    Deviation(
        "maps of changes alone",
        "mids.whole",
        ("maps of one size",),
        out=on(
            "allMids",
            lambda t, d: set_key(d, "mids", dict(list(d["mids"].items())[:2])) if t.count("m") > 3 else None,
        ),
        is_slow=True,
    ),
    Deviation("a context less", "join.all", ("as many contexts as perps",), out=on("allDexsAssetCtxs", drop_dex)),
    Deviation(
        "a snapshot without flag",
        "snapshot.userFills",
        ("isSnapshot true on the first frame",),
        out=on("userFills", snapshot_unflagged),
    ),
    Deviation(
        "eight levels in a fast book", "book.fast", ("at most 5 levels", "8 and 8"), out=on("l2Book", deeper)
    ),
    Deviation(
        "quotes that are not the book's", "book.quotes", ("the same best prices",), out=on("bbo", quotes_off)
    ),
    Deviation("candles without volume", "candle.trades", ("at most 0.0 traded",), out=on("candle", flat_candle)),
    Deviation(
        "frames ten seconds behind",
        "clock.frames",
        ("0 to 5 s behind",),
        out=lambda t, f: (
            set_key(f["data"], "time", f["data"]["time"] - 10_000) if f["channel"] in ("bbo", "l2Book") else None
        ),
    ),
)
