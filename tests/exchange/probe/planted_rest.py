"""What REST might do otherwise one day, one thing at a time, and which check must tell."""

from tests.exchange.probe.deviating import Deviation
from tests.exchange.probe.hooks import (
    answering,
    backwards,
    contexts_moved,
    get_allowed,
    gzip,
    header,
    nobody,
    of,
    one_tick_wrong,
    set_key,
    spot_lost,
    times,
)

REST = (
    Deviation(
        "floats in place of strings",
        "rest.allMids",
        ("a decimal string", "[SOL]"),
        rest=of("allMids", lambda mids: {k: float(v) if k == "SOL" else v for k, v in mids.items()}),
    ),
    Deviation(
        "a key is gone",
        "rest.recentTrades",
        ("the key at [0].tid", "no such key"),
        rest=of("recentTrades", lambda rows: [row.pop("tid") for row in rows] and None),
    ),
    Deviation(
        "an address in capitals",
        "rest.recentTrades",
        ("a lower-case address at [0].users[0]", "0X"),
        rest=of(
            "recentTrades",
            lambda rows: [set_key(r, "users", [u.upper() for u in r["users"]]) for r in rows] and None,
        ),
    ),
    Deviation(
        "seconds in place of milliseconds",
        "rest.userFunding",
        ("Unix milliseconds at [0].time",),
        rest=of("userFunding", lambda rows: times(rows, "time", 0.001)),
    ),
    Deviation(
        "milliseconds in place of seconds",
        "rest.twapHistory",
        ("Unix seconds at [0].time",),
        rest=of("twapHistory", lambda rows: times(rows, "time", 1000)),
    ),
    Deviation(
        "a text where a number was",
        "rest.spotMeta",
        ("an integer at universe[0].index",),
        rest=of("spotMeta", lambda meta: set_key(meta["universe"][0], "index", "0")),
    ),
    Deviation(
        "ids beyond 64 bits",
        "rest.userFills",
        ("an answer that our type reads",),
        rest=of("userFills", lambda rows: [row | {"oid": row["oid"] << 40} for row in rows]),
    ),
    Deviation(
        "a type is renamed",
        "rest.predictedFundings",
        ("status 200", "422"),
        rest=answering(422, "Failed to deserialize the JSON body", lambda b: b.get("type") == "predictedFundings"),
    ),
    Deviation(
        "funding pages of 400 rows",
        "page.fundingHistory",
        ("500 rows", "came 400"),
        rest=of("fundingHistory", lambda rows: rows[:400]),
    ),
    Deviation(
        "newest funding first",
        "order.fundingHistory",
        ("the oldest first", "came the newest first"),
        rest=of("fundingHistory", backwards, lambda b: not nobody(b)),
    ),
    Deviation(
        "oldest fills first",
        "order.userFills",
        ("the newest first", "came the oldest first"),
        rest=of("userFills", backwards),
    ),
    Deviation(
        "newest fills of a span first",
        "order.userFillsByTime",
        ("the oldest first",),
        rest=of("userFillsByTime", backwards),
    ),
    Deviation(
        "candles end with the next one's begin",
        "candle.grid",
        ("its last ms",),
        rest=of("candleSnapshot", lambda rows: [set_key(row, "T", row["T"] + 1) for row in rows] and None),
    ),
    Deviation(
        "candles from the next whole one on",
        "candle.start",
        ("a candle around",),
        rest=of("candleSnapshot", lambda rows: rows[1:]),
    ),
    Deviation(
        "funding stamped half an hour late",
        "funding.hour",
        ("just after the hour",),
        rest=of("fundingHistory", lambda rows: [set_key(r, "time", r["time"] + 1_800_000) for r in rows] and None),
    ),
    Deviation(
        "a context too many",
        "join.length",
        ("10 contexts for 10 perps", "came 11"),
        rest=of("metaAndAssetCtxs", lambda a: [a[0], [*a[1], a[1][0]]], lambda b: "dex" not in b),
    ),
    Deviation(
        "contexts in another order",
        "join.position",
        ("the perp at its position", "far off"),
        rest=of("metaAndAssetCtxs", contexts_moved, lambda b: "dex" not in b),
    ),
    Deviation(
        "a spot pair without context",
        "join.spot",
        ("a context for each pair", "none for 1"),
        rest=of("spotMetaAndAssetCtxs", spot_lost),
    ),
    Deviation(
        "delisted perps with a mid",
        "delisted.null",
        ("nulls", "midPx of"),
        rest=of(
            "metaAndAssetCtxs",
            lambda a: (
                [
                    set_key(c, "midPx", c["markPx"])
                    for m, c in zip(a[0]["universe"], a[1], strict=True)
                    if m.get("isDelisted")
                ]
                and None
            ),
            lambda b: "dex" not in b,
        ),
    ),
    Deviation(
        "a venue more",
        "funding.venues",
        ("HlPerp", "OkxPerp"),
        rest=of("predictedFundings", lambda rows: [row[1].append(["OkxPerp", None]) for row in rows] and None),
    ),
    Deviation(
        "finer prices",
        "tick.spot",
        ("multiples of",),
        rest=of("l2Book", lambda b: b and one_tick_wrong(b), lambda b: b["coin"].startswith("@")),
    ),
    Deviation(
        "a clock ten seconds ahead",
        "clock.rest",
        ("less than 5 s",),
        rest=of("exchangeStatus", lambda a: set_key(a, "time", a["time"] + 10_000)),
    ),
    Deviation(
        "unknown types are 404",
        "error.type",
        ("status 422", "came 404"),
        rest=answering(404, "Not Found", lambda b: b.get("type") == "noSuchThing"),
    ),
    Deviation(
        "another text for what cannot be read",
        "error.field",
        ("Failed to deserialize", "missing field"),
        rest=answering(422, "missing field `coin`", lambda b: b == {"type": "l2Book"}),
    ),
    Deviation(
        "unknown dexes are 400",
        "error.dex",
        ("status 500", "came 400"),
        rest=answering(400, "null", lambda b: b.get("dex") == "noSuchThing"),
    ),
    Deviation(
        "unknown books are empty",
        "error.book",
        ("null",),
        rest=answering(200, '{"levels":[[],[]]}', lambda b: b.get("type") == "l2Book" and nobody(b)),
    ),
    Deviation("GET is answered", "error.get", ("status 405", "came 200"), every_request=get_allowed),
    Deviation("gzip", "http.plain", ("no Content-Encoding", "gzip"), every_request=gzip),
    Deviation("a rate-limit header", "http.limits", ("X-RateLimit-Remaining",), every_request=header),
    Deviation(
        "a new account mode",
        "account.mode",
        ("unifiedAccount", "'superAccount'"),
        rest=of("userAbstraction", lambda word: "superAccount"),
    ),
    Deviation(
        "a summary that does not add up",
        "account.value",
        ("came",),
        rest=of(
            "clearinghouseState",
            lambda s: set_key(s["marginSummary"], "accountValue", "1.0"),
            lambda b: "0123456789" not in b["user"],
        ),
    ),
)
