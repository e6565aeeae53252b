"""What the feed has to read for the alerts there are."""

from collections import Counter

from alerts.account_figures import AccountFigures
from alerts.figure import HIGHEST, LOWEST
from alerts.metrics import METRICS
from alerts.metrics.metric import COIN
from alerts.watch import Watch

KINDS = {"quotes": "book", "trades": "trades"}
"""Sources that are read only for coins that somebody wants, and their topics."""


def topics(watch: Watch) -> set[str]:
    """Topics for ``Demand``."""
    found = set()
    for figure, slot in watch.slots.items():
        source = METRICS[figure.metric].source
        if source in KINDS and len(slot):
            found.add(f"{KINDS[source]}:{figure.subject}")
    return found | {
        f"trades:{figure.subject}" for figure, shelf in watch.shelves.items() if _is_trade(figure, shelf)
    }


def addresses(watch: Watch, accounts: AccountFigures) -> set[str]:
    """Accounts to follow."""
    figures = [figure for figure, slot in watch.slots.items() if len(slot)]
    figures += [figure for figure, shelf in watch.shelves.items() if len(shelf)]
    return {
        address
        for figure in figures
        if METRICS[figure.metric].scope != COIN
        for address in accounts.addresses(figure)
    }


def coins(watch: Watch) -> list[str]:
    """Coins that alerts are about, those of most alerts first."""
    count = Counter[str]()
    for figure, waiting in (*watch.slots.items(), *watch.shelves.items()):
        is_market = METRICS[figure.metric].scope == COIN
        coin = figure.subject if is_market else figure.subject.partition("/")[2]
        if coin not in ("", LOWEST, HIGHEST):
            count[coin] += len(waiting)
    return [coin for coin, alerts in count.most_common() if alerts]


def _is_trade(figure, shelf) -> bool:
    return figure.metric == "trade" and len(shelf) > 0
