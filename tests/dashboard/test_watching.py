"""What a real installation of several processes tells of itself: metrics of each, logs that can be followed."""

import asyncio
import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families
from websockets.asyncio.client import connect

from tests.dashboard.alert_cluster import ask, counts, make
from tests.dashboard.cluster import PATIENCE_S, Cluster
from tests.e2e.running import ROOT, free_port
from tests.monitoring.promql import selectors

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

TOKEN = "a-token-of-twenty-chars"
OF_PROMETHEUS = {"up"}
Samples = dict[str, list[dict[str, str]]]
"""Names → the labels of each of their samples; a family without samples has an empty list."""


class Watched(Cluster):
    """A cluster that writes JSON; each process has a port for its metrics, and proxies of this machine count."""

    def __init__(self, folder, postgres_url) -> None:
        super().__init__(folder, postgres_url)
        self.environment |= {"LOG_FORMAT": "json", "METRICS_TOKEN": TOKEN, "TRUSTED_PROXIES": "127.0.0.1"}
        self.ports: dict[int, tuple[str, int]] = {}

    def start(self, name: str, *arguments: str):
        port = free_port()
        self.environment["METRICS_PORT"] = str(port)
        child = super().start(name, *arguments)
        self.ports[child.pid] = (name, self.port if name == "web" else port)
        return child

    def scrape(self) -> Samples:
        """What the processes tell together."""
        found: Samples = {}
        for name, port in self.ports.values():
            if name != "exchange":
                for family in text_string_to_metric_families(read(port, f"Bearer {TOKEN}").decode()):
                    found.setdefault(family.name, [])
                    for sample in family.samples:
                        found.setdefault(sample.name, []).append(sample.labels)
        return found

    def families(self) -> set[str]:
        """Names of all families, as Prometheus has them: counters end in ``_total``."""
        ports = [port for name, port in self.ports.values() if name != "exchange"]
        bodies = [read(port, f"Bearer {TOKEN}").decode() for port in ports]
        return set(re.findall(r"^# TYPE (\w+) ", "\n".join(bodies), re.M))

    def log(self, name: str) -> list[dict]:
        """The lines of all processes of a name: each is JSON, also the one that says where the server listens."""
        return [json.loads(line) for line in (self.folder / f"{name}.log").read_text().splitlines()]


def read(port: int, authorization: str = "") -> bytes:
    headers = {"Authorization": authorization} if authorization else {}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/metrics", headers=headers)
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
        return answer.read()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory, postgres_url) -> Iterator[Watched]:
    with Watched(tmp_path_factory.mktemp("watched"), postgres_url) as cluster:
        cluster.start("deliver", "manage.py", "deliver")
        cluster.leader()
        yield cluster


@pytest.fixture(scope="module")
def fired(cluster) -> int:
    """An alert that has fired, and whose message has been sent."""
    rule = {"metric": "mark", "coin": "BTC", "threshold": "1", "needs_crossing": False, "repeats": False}
    (number,) = make(cluster, rule)
    cluster.until(lambda: counts(cluster, [number]) == [(1, 1)], "a firing")
    query = "SELECT state FROM alerts_delivery WHERE alert_id = %s"
    cluster.until(lambda: ask(cluster, query, number) == [("sent",)], "a message")
    return number


def missing(cluster: Watched) -> set[tuple[str, str]]:
    """What dashboard and rules read and nobody tells: metrics, labels, or values of labels."""
    told, found = cluster.scrape(), set()
    for one in selectors():
        if one.metric in OF_PROMETHEUS or ":" in one.metric:
            continue
        if one.metric not in told and f"{one.metric}".removesuffix("_total") not in told:
            found.add((one.where, one.metric))
        samples = told.get(one.metric, [])
        for label, must_equal, value in one.matchers:
            known = {labels.get(label) for labels in samples} - {None}
            if samples and label not in ("job", "instance") and not known:
                found.add((one.where, f"{one.metric} has no label {label}"))
            if known and must_equal and label in ("service", "status", "limit") and value not in known | {"5xx"}:
                found.add((one.where, f"{one.metric} has no {label}={value}"))
    return found


