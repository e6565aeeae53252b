"""What must be neither lost nor doubled: firings, messages, trades, fills, held against who knows them."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from tests.alerts.receivers import Receiver, Request
from tests.chaos.exchange_witness import COIN, ExchangeWitness
from tests.chaos.scribe import EVERY_TRADE, TRUE
from tests.chaos.stage import Stage
from tests.dashboard.alert_cluster import ask, counts

HOLDS = range(0, 8000, 800)
"""Ms for which alerts that are made before a fault hold, so that each fires at another moment of it."""
SPANS = 'SELECT start, "end", state FROM snapshots_coverage WHERE stream = %s'


class Ledger:
    """Of one stage. ``numbers`` are the alerts that fire once each; ``every`` fires with each trade."""

    def __init__(self, stage: Stage, receiver: Receiver, witness: ExchangeWitness) -> None:
        self.stage, self.receiver, self.witness = stage, receiver, witness
        self.numbers: list[int] = []
        self.began = 0
        (self.every,) = stage.scribe.watch(f"{receiver.url}/hook", EVERY_TRADE)

    def begin(self, now: int) -> None:
        """What happened before (Unix ms) is nobody's business."""
        self.witness.forget()
        self.began = now

    def prepare(self) -> None:
        """Alerts that will fire during the next fault, once each."""
        rules = [TRUE | {"hold": hold} for hold in HOLDS]
        self.numbers += self.stage.scribe.watch(f"{self.receiver.url}/hook", *rules)

    def is_told(self) -> bool:
        """Whether each of them has fired and its message was sent; none may have done so twice."""
        found = Counter(counts(self.stage, self.numbers))
        assert set(found) <= {(0, 0), (1, 1)}, f"decided twice: {found}"
        return set(found) == {(1, 1)} and not self.unsent()

    def unsent(self) -> list[tuple[Any, ...]]:
        """Messages of theirs that still wait."""
        query = (
            "SELECT key, state, attempts, error FROM alerts_delivery WHERE alert_id = ANY(%s) AND state <> 'sent'"
        )
        return ask(self.stage, query, self.numbers)

    def differences(self) -> Iterator[str]:
        """What is lost or doubled, in words; nothing if all is well."""
        yield from self._messages()
        yield from self._trades()
        yield from self._firings_of_trades()
        yield from self._fills()

    def _messages(self) -> Iterator[str]:
        got = honoured(self.receiver.got)
        sent = {key for (key,) in ask(self.stage, "SELECT key FROM alerts_delivery WHERE state = 'sent'")}
        yield from (f"message {key} was counted {count} times" for key, count in got.items() if count > 1)
        yield from (f"message {key} is sent and was not received" for key in sent - got.keys())
        failed = ask(self.stage, "SELECT key, error FROM alerts_delivery WHERE state = 'failed'")
        yield from (f"message {key} failed: {error}" for key, error in failed)

    def _trades(self) -> Iterator[str]:
        query = "SELECT time, tid FROM snapshots_tradesnapshot WHERE coin = %s AND time >= %s"
        rows = ask(self.stage, query, COIN, self.began)
        yield from (f"trade {key} is stored {n} times" for key, n in Counter(rows).items() if n > 1)
        truth = {key for key in self.witness.trades if key[0] >= self.began}
        last = max((time for time, _ in truth), default=0)
        yield from (f"trade {key} never was" for key in set(rows) - truth if key[0] <= last)
        yield from self._unexcused("trades", f"trades:{COIN}", truth - set(rows))

    def _fills(self) -> Iterator[str]:
        query = """
            SELECT time, coin, tid, oid, side FROM snapshots_fill JOIN snapshots_account account
            ON account.id = account_id WHERE address = %s AND time >= %s
        """
        rows = ask(self.stage, query, self.witness.account, self.began)
        yield from (f"fill {key} is stored {n} times" for key, n in Counter(rows).items() if n > 1)
        truth = {key for key in self.witness.fills if key[0] >= self.began}
        yield from self._unexcused("fills", f"fills:{self.witness.account}", truth - set(rows))

    def _unexcused(self, what: str, stream: str, missing: Iterable[tuple[Any, ...]]) -> Iterator[str]:
        """Those of which Coverage claims that they are stored."""
        spans = ask(self.stage, SPANS, stream)
        for key in sorted(missing):
            states = {state for start, end, state in spans if start <= key[0] < end}
            if "covered" in states:
                yield f"{what}: {key} is missing, and its time counts as covered"

    def _firings_of_trades(self) -> Iterator[str]:
        query = "SELECT identity FROM alerts_firing WHERE alert_id = %s"
        fired = Counter(identity for (identity,) in ask(self.stage, query, self.every))
        yield from (f"{identity} fired {count} times" for identity, count in fired.items() if count > 1)
        names = {f"trade:{COIN}:{time}:{tid}" for time, tid in self.witness.trades}
        times = [int(name.split(":")[2]) for name in names]
        span = range(min(times, default=0), max(times, default=0) + 1)
        never = {name for name in fired if int(name.split(":")[2]) in span} - names
        yield from (f"{name} fired and never was" for name in never if int(name.split(":")[2]) >= self.began)

    def owed(self) -> str:
        """What is still open, for a test that fails."""
        return f"{counts(self.stage, self.numbers)} {self.unsent()[:5]}"


def honoured(requests: Iterable[Request]) -> Counter[str]:
    """How often a receiver that looks at the key of each message has counted each delivery."""
    messages = {one.headers["Idempotency-Key"]: one.json["keys"] for one in requests}
    return Counter(key for keys in messages.values() for key in keys)
