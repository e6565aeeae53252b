"""Verifies that a destination is its user's, by a code that is sent there, and that something arrives there."""

import logging
import secrets
from html import escape

from django.conf import settings
from django.db.models import F
from django.utils.crypto import constant_time_compare, salted_hmac

from alerts.models import Destination
from alerts.transports import TRANSPORTS, Message, Permanent, Temporary

log = logging.getLogger(__name__)

GOOD_FOR_MS = 10 * 60_000
MOST_TRIES = 5
"""With a million codes, one try in 200,000 guesses right."""
DIGITS = 6


def send_code(destination: Destination, now: int) -> str:
    """Send a new code, in place of any older one; why it could not be sent, or nothing. ``now``: Unix ms."""
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    destination.digest = digest(destination.pk, code)
    destination.code_until, destination.code_tries = now + GOOD_FOR_MS, 0
    destination.save(update_fields=["digest", "code_until", "code_tries"])
    text = (
        f"The code is {code}. It is good for {GOOD_FOR_MS // 60_000} minutes.\n\n"
        "Somebody wants to be told of alerts here. If that was not you, do nothing: "
        "without the code nothing more is sent."
    )
    return attempt(
        destination, message(destination, "code", f"{code} confirms this destination for alerts", text, now)
    )


def is_verified(destination: Destination, code: str, now: int) -> bool:
    """Whether this is the code; each try counts, and a good one makes the destination usable."""
    row = Destination.objects.filter(pk=destination.pk, code_until__gt=now, code_tries__lt=MOST_TRIES)
    stored = destination.digest
    if not stored or not row.update(code_tries=F("code_tries") + 1):
        return False
    if not constant_time_compare(stored, digest(destination.pk, "".join(code.split()))):
        return False
    done = Destination.objects.filter(pk=destination.pk, digest=stored)
    return bool(done.update(verified_at=now, digest="", code_until=None, code_tries=0))


def send_test(destination: Destination, now: int) -> str:
    """Send a message that says it is a test; why it could not be sent, or nothing."""
    text = "This is a test: what alerts tell you arrives here."
    return attempt(destination, message(destination, "test", "Test of your alerts", text, now))


def attempt(destination: Destination, said: Message) -> str:
    """Hand it over once; a failure for good stops the destination. The reason is for the user."""
    transport = TRANSPORTS.get(destination.kind)
    if transport is None or (missing := transport.offered()):
        return "This kind cannot be used here." if transport is None else missing
    try:
        transport.send(destination.secret, said)
    except Permanent as error:
        if error.stops:
            Destination.objects.filter(pk=destination.pk).update(stopped_at=said.at, trouble=str(error)[:300])
        return str(error)
    except Temporary as error:
        return str(error)
    except Exception as error:
        log.warning("destination %s cannot be reached: %s", destination.pk, error, exc_info=True)
        return f"It could not be sent just now ({type(error).__name__})."
    return ""


def message(destination: Destination, occasion: str, title: str, text: str, now: int) -> Message:
    """One that is about the destination itself and no alert."""
    return Message(
        key=f"{occasion}.{destination.pk}.{now}",
        title=title,
        text=text,
        html="".join(f"<p>{escape(part)}</p>" for part in text.split("\n\n")),
        url=f"{settings.CONFIG.origin}/alerts/destinations/",
        at=now,
        data={"occasion": occasion},
    )


def digest(number: int, code: str) -> str:
    """What is kept of a code: worth nothing for another destination, or without the site's key."""
    return salted_hmac("alerts.destination.code", f"{number}.{code}", algorithm="sha256").hexdigest()
