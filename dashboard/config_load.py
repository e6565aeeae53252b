"""Reads the environment and ``.env`` into a ``Config``, or says everything that is wrong at once."""

import os
from collections.abc import Mapping
from dataclasses import fields
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from environ import Env
from environ.fileaware_mapping import FileAwareMapping

from dashboard.config import ROOT, Config, ConfigurationError
from dashboard.config_rules import contradictions, made_keys
from dashboard.config_text import excerpt
from dashboard.config_variable import Variable

OURS = ("HYPERLIQUID_", "SIMULATOR_")
"""Prefixes that nobody else uses: a name with one of them that is not declared is a typing error."""


def variables() -> list[Variable]:
    """All declared variables, in the order of declaration."""
    return [Variable.of(declared) for declared in fields(Config)]


def load(environment: Mapping[str, str] | None = None, env_file: Path | None = ROOT / ".env") -> Config:
    """Read, check, and return the configuration; raises ``ConfigurationError`` with all errors."""
    texts = with_env_file(dict(os.environ if environment is None else environment), env_file)
    values, unreadable = read(texts)
    config = Config(**values)
    consequences = [error for error in contradictions(config) if error.split()[0] not in unreadable]
    if errors := [*unreadable.values(), *misspelt(texts), *consequences]:
        raise ConfigurationError(errors)
    return made_keys(config)


def with_env_file(texts: dict[str, str], env_file: Path | None) -> dict[str, str]:
    """``texts`` completed from the file; what the environment says wins."""

    class Reader(Env):
        ENVIRON = texts

    if env_file and env_file.is_file():
        Reader.read_env(env_file)
    return texts


def read(texts: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """The values that are given and readable, by field, and by name a sentence for each that is not."""
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for one in variables():
        try:
            text = text_of(one, texts)
            if text is not None:
                values[one.name.lower()] = one.parse(text)
        except ValueError as wrong:
            shown = "" if one.rule.secret else f", got {excerpt(texts.get(one.name, ''))}"
            errors[one.name] = f"{one.name} {wrong}{shown}"
    return values, errors


def text_of(one: Variable, texts: Mapping[str, str]) -> str | None:
    """The variable's text, for a secret also from the file that ``NAME_FILE`` names; None if empty."""
    file = texts.get(f"{one.name}_FILE") if one.rule.secret else None
    if file and texts.get(one.name):
        raise ValueError(f"and {one.name}_FILE are both set; keep one of them")
    if not file:
        return texts.get(one.name) or None
    try:
        return FileAwareMapping(texts)[one.name].strip() or None
    except OSError as wrong:
        raise ValueError(f"cannot be read: {one.name}_FILE={file}: {wrong.strerror}") from None


def misspelt(texts: Mapping[str, str]) -> list[str]:
    """A sentence for each name that looks like ours and is not."""
    known = {one.name for one in variables()}
    strange = [name for name in texts if name.startswith(OURS) and name not in known]
    return [f"{name} is not a variable{did_you_mean(name, known)}" for name in sorted(strange)]


def nearly(texts: Mapping[str, str]) -> dict[str, str]:
    """What is set and not read, though a name of ours is very near: that name by it. Others set names, too."""
    known = {one.name for one in variables()}
    twins = {f"{one.name}_FILE" for one in variables() if one.rule.secret}
    strange = [name for name in texts if name not in known | twins and not name.startswith(OURS)]
    near = {name: get_close_matches(name, known, n=1, cutoff=0.9) for name in sorted(strange)}
    return {name: found[0] for name, found in near.items() if found}


def did_you_mean(name: str, known: set[str]) -> str:
    """A suggestion, if one is near."""
    near = get_close_matches(name, known, n=1, cutoff=0.8)
    return f"; did you mean {near[0]}?" if near else ""


@cache
def current() -> Config:
    """The configuration of this process, read once; raises ``ConfigurationError``."""
    return load()
