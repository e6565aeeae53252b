"""Which topics of the Board an event may change."""

from collections.abc import Iterable

from exchange import events


def topics_of(event: events.Event) -> Iterable[str]:
    """Topics, without those of a coin's header that only a context of all coins changes."""
    match event:
        case events.BookChanged(book=book):
            return f"book:{book.coin}", f"market:{book.coin}"
        case events.QuotesChanged(quotes=quotes):
            return (f"market:{quotes.coin}",)
        case events.Traded(coin=coin):
            return (f"trades:{coin}",)
        case events.CandleChanged(candle=candle):
            return (f"candle:{candle.s}:{candle.i}",)
        case events.CoinContext(coin=coin):
            return "markets", f"market:{coin}"
        case events.Prices(marks=marks, mids=mids):
            return "markets", *(f"market:{coin}" for coin in marks.keys() | mids.keys())
        case events.Mids() | events.DexContexts() | events.SpotContexts():
            return ("markets",)
    return ()
