"""Followed: one account as the tracker sees it: what was last heard of it, what has to be asked, and how urgently.

Parts of an account have the names of the REST types that tell them (``following.POLLS``), and ``ALL_DEXES``, which
looks now and then whether something is held on a dex where nothing was.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from exchange import account_events as said
from exchange.account_views import AccountView
from exchange.events import Event
from exchange.following import POLLS
from exchange.tracker_known import BY_CALL, HISTORIES, Known

STATES, SPOT, ORDERS, MODE, FILLS, VAULTS = (
    "clearinghouseState", "spotClearinghouseState", "frontendOpenOrders", "userAbstraction", "userFillsByTime",
    "userVaultEquities",
)  # fmt: skip
ALL_DEXES = "all dexes"
PARTS = {**POLLS, ALL_DEXES: 600.0}
"""Seconds between two askings about each part."""

PART_OF: dict[type[Event], str] = {said.AccountStates: STATES, said.SpotState: SPOT, said.OpenOrders: ORDERS}
"""The parts that a slot's streams repeat on a clock of 4 to 5 s (API.md section 5)."""
HELD = (STATES, SPOT)

GLANCE_AGAIN_SECONDS = 45.0
"""What a slot that goes round has shown is shown again after so long: of 500 accounts 1,300 frames a minute."""
SILENT_SECONDS = 15.0
"""A part that a slot's stream has not told for so long is asked for by REST, as long as it is silent."""
SILENT_ORDERS_SECONDS = 60.0
"""The same for orders, which cost ten times as much: without a socket all slots are silent at once."""
LOOKED_AT_SECONDS = 15.0
"""An account that is looked at and has no slot is asked about so often; only what it holds, which is cheap."""
FIRST_RETRY, MOST_RETRY = 10.0, 600.0

Urgency = tuple[bool, int, float]
"""Smaller goes first."""


@dataclass(slots=True, eq=False)
class Followed:
    """Times are seconds of the tracker's monotonic clock; histories carry the exchange's own."""

    view: AccountView
    added_at: float
    added_ms: int
    is_looked_at: bool = False
    has_slot: bool = False
    glanced_at: float = float("-inf")
    told: dict[str, float] = field(default_factory=dict)
    """When each part was last told, by whichever way."""
    wanted: set[str] = field(default_factory=set)
    """Parts to be asked for soon, however fresh they are."""
    retry_at: dict[str, float] = field(default_factory=dict)
    failures: Counter[str] = field(default_factory=Counter)
    known: dict[type[Event], Known] = field(default_factory=dict)
    signature: frozenset[tuple[str, str]] | None = None

    def __post_init__(self) -> None:
        for kind, history in HISTORIES.items():
            self.known[kind] = Known(history, self.added_ms)

    @property
    def address(self) -> str:
        return self.view.address

    def due(self, now: float) -> Iterator[tuple[Urgency, str]]:
        """Parts that should be asked for by REST now."""
        for part, every in PARTS.items():
            if now < self.retry_at.get(part, now):
                continue
            at = self.told.get(part, self.added_at if part in BY_CALL else None)
            every = self._every(part, every)
            waited = (now - self.added_at) / 60.0 + 1.0 if at is None else (now - at) / every
            if waited >= 1.0 or part in self.wanted:
                yield (not (self.is_looked_at or self.has_slot), self._rank(part, at), -waited), part

    def _every(self, part: str, every: float) -> float:
        if self.has_slot and part in PART_OF.values():
            return SILENT_SECONDS if part in HELD else SILENT_ORDERS_SECONDS
        return LOOKED_AT_SECONDS if self.is_looked_at and part in HELD else every

    def _rank(self, part: str, at: float | None) -> int:
        """What equity needs of who is streamed or looked at; all positions; what it needs or was missed; the rest.

        Of very many accounts nothing else would ever be asked if all that they hold went first.
        """
        if part in (MODE, VAULTS) and at is None and (self.has_slot or self.is_looked_at):
            return 0
        if part == STATES:
            return 1
        return 2 if part in self.wanted or (part in (MODE, SPOT, VAULTS) and at is None) else 3

    def tell(self, part: str, now: float) -> None:
        """A part was told."""
        self.told[part] = now
        self.wanted.discard(part)
        self.retry_at.pop(part, None)
        self.failures.pop(part, None)
        if part == ALL_DEXES:
            self.tell(STATES, now)

    def fail(self, part: str, now: float) -> None:
        """A part could not be asked for: it is tried again after a pause that grows."""
        self.retry_at[part] = now + min(MOST_RETRY, FIRST_RETRY * 2.0 ** min(self.failures[part], 9))
        self.failures[part] += 1
        self.wanted.add(part)

    def wait(self, part: str, now: float) -> None:
        """The budget had no room for a part: it comes again soon."""
        self.retry_at[part] = now + FIRST_RETRY
        self.wanted.add(part)

    def look_back(self) -> None:
        """Rows may have been missed: all histories are to be read from where they are covered."""
        self.wanted.update(history.call for history in HISTORIES.values())

    def has_changed(self) -> bool:
        """Whether what it holds is not what it was at the last call; prices do not count."""
        if not self.told.keys() >= set(HELD):
            return False
        before, self.signature = self.signature, self.view.signature()
        return before is not None and before != self.signature

    def how(self, is_streamed: bool, why_not: str, is_refused: bool) -> tuple[str, str]:
        """How it is followed at present, and why no better; ``is_streamed``: it has a slot whose streams speak."""
        if is_streamed:
            return "streamed", ""
        if is_refused:
            return "refused", why_not
        return ("polled", why_not) if STATES in self.told else ("waiting", why_not)

    def once(self, event: Event) -> list[Event]:
        """The event with only those of its rows that were not yielded before; nothing if there are none."""
        if type(event) not in HISTORIES:
            return [event]
        known = self.known[type(event)]
        rows = known.unseen(known.history.rows(event))
        return [known.history.make(event.received_at, self.address, rows, False)] if rows else []
