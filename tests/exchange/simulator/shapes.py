"""What a JSON value looks like, without what it says: for comparing our answers with real ones."""

import re
from dataclasses import dataclass, field
from typing import Any

DECIMAL = re.compile(r"-?\d+(\.\d+)?(e-?\d+)?")


@dataclass
class Shape:
    """Kinds of JSON value seen in one place, with the members of its objects and the items of its lists."""

    kinds: set[str] = field(default_factory=set)
    members: dict[str, "Shape"] = field(default_factory=dict)
    always: set[str] | None = None
    items: "Shape | None" = None

    def see(self, value: Any) -> "Shape":
        self.kinds.add(kind(value))
        if isinstance(value, dict):
            self.always = set(value) if self.always is None else self.always & set(value)
            for key, member in value.items():
                self.members.setdefault(key, Shape()).see(member)
        elif isinstance(value, list):
            self.items = self.items or Shape()
            for item in value:
                self.items.see(item)
        return self


def kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, str):
        return "decimal" if DECIMAL.fullmatch(value) else "hex" if value.startswith("0x") else "text"
    return {bool: "bool", int: "int", float: "float", dict: "object", list: "list"}[type(value)]


def differences(ours: Shape, real: Shape, *, older: bool, optional: set[str], path: str = "") -> list[str]:
    """How our shape is not the real one; ``older`` recordings (or cut ones) may lack what we have."""
    found = []
    strange = ours.kinds - real.kinds - {"null"}
    if strange and real.kinds - {"null"}:
        found.append(f"{path}: {sorted(strange)} where the exchange has {sorted(real.kinds)}")
    required = (real.always or set()) - optional if ours.members else set()
    found += [f"{path}.{key}: missing" for key in sorted(required - set(ours.members))]
    for key, member in ours.members.items():
        if key in real.members:
            found += differences(member, real.members[key], older=older, optional=optional, path=f"{path}.{key}")
        elif real.members and not older and key not in optional:
            found.append(f"{path}.{key}: unknown to the exchange")
    if ours.items and real.items and real.items.kinds:
        found += differences(ours.items, real.items, older=older, optional=optional, path=f"{path}[]")
    return found


def compare(ours: Any, real: Any, *, older: bool = False, optional: set[str] | None = None) -> list[str]:
    return differences(Shape().see(ours), Shape().see(real), older=older, optional=optional or set())
