"""The declared variables as the tables of ``docs/configuration.md``."""

from itertools import groupby

from dashboard.config_load import variables
from dashboard.config_variable import Variable

HEAD = "| variable | values | default | meaning |\n|---|---|---|---|"


def table() -> str:
    """One Markdown table for each section, in the order of declaration."""
    sections = groupby(variables(), key=lambda one: one.rule.section)
    return "\n\n".join(f"## {section}\n\n{HEAD}\n" + "\n".join(map(line, group)) for section, group in sections)


def line(one: Variable) -> str:
    """One variable's row; a secret may also come from a file."""
    text = str(one.default).lower() if one.kind is bool else str(one.default)
    default = "" if one.default in ("", ()) else f"`{text}`"
    name = f"`{one.name}`" + (f", `{one.name}_FILE`" if one.rule.secret else "")
    return f"| {name} | {one.type_name} | {default} | {one.rule.sentence} |"
