"""Grafana's dashboard and Prometheus' rules are well made; that their metrics exist: test_watching.py."""

import json
import re
from itertools import combinations

import yaml

from tests.monitoring.promql import DASHBOARD, DEPLOY, RULES, panels, rules, selectors


def test_every_expression_is_promql_and_reads_something():
    found = selectors()
    assert len(found) > 60
    assert {"panel Services", "variable", "annotation", "rule DatabaseDown"} <= {one.where for one in found}


def test_panels_are_told_apart_lie_beside_each_other_and_have_a_name():
    assert len({panel["id"] for panel in panels()}) == len(panels())
    shown = [panel for panel in panels() if panel["type"] != "row"]
    assert all(panel["title"] and panel["targets"] for panel in shown)
    for one, other in combinations((panel["gridPos"] for panel in panels()), 2):
        apart = (
            one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
            or one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        )  # fmt: skip
        assert apart, (one, other)
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in panels())


def test_the_dashboard_asks_whichever_prometheus_is_chosen():
    dashboard = json.loads(DASHBOARD.read_text())
    used = {target["datasource"]["uid"] for panel in panels() for target in panel.get("targets", ())}
    assert used == {"${datasource}"}
    assert {one["name"] for one in dashboard["templating"]["list"]} == {"datasource", "instance"}


def test_rules_have_names_of_their_own_a_severity_and_a_sentence_and_records_come_from_here():
    alerts = [rule for rule in rules() if "alert" in rule]
    names = [rule["alert"] for rule in alerts]
    assert len(set(names)) == len(names) > 20
    assert {rule["labels"]["severity"] for rule in alerts} == {"critical", "warning"}
    assert all(rule["annotations"]["summary"].endswith(".") for rule in alerts)
    records = {rule["record"] for rule in rules() if "record" in rule}
    assert {one.metric for one in selectors() if ":" in one.metric} == records


def test_the_page_says_what_to_do_about_each_rule_and_about_no_other():
    page = (DEPLOY.parent / "docs/watching.md").read_text()
    table = page.partition("## What to do when")[2].partition("\n## ")[0]
    cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    named = set(re.findall(r"`(\w+)`", " ".join(cells)))
    assert named == {rule["alert"] for rule in rules() if "alert" in rule}


def test_there_is_a_rule_for_each_thing_that_must_wake_somebody():
    critical = {rule["alert"] for rule in rules() if "alert" in rule and rule["labels"]["severity"] == "critical"}
    assert {
        "DatabaseDown", "RedisDown", "FeedSilent", "NoLeader", "EvaluatorLate", "DeliveryBacklog", "DiskLow",
        "ServerErrors", "ErrorBudgetBurnsFast", "ProcessGone", "NobodyMeasures",
    } <= critical  # fmt: skip


def test_prometheus_is_told_where_the_rules_are_and_the_job_is_the_one_they_name():
    told = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text())
    assert [DEPLOY / "prometheus" / name for name in told["rule_files"]] == [RULES]
    assert [job["job_name"] for job in told["scrape_configs"]] == ["dashboard"]
    jobs = {value for one in selectors() for label, _, value in one.matchers if label == "job"}
    assert jobs == {"dashboard"}
