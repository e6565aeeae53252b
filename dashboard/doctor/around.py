"""What is around the processes: the exchange, mail, the site as others see it, and who may run it."""

from pathlib import Path
from urllib.parse import urlsplit

import requests
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.core.mail import get_connection
from django.db.models import QuerySet

from accounts.models import User
from dashboard import network
from dashboard.config_transport import plain_mail
from dashboard.doctor.line import Found, bad, good, not_here
from exchange.clock import SystemClock
from exchange.errors import ExchangeError
from monitoring.told import told

PATIENCE_S = 10.0
START = "Start `manage.py web` and the proxy in front. SITE_URL has to lead there from this machine, too."
SKEW_MS = 2_000
"""Streams count as late after a second or two: a clock that is further off makes all of them so."""


def mail() -> Found:
    """It can be handed in."""
    config = settings.CONFIG
    if not config.email_url:
        return bad("it is written to the terminal", "Set EMAIL_URL: nobody can prove an address otherwise.")
    if config.email_url.startswith("filemail"):
        folder = Path(urlsplit(config.email_url).path)
        return bad(f"it is written to {folder}", "Fine to try; people get theirs by smtp+tls://.")
    if host := plain_mail(config):
        return bad(f"what goes to {host} can be read", "Begin EMAIL_URL with smtp+tls:// or smtp+ssl://.")
    with get_connection(timeout=PATIENCE_S):
        pass
    return good(f"{urlsplit(config.email_url).hostname} takes it, from {config.email_from}")


def exchange() -> Found:
    """It answers, and its clock is ours."""
    try:
        client = network.info("doctor")
        before = SystemClock().now_ms()
        theirs = client.exchange_status().time
        after = SystemClock().now_ms()
    except ExchangeError as error:
        return bad(f"it does not answer: {error}", "See whether this machine may reach it by https and wss.")
    skew = max(before - theirs, theirs - after, 0)
    if skew > SKEW_MS and settings.CONFIG.hyperliquid_network != "simulated":
        return bad(f"{skew / 1000:.1f} s apart from its clock", "Let this machine take its time from NTP.")
    return good(f"{settings.CONFIG.hyperliquid_network} answers, its clock {skew / 1000:.1f} s from ours")


def health() -> Found:
    """The site says of itself that it is well, where a load balancer asks."""
    url = f"{settings.CONFIG.origin}/api/health"
    try:
        answer = requests.get(url, timeout=PATIENCE_S, allow_redirects=False)
    except requests.exceptions.SSLError as error:
        return bad(f"the certificate of {url} is not believed: {error}", "See to it in the proxy that ends https.")
    except requests.RequestException as error:
        return bad(f"nobody answers at {url} ({type(error).__name__})", START)
    try:
        status = str(answer.json()["status"])
    except (ValueError, KeyError, TypeError):  # a page of the proxy, say
        return bad(f"{url} answers {answer.status_code}", "Start `manage.py web`; see what the proxy does.")
    if status != "healthy":
        return bad(f"{url} says {status}", "Look which of its services is down.")
    return good(f"{url} says healthy; let the load balancer ask /api/health/ready")


def feed() -> Found:
    """Somebody reads the exchange."""
    now = SystemClock().now_ms()
    if told(now).leads_until <= now:
        return bad("nobody leads", "Start `manage.py feed`, twice: one stands by.")
    return good("one leads")


def alerts() -> Found:
    """Alerts are evaluated and delivered in time."""
    lag = told(SystemClock().now_ms()).alerts
    if lag.evaluator_lag is None:
        return bad("never evaluated", "Start `manage.py feed`.")
    if lag.is_late:
        return bad(
            f"late: {lag.trouble or lag.delivery_trouble or 'a message waits'}", "See the logs of the feed."
        )
    if not lag.deliverers:
        return bad("nobody delivers", "Start `manage.py deliver`.")
    return good(f"{lag.rules} evaluated, {lag.deliverers} deliver")


def _staff() -> QuerySet[User]:
    return User.objects.filter(is_active=True, is_staff=True)


def admins() -> Found:
    """There is one, who has a second factor."""
    people = list(_staff()[:100])
    if not people:
        return bad("there is none", "Run `manage.py createsuperuser`.")
    if bare := [one.username for one in people if not is_mfa_enabled(one)]:
        return bad(f"without a second factor: {', '.join(bare[:5])}", "Each sets one up: Account, Second factor.")
    return good(f"{len(people)}, each with a second factor")


def demo() -> Found:
    """The users of the demo, whose password is in the README, are not here."""
    if settings.CONFIG.hyperliquid_network == "simulated":
        return not_here("a simulated exchange")
    found = User.objects.filter(username__in=("trader", "admin"), is_active=True)
    if known := [one.username for one in found if one.check_password("hyperliquid-demo")]:
        return bad(f"{', '.join(known)} have the password of the README", "Delete them.")
    return good("none")
