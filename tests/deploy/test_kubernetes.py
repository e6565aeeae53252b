"""Kubernetes manifests: valid by the official schemas, and true of this program."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from django.core.management import get_commands

from dashboard.config_load import load, variables
from tests.deploy.image import ROOT, Image
from tests.test_config import SAFE

FOLDER = ROOT / "deploy/kubernetes"
VERSIONS = ("1.34", "1.37")
OF_POSTGRES = 100
"""Connections of a Postgres as it comes."""


def documents() -> Iterator[tuple[str, dict[str, Any]]]:
    """All objects of all files."""
    for file in sorted(FOLDER.glob("*.yaml")):
        if file.name != "kustomization.yaml":
            for number, one in enumerate(yaml.safe_load_all(file.read_text())):
                yield f"{file.name}-{number}-{one['kind']}", one


ALL = dict(documents())
NAMED = {(one["kind"], one["metadata"]["name"]): one for one in ALL.values()}


def pods() -> dict[str, dict[str, Any]]:
    """The pods of everything that runs our image, by name."""
    found = {}
    for (kind, name), one in NAMED.items():
        if kind in ("Deployment", "Job"):
            found[name] = one["spec"]["template"]
        if kind == "CronJob":
            found[name] = one["spec"]["jobTemplate"]["spec"]["template"]
    return found


@pytest.fixture(scope="module")
def given() -> dict[str, str]:
    return NAMED["ConfigMap", "dashboard"]["data"]


@pytest.mark.parametrize("version", VERSIONS)
def test_each_object_is_valid_by_the_official_schema(version):
    for name, one in ALL.items():
        assert kubernetes_validate.validate(one, version, strict=True), name
    wrong = {**NAMED["Deployment", "web"], "spec": {"replica": 2}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, version, strict=True)


def test_every_file_is_applied_but_the_example_of_secrets_and_a_restore():
    listed = set(yaml.safe_load((FOLDER / "kustomization.yaml").read_text())["resources"])
    there = {file.name for file in FOLDER.glob("*.yaml")}
    assert there - listed == {"kustomization.yaml", "secret.example.yaml", "restore.yaml"}


def test_each_process_of_the_site_runs_as_a_command_that_there_is():
    ran = {name: pod["spec"]["containers"][0]["args"] for name, pod in pods().items()}
    assert {name: args[0] for name, args in ran.items()} == {name: name for name in ran}
    assert set(ran) == {"web", "feed", "deliver", "migrate", "backup", "restore"} <= set(get_commands())


def test_pods_have_no_rights_and_nothing_to_write_to_but_their_volumes():
    user, group = Image().user
    for name, pod in pods().items():
        spec, (container,) = pod["spec"], pod["spec"]["containers"]
        assert spec["automountServiceAccountToken"] is False, name
        context = spec["securityContext"]
        assert (context["runAsNonRoot"], context["runAsUser"], context["runAsGroup"]) == (True, user, group)
        own = container["securityContext"]
        assert own["readOnlyRootFilesystem"] is True
        assert own["allowPrivilegeEscalation"] is False
        assert own["capabilities"] == {"drop": ["ALL"]}
        assert "memory" in container["resources"]["limits"]


def test_a_pod_has_more_time_to_end_than_the_process_takes(given):
    config = load(SAFE | given_without_files(given), env_file=None)
    assert config.shutdown_drain_seconds >= 2 * 3, "endpoints hear of it by then: two failed probes"
    for pod in pods().values():
        assert pod["spec"]["terminationGracePeriodSeconds"] > config.shutdown_timeout_seconds


def given_without_files(given: dict[str, str]) -> dict[str, str]:
    return {name: text for name, text in given.items() if not name.endswith("_FILE")}


def test_every_variable_is_one_and_each_secret_is_a_key_of_the_secret(given):
    known = {one.name for one in variables()} | {f"{one.name}_FILE" for one in variables() if one.rule.secret}
    assert set(given) <= known
    keys = NAMED["Secret", "dashboard"]["stringData"]
    files = {text for name, text in given.items() if name.endswith("_FILE")}
    (owner,) = pods()["migrate"]["spec"]["containers"][0]["env"]
    assert owner["name"] in given
    assert files | {owner["value"]} == {f"/run/secrets/dashboard/{key}" for key in keys}
    for pod in pods().values():
        mounts = {one["name"]: one["mountPath"] for one in pod["spec"]["containers"][0]["volumeMounts"]}
        assert mounts["secrets"] == "/run/secrets/dashboard"


def test_the_secret_of_the_example_starts_nothing_before_it_is_filled_in(given):
    from dashboard.config import ConfigurationError

    example = NAMED["Secret", "dashboard"]["stringData"]
    texts = given_without_files(given) | {name.upper(): text for name, text in example.items()}
    with pytest.raises(ConfigurationError) as wrong:
        load(texts | {"ENVIRONMENT": "production"}, env_file=None)
    placeholders = [error.split()[0] for error in wrong.value.errors if "placeholder" in error]
    assert sorted(placeholders) == sorted(name.upper() for name in example if name != "database_owner_url")


def test_probes_ask_under_the_name_of_the_site_at_the_port_it_listens_on(given):
    (container,) = NAMED["Deployment", "web"]["spec"]["template"]["spec"]["containers"]
    assert str(container["ports"][0]["containerPort"]) == Image().environment["PORT"]
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        asked = container[probe]["httpGet"]
        assert asked["httpHeaders"] == [{"name": "Host", "value": given["ALLOWED_HOSTS"]}]
    assert container["readinessProbe"]["httpGet"]["path"].endswith("/ready")
    assert container["livenessProbe"]["httpGet"]["path"].endswith("/live")
    rule = NAMED["Ingress", "web"]["spec"]["rules"][0]
    assert rule["host"] == given["ALLOWED_HOSTS"]
    assert given["SITE_URL"] == f"https://{rule['host']}"


def test_selectors_choose_the_pods_that_are_meant():
    for (kind, name), one in NAMED.items():
        spec = one.get("spec", {})
        chosen = spec.get("selector")
        if kind in ("Deployment", "PodDisruptionBudget"):
            chosen = chosen["matchLabels"]
        if kind in ("Deployment", "PodDisruptionBudget", "Service"):
            assert chosen.items() <= pods()[name]["metadata"]["labels"].items(), (kind, name)
    assert NAMED["HorizontalPodAutoscaler", "web"]["spec"]["scaleTargetRef"]["name"] == "web"


def test_all_pods_together_fit_into_the_connections_of_postgres(given):
    most = NAMED["HorizontalPodAutoscaler", "web"]["spec"]["maxReplicas"] + 1
    others = sum(NAMED["Deployment", name]["spec"]["replicas"] for name in ("feed", "deliver"))
    assert (most + others + 2) * int(given["DATABASE_MAX_CONNECTIONS"]) <= OF_POSTGRES


def test_the_backup_is_written_to_a_volume_that_outlives_the_pod():
    spec = pods()["backup"]["spec"]
    assert spec["volumes"][-1] == pods()["restore"]["spec"]["volumes"][-1], "it is restored from there"
    claims = [
        one["persistentVolumeClaim"]["claimName"] for one in spec["volumes"] if "persistentVolumeClaim" in one
    ]
    assert [("PersistentVolumeClaim", name) in NAMED for name in claims] == [True]
    places = [one["mountPath"] for one in spec["containers"][0]["volumeMounts"] if one["name"] == "backups"]
    assert [Path(place).parent for place in places] == [Path(Image().environment["VAR_DIR"])]
