"""docker-compose.yml as a container engine reads it, with its variables filled in."""

import re
from pathlib import Path
from typing import Any

import yaml

from tests.deploy.image import ROOT

VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


def filled_in(text: str, given: dict[str, str]) -> str:
    """``${NAME}``, ``${NAME:-default}`` and ``${NAME:?what to do}`` as Compose reads them."""

    def value(found: re.Match[str]) -> str:
        name, kind, rest = found.groups()
        if given.get(name):
            return given[name]
        assert kind == "-", f"{name} is not set: {rest}"
        return rest

    return VARIABLE.sub(value, text)


class Composed:
    """The file with ``given`` as the variables of ``.env``."""

    def __init__(self, given: dict[str, str], file: Path = ROOT / "docker-compose.yml") -> None:
        self.said: dict[str, Any] = yaml.safe_load(filled_in(file.read_text(), given))
        self.services: dict[str, Any] = self.said["services"]

    @property
    def ours(self) -> list[str]:
        """Services that run our image."""
        return [name for name, one in self.services.items() if one["image"].startswith("hyperliquid-dashboard")]

    def replicas(self, name: str) -> int:
        return self.services[name].get("deploy", {}).get("replicas", 1)

    def environment(self, name: str) -> dict[str, str]:
        given = self.services[name].get("environment", {})
        assert None not in given.values(), "a variable without a value is that of whoever starts the engine"
        return {key: str(value) for key, value in given.items()}

    def health_check(self, name: str) -> list[str]:
        """The command, or nothing where there is none."""
        test = self.services[name].get("healthcheck", {}).get("test", [])
        return test[1:] if test[:1] == ["CMD"] else []
