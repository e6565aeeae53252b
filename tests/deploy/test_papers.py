"""The Dockerfile and the compose files are sound by the tools and schemas of those who made them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.deploy.composed import Composed, filled_in
from tests.deploy.image import PYTHON, ROOT, Image

GIVEN = {"SITE_HOST": "example.org"}
PROMETHEUS = "deploy/prometheus/docker-compose.yml"
COMPOSE = ["docker-compose.yml", "docker-compose.dev.yml", PROMETHEUS]


@pytest.fixture(scope="module")
def image() -> Image:
    return Image()


@pytest.fixture(scope="module")
def composed() -> Composed:
    return Composed(GIVEN)


def test_the_dockerfile_has_no_fault_that_hadolint_knows():
    command = [PYTHON / "hadolint", "Dockerfile"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (0, "")


def test_hadolint_finds_a_fault_where_there_is_one():
    ran = subprocess.run(
        [PYTHON / "hadolint", "-"], input="FROM debian\nRUN cd /x\n", text=True, capture_output=True
    )
    assert ran.returncode == 1


def test_the_process_in_the_image_is_nobody_and_owns_none_of_its_files(image):
    assert min(image.user) >= 1000
    last = image.stages[-1]
    assert [one["value"] for one in last if one["instruction"] == "USER"] == ["10001:10001"]
    copied = [one["value"] for one in last if one["instruction"] in ("COPY", "ADD")]
    assert not any("--chown" in value or "--chmod" in value for value in copied)
    assert image.environment["ENVIRONMENT"] == "production"


def test_packages_are_installed_by_their_hashes_and_scripts_by_their_lock_file(image):
    commands = "\n".join(value for stage in range(len(image.stages)) for value in image.said("RUN", stage))
    assert "--require-hashes" in commands
    assert "npm ci" in commands


def test_everything_that_is_copied_is_there_and_nothing_else_reaches_the_builder(image):
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert (ROOT / ".dockerignore").read_text().splitlines()[1] == "*"
    copied = set()
    for stage in range(len(image.stages)):
        for value in image.said("COPY", stage):
            if "--from=" not in value:
                copied |= set(value.split()[:-1])
    assert copied == let_in
    assert all((ROOT / name).exists() for name in copied)
    assert not copied & {"var", ".env", ".git", "deploy", "tests"}


def test_no_layer_is_given_a_secret(image):
    for stage in range(len(image.stages)):
        for instruction in ("ARG", "ENV"):
            assert not any(
                re.search("SECRET|TOKEN|PASSWORD|KEY|_URL", value) for value in image.said(instruction, stage)
            )


@pytest.mark.parametrize("name", COMPOSE)
def test_a_compose_file_is_one_by_the_official_schema(name, tmp_path):
    file = tmp_path / Path(name).name
    file.write_text(filled_in((ROOT / name).read_text(), GIVEN))
    assert checked(file).returncode == 0, checked(file).stdout
    wrong = yaml.safe_load(file.read_text())
    next(iter(wrong["services"].values()))["comand"] = "x"
    file.write_text(yaml.safe_dump(wrong))
    assert checked(file).returncode == 1


def checked(file: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_every_service_has_limits_a_restart_policy_and_a_check_or_a_reason_for_none(composed):
    for name, service in composed.services.items():
        assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory"}, name
        assert "restart" in service, name
        assert service.get("healthcheck") or name == "prepare", name
        assert service["logging"]["options"]["max-size"], name


def test_our_processes_have_no_rights_and_nothing_to_write_to_but_tmp(composed, image):
    for name in composed.ours:
        service = composed.services[name]
        assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"]), name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "user" not in service, "that of the image"
        written = [volume.split(":")[1] for volume in service.get("volumes", [])]
        assert all(place.startswith(image.environment["VAR_DIR"]) for place in written), name


def test_secrets_are_files_that_the_command_beside_makes(composed, tmp_path):
    made = subprocess.run(
        [sys.executable, "-c", SAY, str(tmp_path)], cwd=ROOT / "deploy", capture_output=True, text=True, check=True
    ).stdout.split()
    assert set(made) == set(composed.said["secrets"])
    assert set(made) >= {secret for one in composed.services.values() for secret in one.get("secrets", [])}
    for name in composed.ours:
        environment = composed.environment(name)
        files = {value for key, value in environment.items() if key.endswith("_FILE")}
        assert files == {f"/run/secrets/{secret}" for secret in composed.services[name]["secrets"]}
        assert not any(key in environment for key in ("SECRET_KEY", "DATABASE_URL", "EMAIL_URL", "BACKUP_KEY"))
    kept = (tmp_path / "secrets/secret_key").read_text()
    assert oct((tmp_path / "secrets").stat().st_mode)[-3:] == "700"
    again = subprocess.run(
        [sys.executable, "-c", SAY, str(tmp_path)], cwd=ROOT / "deploy", capture_output=True, text=True, check=True
    )
    assert again.stdout == ""
    assert (tmp_path / "secrets/secret_key").read_text() == kept


SAY = """
import sys; from pathlib import Path; from make_secrets import make
print(*make(Path(sys.argv[1]) / "secrets", "smtp+tls://u:p@mail.example.org:587"), sep="\\n", end="")
"""


def test_processes_together_stay_under_the_connections_that_postgres_has(composed):
    from dashboard.config import Config

    per_process = Config().database_max_connections
    processes = sum(composed.replicas(name) for name in composed.ours if "profiles" not in composed.services[name])
    assert processes * per_process <= 100, "max_connections of Postgres as it comes"


def test_every_variable_reaches_our_processes_from_the_file_beside_it_unless_the_containers_decide_it(composed):
    """One that is fixed is no matter of taste: addresses inside, places of files, production."""
    text = (ROOT / "docker-compose.yml").read_text()
    for name in composed.ours:
        assert composed.services[name]["env_file"] == [".env"], name
        fixed = {
            key for key in composed.environment(name) if not re.search(rf"^  {key}: .*\$\{{{key}:-", text, re.M)
        }
        plain = {key for key in fixed if not key.endswith("_FILE")}
        inside = {"ENVIRONMENT", "HOST", "PORT", "VAR_DIR", "REDIS_URL", "METRICS_HOST"}
        assert plain == inside | {"SITE_URL", "ALLOWED_HOSTS", "TRUSTED_NETWORKS", "TRUSTED_PROXIES"}, name


def test_only_the_proxy_can_be_reached_and_only_who_needs_it_reaches_out(composed):
    published = [name for name, service in composed.services.items() if "ports" in service]
    assert published == ["proxy"]
    assert composed.said["networks"]["data"]["internal"] is True
    for name in ("postgres", "redis", "backup", "migrate"):
        assert composed.services[name]["networks"] == ["data"]
    subnet = composed.said["networks"]["edge"]["ipam"]["config"][0]["subnet"]
    assert composed.environment("web")["TRUSTED_PROXIES"] == subnet


def test_prometheus_is_in_the_networks_of_those_it_asks_and_mounts_files_that_there_are(composed):
    prometheus = Composed({}, ROOT / PROMETHEUS)
    (service,) = prometheus.services.values()
    asked = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())["scrape_configs"]
    names = {name for job in asked for one in job["dns_sd_configs"] for name in one["names"]}
    assert all(set(composed.services[name]["networks"]) & set(service["networks"]) for name in names)
    assert set(service["networks"]) <= set(composed.said["networks"])
    assert set(service["secrets"]) <= set(composed.said["secrets"])
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    assert (ROOT / service["volumes"][0].partition(":")[0]).is_dir()


def test_caddy_takes_the_configuration_of_the_proxy(tmp_path, composed):
    environment = composed.environment("proxy") | {"HOME": str(tmp_path), "WEB_UPSTREAMS": "a:1 b:2"}
    caddy = [PYTHON / "caddy", "validate", "--adapter", "caddyfile", "--config"]
    ran = subprocess.run(
        [*caddy, ROOT / "deploy/Caddyfile"], env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr


def test_development_has_postgres_and_redis_alone():
    services = Composed({}, ROOT / "docker-compose.dev.yml").services
    assert set(services) == {"postgres", "redis"}
    assert all(port.startswith("127.0.0.1:") for one in services.values() for port in one["ports"])
