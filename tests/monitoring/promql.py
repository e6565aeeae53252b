"""Every expression of the Grafana dashboard and of Prometheus' rules, read by a parser of PromQL."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import promql_parser
import yaml

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
DASHBOARD, RULES = DEPLOY / "grafana/dashboard.json", DEPLOY / "prometheus/alerts.yml"
OF_GRAFANA = {"$__rate_interval": "1m", "$instance": ".*"}


class Selector(NamedTuple):
    """One metric that an expression reads, and (label, whether it must equal, value) of its matchers."""

    where: str
    metric: str
    matchers: tuple[tuple[str, bool, str], ...]


def panels() -> list[dict[str, Any]]:
    """All of the dashboard."""
    return json.loads(DASHBOARD.read_text())["panels"]


def rules() -> list[dict[str, Any]]:
    """All of the file of rules."""
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def expressions() -> Iterator[tuple[str, str]]:
    """(where, text), Grafana's variables filled in."""
    dashboard = json.loads(DASHBOARD.read_text())
    for panel in panels():
        yield from ((f"panel {panel['title']}", one["expr"]) for one in panel.get("targets", ()))
    yield from (("annotation", one["expr"]) for one in dashboard["annotations"]["list"])
    for variable in dashboard["templating"]["list"]:
        if found := re.match(
            r"label_values\((\w+),", str(variable["query"]["query"] if variable["type"] == "query" else "")
        ):
            yield "variable", found.group(1)
    yield from ((f"rule {rule.get('alert') or rule['record']}", rule["expr"]) for rule in rules())


def selectors() -> list[Selector]:
    """All metrics that are read anywhere; raises ValueError for what is no PromQL."""
    found: list[Selector] = []
    for where, text in expressions():
        for name, value in OF_GRAFANA.items():
            text = text.replace(name, value)

        def note(node: Any, where: str = where) -> None:
            if isinstance(node, promql_parser.MatrixSelector):
                node = node.vector_selector
            if isinstance(node, promql_parser.VectorSelector):
                is_equal = promql_parser.MatchOp.Equal
                matchers = tuple((one.name, one.op == is_equal, one.value) for one in node.matchers.matchers)
                found.append(Selector(where, node.name, matchers))

        try:
            promql_parser.walk(promql_parser.parse(text), note)
        except ValueError as error:
            raise ValueError(f"{where}: {error}: {text}") from error
    return found
