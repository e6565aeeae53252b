"""What only the product's own code can write, on the database of a stage: people, sessions, alerts.

``python -m tests.chaos.scribe`` reads lines of JSON and answers each with one, so that Django starts once.
"""

import json
import subprocess
import sys
from typing import Any

TRUE = {"metric": "mark", "coin": "BTC", "threshold": "1", "needs_crossing": False, "repeats": False}
"""Is true of every price: it fires once, and never again."""
PEOPLE = ("trader", "admin")
EVERY_TRADE = {"metric": "trade", "coin": "BTC", "threshold": "1", "cooldown": 0}


class Scribe:
    """A process that writes for a test; it goes by no proxy."""

    def __init__(self, child: subprocess.Popen[str]) -> None:
        self.child = child

    def _ask(self, **what: Any) -> Any:
        assert self.child.stdin
        assert self.child.stdout
        self.child.stdin.write(json.dumps(what) + "\n")
        self.child.stdin.flush()
        answer = self.child.stdout.readline()
        assert answer, "the scribe has died"
        return json.loads(answer)

    def sign_in(self) -> dict[str, str]:
        """The session cookie of each of ``PEOPLE``."""
        return self._ask(do="sign_in")

    def watch(self, hook: str, *rules: dict[str, Any]) -> list[int]:
        """Alerts of the trader's that are told to this webhook; their numbers."""
        return self._ask(do="watch", hook=hook, rules=rules)


def sign_in() -> dict[str, str]:
    from django.conf import settings
    from django.test import Client

    from accounts import demo

    cookies = {}
    for user in demo.prepare():
        client = Client()
        client.force_login(user)
        cookies[user.username] = client.cookies[settings.SESSION_COOKIE_NAME].value
    return cookies


def watch(hook: str, rules: list[dict[str, Any]]) -> list[int]:
    from decimal import Decimal

    from django.db import transaction

    from accounts.models import User
    from alerts.models import Alert, Destination

    user, _ = User.objects.get_or_create(username="watcher", defaults={"tier": "api"})
    values = {"secret": {"url": hook, "key": "of the user"}, "verified_at": 1, "per_minute": 100_000}
    place, _ = Destination.objects.get_or_create(user=user, kind="webhook", label="hook", defaults=values)
    with transaction.atomic():
        return [
            Alert.objects.add(user, [place], **rule | {"threshold": Decimal(rule["threshold"])}).pk
            for rule in rules
        ]


def main() -> None:
    import django

    django.setup()
    from django.db import OperationalError, connection

    works = {"sign_in": sign_in, "watch": watch}
    for line in sys.stdin:
        what = json.loads(line)
        work = works[what.pop("do")]
        try:
            answer = work(**what)
        except OperationalError:  # of a connection from before the server was killed
            connection.close_pool()
            answer = work(**what)
        connection.close()
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
