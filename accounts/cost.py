"""What one more wallet would cost of what the exchange allows this installation, before it is added."""

from dataclasses import dataclass

from accounts.models import Wallet
from accounts.network import network
from exchange.following import SUBSCRIPTIONS, Slots, weight_a_minute, weight_at_first


@dataclass(frozen=True, slots=True)
class Cost:
    """Weights are of REST. ``is_followed``: the address is in somebody's list already and costs nothing more."""

    slots: Slots
    most_weight: int
    is_followed: bool = False

    @property
    def is_streamed(self) -> bool:
        """Whether a slot is free for it."""
        return self.slots.free > 0

    @property
    def subscriptions(self) -> int:
        return len(SUBSCRIPTIONS)

    @property
    def a_minute(self) -> float:
        """While polled; nothing while it has a slot."""
        return weight_a_minute()

    @property
    def share(self) -> float:
        """Percent of what may be asked in a minute."""
        return 100 * self.a_minute / self.most_weight

    @property
    def at_first(self) -> int:
        """Once, for who it is and its history."""
        return weight_at_first()


def cost_of(address: str = "") -> Cost:
    """For ``address``, or for one that nobody follows. A slot counts as used by each account that is followed."""
    budget = network().budget()
    addresses = Wallet.objects.addresses()
    streamed, most = budget.usage()["users"]
    return Cost(
        Slots(max(streamed, min(most, addresses.count())), most),
        budget.limits.weight,
        bool(address) and addresses.filter(address=address).exists(),
    )
