"""Catches up as the feed does, by hand."""

from alerts import catch_up
from alerts.evaluate import Evaluator


def missed(evaluator: Evaluator, since: int, now: int, read) -> int:
    """Show what prices did meanwhile; how many coins were asked for."""
    coins = catch_up.coins(evaluator, since, now)
    catch_up.show(evaluator, {coin: catch_up.missed_bars(read, coin, since, now) for coin in coins}, since, now)
    return len(coins)


def fill_windows(evaluator: Evaluator, now: int, read) -> int:
    """Make changes over a window known at once; how many windows were asked for."""
    figures = catch_up.windows(evaluator)
    for figure in figures:
        evaluator.coins.window(figure).trail.precede(catch_up.window_past(read, figure, now))
    return len(figures)
