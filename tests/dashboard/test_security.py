"""What makes browsers careful: headers and cookies; and that production has nothing left to warn of."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_config import SAFE

ROOT = Path(__file__).resolve().parents[2]


def in_production(tmp_path, *command: str) -> subprocess.CompletedProcess:
    environment = {
        **SAFE,
        "PATH": os.environ["PATH"],
        "VAR_DIR": str(tmp_path),
        "HYPERLIQUID_NETWORK": "simulated",
        "DATABASE_URL": "",
        "REDIS_URL": "",
    }
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def test_a_check_for_deployment_finds_nothing(tmp_path):
    done = in_production(tmp_path, "manage.py", "check", "--deploy", "--fail-level", "DEBUG")
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


CARELESS = """
import os; os.environ["DJANGO_SETTINGS_MODULE"] = "dashboard.settings"
import django; django.setup()
from django.conf import settings
from django.core.management import call_command
settings.MIDDLEWARE = [path for path in settings.MIDDLEWARE if not path.endswith(".XFrameOptions")]
settings.SECURE_HSTS_SECONDS, settings.SECURE_SSL_REDIRECT, settings.CSRF_COOKIE_SECURE = 0, False, False
call_command("check", deploy=True, fail_level="WARNING")
"""


def test_but_it_would_find_what_is_missing_though_our_middleware_has_other_names(tmp_path):
    done = in_production(tmp_path, "-c", CARELESS)
    assert done.returncode != 0
    found = re.findall(r"\((\w+\.W\d+)\)", done.stderr)
    assert sorted(found) == ["dashboard.W002", "dashboard.W004", "dashboard.W008", "dashboard.W016"]


ASK = """
import os; os.environ["DJANGO_SETTINGS_MODULE"] = "dashboard.settings"
import django; django.setup()
from django.conf import settings
settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.test import Client
client = Client(headers={"host": "example.org"})
proxied = {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_PROTO": "https"}
for name, answer in {
    "plain": client.get("/account/login/"),
    "forged": client.get("/account/login/", REMOTE_ADDR="203.0.113.9", HTTP_X_FORWARDED_PROTO="https"),
    "health": client.get("/api/health/live"),
    "secure": client.get("/account/login/", **proxied),
    "signed up": client.post("/account/signup/", {"email": "x@example.org", "password1": "short"}, **proxied),
}.items():
    print(name, answer.status_code, answer.headers.get("Location", "-"))
    if name == "secure":
        print("hsts", answer.headers["Strict-Transport-Security"])
for cookie in client.cookies.values():
    print("cookie", cookie.key, bool(cookie["secure"]), bool(cookie["httponly"]), cookie["samesite"])
"""


def test_in_production_everything_but_health_is_https_and_so_are_the_cookies(tmp_path):
    done = in_production(tmp_path, "-c", ASK)
    lines = done.stdout.splitlines()
    assert lines[:5] == [
        "plain 301 https://example.org/account/login/",
        "forged 301 https://example.org/account/login/",
        "health 200 -",
        "secure 200 -",
        "hsts max-age=31536000; includeSubDomains",
    ], done.stderr[-2000:]
    assert "cookie csrftoken True True Lax" in lines


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/account/login/", "/account/signup/", "/nowhere/"])
def test_every_page_says_what_it_may_do(client, path):
    headers = client.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    for rule in ("default-src 'self'", "object-src 'none'", "base-uri 'none'", "form-action 'self'"):
        assert rule in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "publickey-credentials-get=(self)" in headers["Permissions-Policy"]


@pytest.mark.django_db
def test_a_page_that_names_its_nonce_allows_it(rf):
    from csp.middleware import CSPMiddleware
    from django.http import HttpResponse

    seen = {}

    def view(request):
        seen["nonce"] = str(request.csp_nonce)
        return HttpResponse()

    headers = CSPMiddleware(view)(rf.get("/")).headers
    assert f"'nonce-{seen['nonce']}'" in headers["Content-Security-Policy"]


def test_a_form_from_elsewhere_is_refused_in_words(client):
    strict = type(client)(enforce_csrf_checks=True)
    answer = strict.post("/account/login/", {"login": "a", "password": "b"})
    assert answer.status_code == 403
    assert "The form was not accepted" in answer.content.decode()
    assert "<style" not in answer.content.decode()
