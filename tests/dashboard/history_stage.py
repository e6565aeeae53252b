"""Alice in Berlin with two wallets and a history of each; Bob has another one. For tests of history pages."""

import html
import re
from dataclasses import dataclass, field

from django.test import Client

from accounts.models import Wallet
from dashboard.mirror import Mirror, mirror
from snapshots import coverage, trips
from snapshots.models import Account, Fill, FundingPayment
from snapshots.store import store
from tests.cast import Cast
from tests.snapshots.pnl.rows import Trader

HERS, SECOND, HIS = "0x" + "c3" * 20, "0x" + "e5" * 20, "0x" + "d4" * 20
DAY = 86_400_000
NIGHT = 1_764_025_200_000
"""2025-11-25 00:00 in Berlin, which is 23:00 UTC of the day before; Unix ms."""


@dataclass
class Stage:
    """``alice`` is her browser; ``her`` and ``second`` her accounts, ``his`` Bob's."""

    cast: Cast
    alice: Client
    bob: Client
    her: Account
    second: Account
    his: Account
    trader: Trader = field(default_factory=lambda: Trader(NIGHT))

    def keep(self, account: Account, *payments) -> None:
        """Store what was traded since the last time, and these payments."""
        store([Fill.of_wire(account.pk, fill, 0) for fill in self.trader.fills])
        store([FundingPayment.of_wire(account.pk, one, 0) for one in payments])
        self.trader.fills.clear()

    def rounds(self, count: int) -> None:
        """Whole trips of BTC, each with a gain of 10 before fees of 0.5, a second between their fills."""
        for _ in range(count):
            self.trader.buy("BTC", 1, 100, fee="0.25")
            self.trader.sell("BTC", 1, 110, fee="0.25", closed=10)


def make_stage(cast: Cast) -> Stage:
    """Wallets, accounts and browsers."""
    Mirror.__init__(mirror)
    trips._kept.clear()
    cast.alice.timezone = "Europe/Berlin"
    cast.alice.save()
    Wallet.objects.put(cast.alice, HERS, label="Hers <b>")
    Wallet.objects.put(cast.alice, SECOND)
    Wallet.objects.put(cast.bob, HIS, label="His")
    accounts = Account.objects.known([HERS, SECOND, HIS], NIGHT)
    browsers = Client(), Client()
    for browser, user in zip(browsers, (cast.alice, cast.bob), strict=True):
        browser.force_login(user)
    return Stage(cast, *browsers, accounts[HERS], accounts[SECOND], accounts[HIS])


def complete(address: str, start: int = 0, end: int = NIGHT + DAY) -> None:
    """Say that everything of an address is known from ``start`` to ``end``."""
    for stream in ("fills", "twaps", "fundings", "ledger", "orders"):
        coverage.cover(f"{stream}:{address}", start, end, end)


def text(response) -> str:
    """The page's words."""
    body = re.sub(r"<(script|style)\b.*?</\1>", "", response.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", body))).strip()


def options(response, name: str) -> dict[str, str]:
    """What can be chosen in one filter: value → text."""
    (select,) = re.findall(rf'<select name="{name}"[^>]*>(.*?)</select>', response.content.decode(), re.S)
    return dict(re.findall(r'<option value="([^"]*)"(?: selected)?>([^<]*)</option>', select))


def column(response, name: str) -> list[str]:
    """The texts of one column of the page's table, from above to below."""
    cells = re.findall(rf'<td role="cell" class="c-{name}[ "][^>]*>(.*?)</td>', response.content.decode(), re.S)
    return [re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", cell))).strip() for cell in cells]


def link(response, words: str) -> str:
    """Where the link with these words leads."""
    found = re.search(rf'<a[^>]*href="([^"]*)"[^>]*>{words}</a>', response.content.decode())
    assert found, f"no link {words!r}"
    return html.unescape(found[1])