def test_dashboard_and_rules_read_only_what_a_real_installation_tells(cluster, fired):
    cluster.until(lambda: "dashboard_budget_used" in cluster.scrape(), "a measurement")
    try:
        cluster.until(lambda: not missing(cluster), "everything that is read")
    except AssertionError:
        assert missing(cluster) == set()
    told = cluster.scrape()
    must_have_samples = {
        "dashboard_database_connections", "dashboard_redis_connections", "dashboard_deliveries_total",
        "dashboard_service_up", "dashboard_exchange_frames_total", "dashboard_history_written_total",
        "dashboard_alerts_rules", "dashboard_feed_silence_seconds", "dashboard_budget_spent_total",
        "dashboard_event_loop_lag_seconds_bucket", "process_cpu_seconds_total",
    }  # fmt: skip
    assert {name for name in must_have_samples if not told.get(name)} == set()
    assert not told.get("dashboard_metrics_failures_total")
    assert {labels["command"] for labels in told["dashboard_info"]} == {"web", "feed", "deliver"}
    assert not re.search(r"\b(?:0x[0-9a-f]{4,}|BTC|ETH|@\d+)\b", str(told)), "series would grow with the data"


def test_the_page_about_metrics_names_what_is_told_and_nothing_else(cluster, fired):
    named = set(re.findall(r"`(dashboard_\w+)`", (ROOT / "docs/watching.md").read_text()))
    told = {name for name in cluster.families() if name.startswith("dashboard_")}
    assert named == told


def test_one_feed_leads_and_only_the_leader_tells_of_the_exchange(cluster):
    leading = {}
    for pid, (name, port) in cluster.ports.items():
        if name == "feed":
            body = read(port, f"Bearer {TOKEN}").decode()
            leading[pid] = "dashboard_feed_leading 1.0" in body
            assert ('dashboard_exchange_frames_total{socket="market"}' in body) == leading[pid]
    assert sorted(leading.values()) == [False, True]
    assert leading[cluster.leader().pid]


def test_no_process_tells_anything_without_the_token(cluster):
    for name, port in cluster.ports.values():
        if name != "exchange":
            with pytest.raises(urllib.error.HTTPError) as refused:
                read(port)
            assert refused.value.code == 404, name


def test_a_firing_can_be_followed_from_its_decision_to_its_message(cluster, fired):
    (said,) = [
        line
        for line in cluster.log("feed")
        if line["message"].startswith("fired:") and f"({fired}." in line["message"]
    ]
    episode = said["message"].partition("(")[2].rstrip(")")
    epoch = cluster.lease()[0]
    assert said["id"].startswith(f"feed.{epoch}/decide.")
    (sent,) = [line for line in cluster.log("deliver") if line["logger"] == "access.delivery"]
    assert sent["id"].startswith(f"{episode}.fired.")
    assert (sent["transport"], sent["sent"], sent["process"]) == ("page", True, "deliver")
    assert ask(cluster, "SELECT key FROM alerts_delivery WHERE alert_id = %s", fired) == [(sent["id"],)]


def test_a_request_has_its_proxys_id_in_the_answer_and_in_its_line(cluster):
    request = urllib.request.Request(f"{cluster.url}/markets/?q=hunter2", headers={"X-Request-ID": "proxy-7"})
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
        assert answer.headers["X-Request-ID"] == "proxy-7"
    cluster.until(lambda: any(line.get("id") == "proxy-7" for line in cluster.log("web")), "a line")
    (line,) = [line for line in cluster.log("web") if line.get("id") == "proxy-7"]
    assert (line["logger"], line["path"], line["status"], line["route"]) == ("access", "/markets/", 200, "markets")
    assert "hunter2" not in (cluster.folder / "web.log").read_text()


async def test_a_socket_has_an_id_from_its_handshake_to_its_end(cluster):
    headers = {"X-Request-ID": "socket-9"}
    async with connect(
        f"ws://127.0.0.1:{cluster.port}/ws", origin=cluster.url, additional_headers=headers
    ) as socket:
        await socket.recv()
        told = await asyncio.to_thread(cluster.scrape)
        assert "dashboard_sockets" in told
    ended = lambda: [line for line in cluster.log("web") if line["logger"] == "access.socket"]  # noqa: E731
    await asyncio.to_thread(cluster.until, ended, "a line about the socket")
    (line,) = ended()
    assert (line["id"], line["path"]) == ("socket-9", "/ws")


def test_every_line_of_every_process_is_json_that_says_from_whom(cluster, fired):
    for name in ("web", "feed", "deliver"):
        lines = cluster.log(name)
        assert {line["process"] for line in lines} == {name}
        assert all({"time", "level", "logger", "message", "pid"} <= line.keys() for line in lines)
        assert not [line for line in lines if line["level"] in ("ERROR", "CRITICAL")]
    ids = {line["logger"]: line.get("id", "") for line in cluster.log("feed")}
    assert ids["snapshots.pruning"].startswith("feed.")
