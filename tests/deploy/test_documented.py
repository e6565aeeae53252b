"""The commands for Docker, Kubernetes, systemd and Postgres in the documents: each word of them is looked up."""

import re
import sys

import yaml

from dashboard.config_load import variables
from tests.deploy.composed import VARIABLE, Composed
from tests.documented import HERE, ROOT, accepted, after, of

sys.path.append(str(ROOT / "deploy"))
import make_secrets
import pytest


def test_files_that_are_copied_exist():
    for one in of("cp"):
        source = next(word for word in one.rest if not word.startswith("-"))
        assert (ROOT / source.removeprefix(HERE)).exists(), one.line


def test_files_of_secrets_that_are_moved_or_removed_are_made_by_the_script():
    made = {f"deploy/secrets/{name}" for name in make_secrets.made(ROOT / "nowhere", "", "postgres")}
    for one in of("rm", "mv"):
        named = {word for word in one.rest if not word.startswith("-")}
        assert {name.removesuffix(".new") for name in named} <= made, one.line


def test_names_that_are_written_into_the_environment_file_are_read_from_it():
    read = {name for name, *_ in VARIABLE.findall((ROOT / "docker-compose.yml").read_text())}
    read |= {one.name for one in variables()}
    for one in of("printf"):
        text, *values, arrow, file = one.rest
        assert file == ".env"
        assert arrow == (">>" if values else ">"), "what is there stays, but at the beginning"
        assert {line.partition("=")[0] for line in text.split("\\n") if line} <= read, one.line


def test_services_that_compose_is_told_to_start_exist_and_run_what_they_are_told():
    for one in of("docker"):
        assert one.rest[0] == "compose"
        rest = one.rest[1:]
        file = ROOT / "docker-compose.yml"
        if rest[0] == "-f":
            file, rest = ROOT / rest[1], rest[2:]
        composed = Composed({"SITE_HOST": "x"}, file)
        verb, *names = rest
        assert verb in ("up", "run", "build", "stop", "exec", "ps", "logs"), one.line
        if verb == "exec":
            names, (_, script) = names[:1], names[1:]
            mounted = " ".join(composed.services[names[0]]["volumes"])
            assert f":{script}:" in mounted
        if verb == "run":
            names = without_options(names)
            service, *command = names
            program = composed.services[service].get("entrypoint", ["python", "manage.py"])
            accepted([*program[2:], *(command or composed.services[service]["command"])])
            names = [service]
        named = [name.partition("=")[0] for name in names if not name.startswith("-")]
        assert set(named) <= set(composed.services), one.line


def without_options(words: list[str]) -> list[str]:
    """What follows the options of ``docker compose run``."""
    left = list(words)
    while left and left[0].startswith("-"):
        del left[: 2 if left[0] in ("-e", "-v") else 1]
    return left


def manifests() -> set[tuple[str, str]]:
    """(kind, name) of each object, in lower case."""
    files = (ROOT / "deploy/kubernetes").glob("*.yaml")
    said = [one for file in files for one in yaml.safe_load_all(file.read_text()) if "metadata" in one]
    return {(one["kind"].lower(), one["metadata"]["name"]) for one in said}


def test_files_and_objects_that_kubectl_is_given_exist():
    there = manifests()
    for one in of("kubectl"):
        words = one.rest
        assert all((ROOT / name).exists() for name in after(words, "-f", "-k")), one.line
        assert all(("namespace", name) in there for name in after(words, "-n")), one.line
        assert all(("job", name) in there for name in after(words, "job")), one.line
        assert all(("secret", name) in there for name in after(words, "generic")), one.line
        if "exec" in words:
            pod = next(word for word in words[words.index("exec") + 1 :] if not word.startswith("-"))
            assert ("deployment", pod.removeprefix("deploy/")) in there
            told = words[words.index("--") + 1 :]
            assert told[:2] == ["python", "manage.py"]
            accepted(told[2:])
        if "scale" in words:
            names = [word for word in words[words.index("deployment") + 1 :] if not word.startswith("-")]
            assert all(("deployment", name) in there for name in names), one.line


def test_units_that_systemctl_is_told_of_exist():
    there = {file.name for file in (ROOT / "deploy/systemd").iterdir()}
    for one in of("systemctl"):
        assert one.rest[0] in ("daemon-reload", "enable", "start", "restart", "stop"), one.line
        for unit in (word for word in one.rest[1:] if not word.startswith("-")):
            name = re.sub(r"@\w+", "@", unit)
            assert {name, f"{name}.service"} & there, unit


def test_sql_files_exist_and_read_what_they_are_given():
    for one in of("psql"):
        (file,) = after(one.rest, "-f")
        text = (ROOT / file).read_text()
        names = {pair.partition("=")[0] for pair in after(one.rest, "-v")} - {"ON_ERROR_STOP"}
        assert {name for name in names if f":'{name}'" in text or f':"{name}"' in text} == names


@pytest.mark.parametrize("mail", ["mail.example.org", "user@mail.example.org:587"])
def test_an_address_of_mail_without_a_scheme_is_refused_and_nothing_is_written(tmp_path, capsys, mail):
    assert make_secrets.main([mail, str(tmp_path / "secrets")]) == 2
    assert "smtp+tls://" in capsys.readouterr().err
    assert not (tmp_path / "secrets").exists()


def test_who_says_another_address_of_mail_is_told_that_the_first_stays(tmp_path, capsys):
    first, other = "smtp+tls://a:b@mail.example.org:587", "smtp+tls://a:b@mail.example.com:587"
    for mail in (first, other):
        assert make_secrets.main([mail, str(tmp_path)]) == 0
    assert "holds another address, which stays" in capsys.readouterr().err
    assert (tmp_path / "email_url").read_text().strip() == first
