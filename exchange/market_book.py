"""Books and best quotes of one coin: which is newer, and whether they agree."""

from exchange.market_tape import WENT_BACK_MS
from exchange.wire.market import BestQuotes, Book, Level


def is_older(new: Book | BestQuotes, held: Book | BestQuotes) -> bool:
    """Older than what is held, but not so much older that the whole clock must have been set back."""
    return 0 < held.time - new.time < WENT_BACK_MS


def top_of(book: Book) -> BestQuotes:
    """The best bid and ask of a book; None for an empty side."""
    bids, asks = book.levels
    return BestQuotes(book.coin, book.time, [bids[0] if bids else None, asks[0] if asks else None])


def is_top(quotes: BestQuotes, book: Book) -> bool:
    """Whether quotes and book have the same best levels (a side may be missing from quotes: none)."""
    bid, ask = (*quotes.bbo, None, None)[:2]
    bids, asks = book.levels
    return _same(bid, bids) and _same(ask, asks)


def _same(best: Level | None, levels: list[Level]) -> bool:
    return best == (levels[0] if levels else None)
