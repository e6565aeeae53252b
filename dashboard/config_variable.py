"""One configuration variable: how it is declared, and how its text becomes a value."""

from collections.abc import Callable, Iterable
from dataclasses import MISSING, Field, dataclass, field
from math import isfinite
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from environ import Env

from dashboard.config_text import check_text

TRUE, FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


class ConfigurationError(Exception):
    """The configuration is wrong; ``errors`` has one sentence for each thing that is."""

    def __init__(self, errors: list[str]) -> None:
        self.errors = errors
        lines = "\n".join(f"  - {error}" for error in errors)
        super().__init__(f"The configuration is wrong; nothing was started.\n{lines}\nSee docs/configuration.md.")


@dataclass(frozen=True, slots=True)
class Rule:
    """What a variable means and which values it may have."""

    sentence: str
    section: str
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    schemes: tuple[str, ...] = ()
    secret: bool = False


def variable(default: Any, sentence: str, section: str, **rule: Any) -> Any:
    """Declare one field of ``Config``; its environment variable is the field's name in capitals."""
    return field(default=default, metadata={"rule": Rule(sentence, section, **rule)})


@dataclass(frozen=True, slots=True)
class Variable:
    """A declared variable with the name and type that its field gives it."""

    name: str
    kind: Any
    default: Any
    rule: Rule

    @classmethod
    def of(cls, declared: Field) -> "Variable":
        """The variable behind one field of ``Config``."""
        default = None if declared.default is MISSING else declared.default
        return cls(declared.name.upper(), declared.type, default, declared.metadata["rule"])

    def parse(self, text: str) -> Any:
        """The typed value of ``text``; raises ``ValueError`` with what is expected instead."""
        check_text(text.strip())
        value = PARSERS[self.kind](text.strip())
        self._check(value)
        return value

    def _check(self, value: Any) -> None:
        rule = self.rule
        if rule.choices and value not in rule.choices:
            raise ValueError(f"must be one of {', '.join(rule.choices)}")
        if rule.low is not None and value < rule.low:
            raise ValueError(f"must be at least {rule.low}")
        if rule.high is not None and value > rule.high:
            raise ValueError(f"must be at most {rule.high}")
        if rule.schemes:
            check_url(value, rule.schemes)

    @property
    def type_name(self) -> str:
        """The type in words, with the values it may have."""
        rule = self.rule
        if rule.choices:
            return ", ".join(f"`{choice}`" for choice in rule.choices)
        span = f" {rule.low:g} to {rule.high:g}" if rule.low is not None and rule.high is not None else ""
        if rule.low is not None and rule.high is None:
            span = f" from {rule.low:g}"
        return f"{URL_TYPE if rule.schemes else TYPE_NAMES[self.kind]}{span}"

    def shown(self, value: Any) -> str:
        """The value as it may be printed: secrets and passwords in addresses are masked."""
        if value is None or value in ("", ()):
            return "(not set)"
        if self.rule.secret:
            return masked_url(value) if self.rule.schemes else "********"
        return ",".join(value) if isinstance(value, tuple) else str(value)


def check_url(value: str, schemes: Iterable[str]) -> None:
    """Raise ``ValueError`` unless ``value`` is an address with one of the schemes."""
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:  # its own message would repeat a password that stands where the port should
        raise ValueError("is no address that can be read") from None
    if parts.scheme not in schemes or not (parts.netloc or parts.path.strip("/")):
        raise ValueError(f"must be an address beginning with {' or '.join(f'{s}://' for s in schemes)}")


def masked_url(value: str) -> str:
    """The address without user name, password and query, which may hold secrets."""
    parts = urlsplit(value)
    host = parts.netloc.rpartition("@")[2]
    netloc = f"********@{host}" if "@" in parts.netloc else host
    return urlunsplit((parts.scheme, netloc, parts.path, "********" if parts.query else "", ""))


def parse_bool(text: str) -> bool:
    """Like django-environ's, but a misspelt value is an error instead of False."""
    if text.lower() not in TRUE + FALSE:
        raise ValueError("must be true or false")
    return text.lower() in TRUE


def number(cast: Callable[[str], Any], words: str) -> Callable[[str], Any]:
    """A parser whose error says what is expected instead of what Python met."""

    def parse(text: str) -> Any:
        try:
            value = cast(text)  # django-environ's takes x2 for the float 2
        except ValueError:
            raise ValueError(f"must be {words}") from None
        if not isfinite(value):
            raise ValueError(f"must be {words}")
        return value

    return parse


def parse_list(text: str) -> tuple[str, ...]:
    """Names separated by commas; spaces around them do not count."""
    return tuple(item.strip() for item in Env.parse_value(text, list) if item.strip())


PARSERS: dict[Any, Callable[[str], Any]] = {
    str: str,
    bool: parse_bool,
    int: number(int, "a whole number"),
    float: number(float, "a number"),
    tuple[str, ...]: parse_list,
}
TYPE_NAMES = {str: "text", bool: "true or false", int: "whole number", float: "number"}
TYPE_NAMES[tuple[str, ...]] = "names, comma-separated"
URL_TYPE = "address"
