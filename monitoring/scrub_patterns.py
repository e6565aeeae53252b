"""What the scrubber takes out of a text, and what stands there instead (``monitoring/scrub.py``).

Each rule has signs of which one must be in the text before its pattern is tried: most lines have none.
Order counts: what is written as an address of the internet first, what merely looks random last.
"""

import re
from ipaddress import ip_address
from typing import Any, NamedTuple

HIDDEN = "[hidden]"
SECRET_NAME = (
    r"(?:pass(?:word|wd|phrase|code)?s?|pwd|secrets?|tokens?|(?:api|private|signing|session|user)[_-]?keys?|dsn"  # noqa: S105 - a pattern
    r"|authorization|cookies?|sessions?|session[_-]?ids?|csrf\w*|xsrf\w*|signatures?|mnemonics?|seed[_-]?phrases?"
    r"|otp|totp|recovery[_-]?codes?|credentials?|p256dh|chat(?:[_-]?id)?|phones?|emails?|vapid\w*|account[_-]?sid"
    r"|nonces?|usernames?|login|params)"
)
"""A part of a name, between its underscores and hyphens, that says that the value is nobody's business."""
_NAMED = re.compile(r"(?<![A-Za-z0-9_-])([A-Za-z0-9_-]++)\\*[\"']?\s*(?:=>|[:=])\s*")
_IS_SECRET = re.compile(rf"(?i){SECRET_NAME}(?:[_-](?:file|value|hash|text|hint|digest|0|1))?$")
KNOWN_HOSTS = re.compile(
    r"(?:[\w-]+\.)*hyperliquid(?:-testnet)?\.xyz(?::\d+)?|localhost(?::\d+)?|127\.0\.0\.1(?::\d+)?|\[::1\](?::\d+)?"
)
"""The exchange and this machine: their addresses say nothing about anybody."""
SERVICES = re.compile(
    r"(?:discord(?:app)?\.com|hooks\.slack\.com|api\.telegram\.org|api\.pushover\.net|api\.twilio\.com|ntfy\.sh"
    r"|api\.sendgrid\.com|fcm\.googleapis\.com|updates\.push\.services\.mozilla\.com)"
)
"""Places that many use: the name helps, the path is a secret."""
NO_SEED = ("the", "and", "for", "with", "was", "are", "has", "not", "from", "but", "its", "than", "been", "were")
"""Not among the 2048 words of seed phrases, and in every sentence."""
_SEED = rf"(?!(?:{'|'.join(NO_SEED)})(?![a-z]))[a-z]{{3,8}}"


class Rule(NamedTuple):
    """``pattern`` becomes ``by`` in texts that have one of ``signs`` (none: in all), or ``by`` does it all."""

    signs: tuple[str, ...]
    pattern: re.Pattern[str] | None
    by: Any

    def apply(self, text: str) -> str:
        """The text after this rule."""
        return self.pattern.sub(self.by, text) if self.pattern else self.by(text)


def _url(found: re.Match[str]) -> str:
    """Scheme and, of hosts that say nothing about anybody, host; the path of those that are not secret alone."""
    scheme, rest = found[1], found[2]
    kept = rest
    while kept[-1:] in set(".,;:!?)]}") and not kept.endswith(HIDDEN):
        kept = kept[:-1]
    return _place(scheme, kept) + rest[len(kept) :] if kept else found[0]


def _place(scheme: str, rest: str) -> str:
    authority, slash, path = re.split(r"[?#]", rest, maxsplit=1)[0].partition("/")
    host = authority.rpartition("@")[2]
    if scheme.lower() in ("http", "https", "ws", "wss", "app", "file"):
        if KNOWN_HOSTS.fullmatch(host) or scheme == "app":
            return f"{scheme}://{host}{slash}{path}"
        if SERVICES.fullmatch(host):
            return f"{scheme}://{host}/{HIDDEN}"
    return f"{scheme}://{HIDDEN}"


def _address_v4(found: re.Match[str]) -> str:
    octets = found[0].split(".")
    if any(int(one) > 255 for one in octets) or octets[0] == "127" or found[0] == "0.0.0.0":  # noqa: S104
        return found[0]
    return "[ip]"


_V6 = re.compile(r"(?<![\w.:])(?=[0-9A-Fa-f]*:)[0-9A-Fa-f]*(?::[0-9A-Fa-f.]*){2,}(?:%\w+)?(?!\w)")


def _length_v6(text: str) -> int:
    """Signs of the address that ``text`` begins with, none if it is this machine; a port may stand behind it."""
    parts = text.split(":", 9)[:9]
    while len(parts) > 2:
        start = ":".join(parts)
        text = start if start.endswith("::") else start.rstrip(":.")
        try:
            address = ip_address(text)
        except ValueError:
            parts.pop()
            continue
        return 0 if address.is_loopback or address.is_unspecified else len(text)
    return 0


def _address_v6(found: re.Match[str]) -> str:
    said, rest = "", found[0]
    while length := _length_v6(rest):
        said, rest = f"{said}[ip]", rest[length:]
    return said + rest


def _hexadecimal(found: re.Match[str]) -> str:
    return "[address]" if len(found[0]) == 42 else "[hex]"


_PART = re.compile(r"[0-9]+|[A-Za-z]+[0-9]*")
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")


