"""People and machines that ask an installation for pages; also one of your own.

``locust -f benchmarks/locustfile.py --host https://example.org --headless -u 50 -r 10 -t 60s``. The environment
may say more: ``LOAD_COOKIE`` is the session of somebody who is signed in (else nobody asks for a portfolio),
``LOAD_PATHS`` (JSON: path → weight) what is asked for, ``LOAD_RATE`` how often a second each user asks (else as
often as there is an answer).
"""

import json
import os

from locust import FastHttpUser, constant_throughput, task
from locust.exception import StopUser

COOKIE = os.environ.get("LOAD_COOKIE", "")
PATHS = {"/api/health": 2, "/markets/": 4, "/markets/BTC/": 3, "/": 1} | ({"/portfolio/": 2} if COOKIE else {})
PATHS = json.loads(os.environ.get("LOAD_PATHS", "{}")) or PATHS
RATE = float(os.environ.get("LOAD_RATE", "0"))


class Reader(FastHttpUser):
    """Asks for one path after the other, the heavier the more often."""

    if RATE:
        wait_time = constant_throughput(RATE)

    def on_start(self) -> None:
        """Each has a turn of its own through the paths."""
        self.turn = [path for path, weight in PATHS.items() for _ in range(weight)]
        self.asked = 0
        if not self.turn:
            raise StopUser

    @task
    def ask(self) -> None:
        """The next one. A redirect is a failure: it leads to the sign-in."""
        path = self.turn[self.asked % len(self.turn)]
        self.asked += 1
        headers = {"Cookie": f"sessionid={COOKIE}"} if COOKIE and path not in ("/api/health",) else {}
        with self.client.get(path, headers=headers, allow_redirects=False, catch_response=True) as answer:
            if answer.status_code != 200:
                answer.failure(f"answered with {answer.status_code}")
