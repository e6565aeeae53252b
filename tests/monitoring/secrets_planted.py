"""Secrets as they really look, each made at random, for tests that plant them and look whether one comes out."""

import base64
import random
import string
from collections.abc import Callable

ALNUM = string.ascii_letters + string.digits
WORDS = [
    *("legal", "winner", "thank", "year", "wave", "sausage", "worth", "useful", "yellow", "abandon", "ability"),
    *("absorb", "abstract", "absurd", "account", "acid", "across", "action", "actor", "actual", "then", "into"),
]

Make = Callable[[random.Random], str]


def _of(signs: str, count: int) -> Make:
    return lambda chance: "".join(chance.choices(signs, k=count))


def _base64(count: int) -> Make:
    return lambda chance: base64.urlsafe_b64encode(chance.randbytes(count)).decode().rstrip("=")


HEX = string.hexdigits[:16]
NUMBER, NAME = _of("123456789", 10), _of(string.ascii_lowercase, 9)

PLAIN: dict[str, Make] = {
    "wallet": lambda chance: f"0x{_of(HEX, 40)(chance)}",
    "wallet in capitals": lambda chance: f"0x{_of(HEX.upper(), 40)(chance)}",
    "private key": lambda chance: f"0x{_of(HEX, 64)(chance)}",
    "bare private key": _of(HEX, 64),
    "signature": lambda chance: f"0x{_of(HEX, 130)(chance)}",
    "mail": lambda chance: f"{NAME(chance)}@{NAME(chance)}.org",
    "IPv4": lambda chance: f"{chance.randrange(1, 127)}.{chance.randrange(256)}.{chance.randrange(256)}.7",
    "IPv6": lambda chance: (
        f"2001:db8:{chance.randrange(65536):x}:{chance.randrange(65536):x}::{chance.randrange(65536):x}"
    ),
    "IPv6 and port": lambda chance: (
        f"2001:db8:{':'.join(f'{chance.randrange(4096, 65536):x}' for _ in range(6))}:443"
    ),
    "phone": lambda chance: f"+1555{_of('0123456789', 7)(chance)}",
    "API token": lambda chance: f"hld_{_of(HEX, 8)(chance)}_{_base64(32)(chance)}",
    "session key": _of(string.ascii_lowercase + string.digits, 32),
    "CSRF token": _of(ALNUM, 64),
    "webhook key": _base64(32),
    "standard webhook key": lambda chance: f"whsec_{base64.b64encode(chance.randbytes(24)).decode()}",
    "Telegram bot": lambda chance: f"{NUMBER(chance)}:{_of(ALNUM + '_-', 35)(chance)}",
    "Discord webhook": lambda chance: (
        f"https://discord.com/api/webhooks/{NUMBER(chance)}/{_of(ALNUM, 68)(chance)}"
    ),
    "Slack webhook": lambda chance: (
        f"https://hooks.slack.com/services/T{_of(ALNUM, 8)(chance).upper()}/B0A1/{_of(ALNUM, 24)(chance)}"
    ),
    "own webhook": lambda chance: f"https://{NAME(chance)}.example/hooks/{NAME(chance)}",
    "Twilio account": lambda chance: f"AC{_of(HEX, 32)(chance)}",
    "Twilio token": _of(HEX, 32),
    "Pushover key": _of(ALNUM, 30),
    "ntfy topic": lambda chance: f"https://ntfy.sh/{NAME(chance)}",
    "Apprise": lambda chance: f"tgram://{NUMBER(chance)}/{NAME(chance)}",
    "VAPID key": _base64(32),
    "DSN": lambda chance: f"https://{_of(HEX, 32)(chance)}@o1.ingest.example/{NUMBER(chance)}",
    "database": lambda chance: f"postgres://{NAME(chance)}:{NAME(chance)}@{NAME(chance)}:5432/{NAME(chance)}",
    "Redis": lambda chance: f"redis://:{NAME(chance)}@{NAME(chance)}:6379/0",
    "JWT": lambda chance: f"eyJ{_base64(20)(chance)}.{_base64(40)(chance)}.{_base64(32)(chance)}",
    "push service": lambda chance: f"https://fcm.googleapis.com/fcm/send/{_base64(40)(chance)}",
    "seed phrase": lambda chance: " ".join(chance.choices(WORDS, k=12)),
    "long seed phrase": lambda chance: " ".join(chance.choices(WORDS, k=24)),
}
"""Known by their looks, wherever they stand."""

NAMED: dict[str, Callable[[str], str]] = {
    "password": "password={}".format,
    "JSON": '{{"api_key": "{}"}}'.format,
    "dictionary": "{{'sessionKey': '{}', 'coin': 'BTC'}}".format,
    "bearer": "Authorization: Bearer {}".format,
    "basic": "Authorization: Basic {}".format,
    "cookie": "Cookie: sessionid={}; theme=dark".format,
    "set cookie": "Set-Cookie: csrftoken={}; Path=/".format,
    "query": "GET /accounts/confirm/?code={}&next=/ 200".format,
    "URL": "https://api.hyperliquid.xyz/info?user={}".format,
    "Postgres": "DETAIL:  Key (username)=({}) already exists.".format,
    "failing row": "DETAIL:  Failing row contains (7, {}, null).".format,
    "SQL": "SELECT id FROM users WHERE name = '{}' AND tier = 2".format,
    "SQL parameters": "(0.002) SELECT id FROM users WHERE name = %s; args=('{}', 7)".format,
    "environment": "TWILIO_AUTH_TOKEN={}".format,
    "DSN words": "host=db user=app password='{}' dbname=x".format,
    "escaped JSON": '"{{\\"secret\\": \\"{}\\"}}"'.format,
    "bytes": "token=b'{}'".format,
    "option": "--password {0} --token={0}".partition(" {0} ")[2].format,
}
"""Known by what stands around them: any word could be one."""


def plain(kind: str, seed: int) -> str:
    """One secret of a kind of ``PLAIN``; the same seed, the same secret."""
    return PLAIN[kind](random.Random(seed))


def core(secret: str) -> str:
    """What must not be seen of a secret: its longest part between slashes."""
    return max(secret.split("/"), key=len)


def found(planted: list[tuple[str, str]], text: str) -> list[tuple[str, str]]:
    """Of the secrets, given with their kinds, those that the text holds, with what stands around."""
    places = [(kind, text.find(part)) for kind, secret in planted for part in {secret, core(secret)}]
    return [(kind, text[max(0, at - 80) : at + 80]) for kind, at in places if at >= 0]
