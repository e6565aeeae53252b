"""What fired, in the words of its owner: his names of wallets, his separators in the level."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from accounts.address import short_address
from accounts.models import Wallet
from alerts.shown import separated

ADDRESS = re.compile(r"0x[0-9a-f]{40}")
LEVEL = re.compile(r"(?<=above |below |least )-?\d+(\.\d+)?")


def readable(text: str, numbers: str = "") -> str:
    """A rule with its level as ``−1,234.5`` instead of ``-1234.5``; ``numbers`` is ``User.numbers``."""
    return LEVEL.sub(lambda found: separated(f"{Decimal(found[0]):,f}".replace("-", "−"), numbers), text)


def named(text: str, user: Any) -> str:
    """For a title. One query if it has an address; a wallet without a name is the ends of its address."""
    addresses = set(ADDRESS.findall(text))
    rows = Wallet.objects.filter(user=user, address__in=addresses) if addresses else ()
    return with_names(readable(text, user.numbers), {wallet.address: wallet.label for wallet in rows})


def with_names(text: str, names: Mapping[str, str]) -> str:
    """Wallets by their names instead of their addresses."""
    return ADDRESS.sub(lambda found: names.get(found[0]) or short_address(found[0]), text)
