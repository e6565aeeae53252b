"""Sockets of sessions that end: closed in whichever process they are, and nobody else's."""

import asyncio
import os
import re
import subprocess
import sys
import time
import uuid
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import requests
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from dashboard.hangups import SESSION_ENDED, session_key
from tests.cast import PASSWORD
from tests.e2e.running import Process, free_port

ROOT = Path(__file__).resolve().parents[2]
PEOPLE = """
from accounts.models import User
for name in ("alice", "bob"):
    User.objects.create_user(name, password="%s")
"""


@pytest.mark.parametrize(
    ("headers", "key"),
    [
        ([(b"cookie", b"theme=dark; sessionid=abc; csrftoken=x")], "abc"),
        ([(b"cookie", b"theme=dark"), (b"cookie", b"sessionid=abc")], "abc"),
        ([(b"cookie", b"theme=dark")], ""),
        ([(b"cookie", b"\xff\xfe=; ;;=")], ""),
        ([], ""),
    ],
)
def test_a_socket_belongs_to_the_session_of_its_cookie(headers, key):
    assert session_key({"headers": headers}) == key


class Site:
    """Two web processes on one Postgres and one Redis."""

    def __init__(self, folder: Path, stack: ExitStack, **environment: str) -> None:
        self.environment = {
            **os.environ,
            **environment,
            "HYPERLIQUID_NETWORK": "simulated",
            "VAR_DIR": str(folder),
            "SECRET_KEY": "shared-by-both-processes-" * 3,
            "RATE_LIMIT_ENABLED": "false",
            "DEBUG": "true",
        }
        self.manage("migrate", "--verbosity", "0")
        self.manage("shell", "-c", PEOPLE % PASSWORD)
        self.urls = [self.web(folder, stack, number) for number in range(2)]

    def manage(self, *command: str) -> None:
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=self.environment, check=True)

    def web(self, folder: Path, stack: ExitStack, number: int) -> str:
        port = free_port()
        own = {**self.environment, "PORT": str(port)}
        process = Process([sys.executable, "manage.py", "web"], folder / f"web{number}.log", own)
        process.start()
        stack.callback(process.stop)
        url = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                requests.get(f"{url}/api/health/live", timeout=5)
            except requests.ConnectionError:
                time.sleep(0.2)
            else:
                return url
        raise TimeoutError((folder / f"web{number}.log").read_text()[-2000:])


@contextmanager
def own_database(server: str):
    """A database for these processes alone: whoever lends the server may keep something else in it."""
    name = f"sessions_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield urlsplit(server)._replace(path=f"/{name}").geturl()
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def site(tmp_path_factory, postgres_url, redis_url):
    with ExitStack() as stack:
        folder = tmp_path_factory.mktemp("site")
        database = stack.enter_context(own_database(postgres_url))
        yield Site(folder, stack, DATABASE_URL=database, REDIS_URL=redis_url)


class Person:
    """A browser of somebody who is signed in."""

    def __init__(self, url: str, name: str) -> None:
        self.url, self.http = url, requests.Session()
        self.post("/account/login/", "/account/login/", login=name, password=PASSWORD)

    def post(self, page: str, path: str, **form: str) -> None:
        text = self.http.get(self.url + page, timeout=30).text
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', text)[1]
        answer = self.http.post(
            self.url + path, data={"csrfmiddlewaretoken": token, **form}, headers={"Referer": self.url}, timeout=30
        )
        answer.raise_for_status()

    def is_in(self, url: str) -> bool:
        cookies = {"sessionid": self.http.cookies["sessionid"]}
        return (
            requests.get(f"{url}/account/", cookies=cookies, allow_redirects=False, timeout=30).status_code == 200
        )

    def socket(self, url: str):
        return connect(
            f"{url.replace('http', 'ws')}/ws",
            origin=url,
            additional_headers={"Cookie": f"sessionid={self.http.cookies['sessionid']}"},
        )


async def closed_with(socket) -> int:
    async with asyncio.timeout(30):
        try:
            while True:
                await socket.recv()
        except ConnectionClosed as closed:
            return closed.rcvd.code


async def is_answered(socket) -> bool:
    """Whether the other end still listens: it says what is wrong with nonsense."""
    await socket.send('{"join": ["nonsense"]}')
    async with asyncio.timeout(30):
        async for frame in socket:
            if "nonsense" in frame:
                return True
    return False


@pytest.mark.slow
async def test_ending_a_session_closes_its_sockets_in_every_process_and_signs_it_out_there(site):
    here, there = site.urls
    people = await asyncio.to_thread(lambda: (Person(here, "alice"), Person(there, "alice"), Person(there, "bob")))
    alice, elsewhere, bob = people
    async with elsewhere.socket(there) as first, elsewhere.socket(here) as second, bob.socket(there) as third:
        async with alice.socket(here) as own:
            assert await asyncio.to_thread(elsewhere.is_in, there)
            await asyncio.to_thread(alice.post, "/account/sessions/", "/account/sessions/end-others/")
            assert [await closed_with(socket) for socket in (first, second)] == [SESSION_ENDED] * 2
            for url in site.urls:
                assert not await asyncio.to_thread(elsewhere.is_in, url)
                assert await asyncio.to_thread(alice.is_in, url)
                assert await asyncio.to_thread(bob.is_in, url)
            for socket in (own, third):
                assert await is_answered(socket)
            for url in site.urls:  # nor does it open another one
                async with elsewhere.socket(url) as again:
                    assert await closed_with(again) == SESSION_ENDED
