"""Whether what we typed says the same as what came."""

from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

NOT_MODELLED = {
    "evmContract": "spotMeta tokens: addresses on another chain, no page shows them",
}
"""Keys that real replies have and we leave out on purpose, and why."""


def lost(came: Any, typed: Any, where: str = "$") -> list[str]:
    """What of ``came`` (JSON values) is missing or different in ``typed`` (our structs); null is absent."""
    return list(_lost(came, msgspec.json.decode(msgspec.json.encode(typed)), where))


def _lost(came: Any, ours: Any, where: str) -> Any:
    if isinstance(came, dict):
        if not isinstance(ours, dict):
            yield f"{where}: {came!r} became {ours!r}"
            return
        for key, value in came.items():
            if key in NOT_MODELLED or value is None:
                continue
            if key not in ours:
                yield f"{where}.{key} = {value!r} is lost"
            else:
                yield from _lost(value, ours[key], f"{where}.{key}")
    elif isinstance(came, list):
        if not isinstance(ours, list) or len(came) != len(ours):
            yield f"{where}: {len(came)} rows became {ours!r}"
            return
        for index, (theirs, mine) in enumerate(zip(came, ours, strict=True)):
            yield from _lost(theirs, mine, f"{where}[{index}]")
    elif not _equal(came, ours):
        yield f"{where}: {came!r} became {ours!r}"


def _equal(came: Any, ours: Any) -> bool:
    if came == ours:
        return True
    if isinstance(came, bool) or isinstance(ours, bool):
        return False
    try:
        return Decimal(str(came)) == Decimal(str(ours))
    except InvalidOperation:
        return False