def _is_readable(part: str) -> bool:
    """Whether it is a number, or words with at most a number behind them: ``page2``, ``PositionSnapshot``."""
    if not part or part.isdigit():
        return True
    words = _WORD.findall(part)
    return bool(_PART.fullmatch(part)) and 3 * sum(len(word) < 3 for word in words) <= len(words)


def _random(found: re.Match[str]) -> str:
    """What nobody would have thought up: long, and no words between its underscores and hyphens."""
    return found[0] if all(map(_is_readable, re.split(r"[_-]", found[0]))) else "[token]"


def _base64(found: re.Match[str]) -> str:
    text = found[0]
    kinds = (sum(map(kind, text)) for kind in (str.isdigit, str.isupper, str.islower))
    return (
        "[token]"
        if text.endswith("=") or all(count >= least for count, least in zip(kinds, (3, 5, 5), strict=True))
        else text
    )


_QUOTED = r"""[bru]{0,2}(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
_IN_BRACKETS = r"[\[{(][^\]})]{0,2000}[\]})]"
_BARE = r"""\\*["']?[^\s,;&)}\]"']+"""
_VALUE = re.compile(rf"(?i)(?:(?:bearer|basic|token|digest)\s+)?(?:\[hidden\]|{_QUOTED}|{_IN_BRACKETS}|{_BARE})")


def _hide_named(text: str) -> str:
    """Hide what stands behind a name that says that it is secret, as in ``password='x'`` or ``"token": "x"``."""
    parts, done = [], 0
    for found in _NAMED.finditer(text):
        if found.start() < done or not _IS_SECRET.search(found[1]):
            continue
        if value := _VALUE.match(text, found.end()):
            parts += [text[done : found.end()], HIDDEN]
            done = value.end()
    return "".join([*parts, text[done:]])


_HOWEVER = r"(?!\[hidden\])"
RULES = (
    Rule(("://",), re.compile(r"""(?<![A-Za-z0-9+.-])([A-Za-z0-9+.-]+)://([^\s'"<>\\`|]+)"""), _url),
    Rule(
        ("%3A", "%3a"), re.compile(r"(?i)([A-Za-z][A-Za-z0-9+.-]{1,30})%3A%2F%2F[^\s'\"<>&]+"), rf"\1://{HIDDEN}"
    ),
    Rule(("?",), re.compile(rf"""(/[^\s'"?#<>]*)\?{_HOWEVER}[^\s'"<>]+"""), rf"\1?{HIDDEN}"),
    Rule(("ookie", "OOKIE"), re.compile(rf"(?im)(cookie[\"']?\s*[:=]\s*){_HOWEVER}\S.*$"), rf"\1{HIDDEN}"),
    Rule(
        ("earer", "asic", "EARER", "ASIC"),
        re.compile(r"(?i)\b(bearer|basic)(\s+|%20)(?=[^\s,;]*[\d=._]|[^\s,;]{16})[A-Za-z0-9._~+/=-]{6,}"),
        rf"\1\2{HIDDEN}",
    ),
    Rule(("eyJ",), re.compile(r"(?<![\w-])eyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)*"), "[token]"),
    # Postgres' details of a row, and the parameters that Django logs with SQL: to the end of the line
    Rule((")=(", "contains ("), re.compile(rf"(\)=\(|row contains \(){_HOWEVER}.*"), rf"\1{HIDDEN}"),
    Rule(("SELECT ", "INSERT ", "UPDATE ", "DELETE "), re.compile(r"(?<!\w)'(?:[^']|'')*'"), f"'{HIDDEN}'"),
    Rule(("args=", "params="), re.compile(rf"\b(args|params)={_HOWEVER}[(\[{{].*"), rf"\1={HIDDEN}"),
    Rule(("=", ":"), None, _hide_named),
    Rule(
        ("@", "%40"),
        re.compile(r"[\w.+%'-]{1,64}(?:@|%40)(?:(?:[\w-]{1,63}\.)+[\w-]{2,}|localhost\b)"),
        "[email]",
    ),
    Rule(("0x", "0X"), re.compile(r"0[xX][0-9a-fA-F]{16,}"), _hexadecimal),
    Rule(("0x", "0X"), re.compile(r"0[xX][0-9a-fA-F]{2,40}(?:…|\.{3})[0-9a-fA-F]{2,}"), "[address]"),
    Rule((":",), re.compile(r"\b\d{5,14}:[\w-]{30,}"), "[token]"),
    Rule((":",), _V6, _address_v6),
    Rule((".",), re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.]*\d)"), _address_v4),
    Rule(("+",), re.compile(r"(?<![\w.+])\+[1-9]\d{6,14}\b(?!\.\d)"), "[phone]"),
    Rule(
        ("whsec_", "sk_", "tk_", "SG.", "xox"),
        re.compile(r"\b(?:whsec_|sk_|tk_|SG\.|xox[abprs]-)[\w+/=.-]{8,}"),
        "[token]",
    ),
    # twelve words in a row or more that could all be of a seed phrase: a sentence has others among them
    Rule((), re.compile(rf"(?<![a-z]){_SEED}(?:(?:,\s?|\s){_SEED}){{11,}}(?![a-z])"), "[words]"),
    Rule(
        ("=", "+", "/"), re.compile(r"(?<![\w+/.-])(?:[A-Za-z0-9+/]{40,}={0,2}|[A-Za-z0-9+/]{22,}={1,2})"), _base64
    ),
    Rule((), re.compile(r"[A-Za-z0-9_-]{20,}"), _random),
)
