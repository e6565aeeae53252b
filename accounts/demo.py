"""The users of the demo: everybody knows their password, so they are on the simulated exchange only."""

from django.conf import settings
from django.db import transaction

from accounts.models import Tier, User, Wallet
from exchange.simulator import cast

PASSWORD = "hyperliquid-demo"  # noqa: S105 - printed, shown, and refused wherever money is real
PEOPLE = {
    "trader": {"tier": Tier.PRO},
    "admin": {"tier": Tier.API, "is_staff": True, "is_superuser": True},
}
OWN, WATCHED, ROLE = Wallet.Kind.OWN, Wallet.Kind.WATCHED, Wallet.Role
WALLETS = {
    cast.TRADER: {"label": "Main", "kind": OWN, "role": ROLE.USER},
    cast.SUB_ACCOUNT: {
        "label": "Sub-account",
        "kind": WATCHED,
        "role": ROLE.SUB_ACCOUNT,
        "master": cast.TRADER,
    },
    cast.UNIFIED: {"label": "Unified account", "kind": WATCHED, "role": ROLE.USER},
    cast.BUILDER_DEX_TRADER: {"label": "Builder dexes", "kind": WATCHED, "role": ROLE.USER},
    cast.MARKET_MAKER: {"label": "Market maker", "kind": WATCHED, "role": ROLE.USER},
    cast.VAULT: {"label": "Vault", "kind": WATCHED, "role": ROLE.VAULT},
}


class NoDemo(Exception):
    """Why there may be no demo here."""


def refuse() -> None:
    """Raise ``NoDemo`` where a password that everybody knows would do harm."""
    if settings.CONFIG.hyperliquid_network != "simulated":
        raise NoDemo("Demo users exist on the simulated network only: HYPERLIQUID_NETWORK=simulated.")
    if settings.CONFIG.environment == "production":
        raise NoDemo("ENVIRONMENT=production has no demo users: everybody knows their password.")


def prepare() -> list[User]:
    """Create what is missing of the users and make their password the known one; raises ``NoDemo``."""
    refuse()
    return [_ready(name, rights) for name, rights in PEOPLE.items()]


@transaction.atomic
def _ready(name: str, rights: dict[str, object]) -> User:
    user = User.objects.filter(username=name).first()
    if user is None:
        user = User.objects.create_user(name, password=PASSWORD, **rights)
        if name == "trader":
            for address, values in WALLETS.items():
                Wallet.objects.put(user, address, **values)
    elif not user.check_password(PASSWORD) or not user.is_active:
        user.set_password(PASSWORD)
        user.is_active = True
        user.save(update_fields=["password", "is_active"])
    return user


def names() -> list[str]:
    """Demo users that can sign in now, for the sign-in page; none where there may be none."""
    try:
        refuse()
    except NoDemo:
        return []
    there = set(User.objects.filter(username__in=PEOPLE, is_active=True).values_list("username", flat=True))
    return [name for name in PEOPLE if name in there]
