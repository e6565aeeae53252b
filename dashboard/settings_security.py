"""Settings that make browsers careful. In production everything is https, ended by a trusted proxy."""

from urllib.parse import urlsplit

from csp.constants import NONCE, NONE, SELF

from dashboard.config import Config
from dashboard.config_load import current

CONFIG = current()
IN_PRODUCTION = CONFIG.environment == "production"

TRUSTED_PROXIES = CONFIG.trusted_proxies
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_SSL_REDIRECT = IN_PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^api/health"]  # load balancers ask without https
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if IN_PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = IN_PRODUCTION
SILENCED_SYSTEM_CHECKS = [
    # These look for the names of Django's classes; ours are subclasses, and dashboard/checks.py looks for those.
    "security.W001",
    "security.W002",
    "security.W003",
    # Whether a domain goes on the preload lists of browsers is for its owner to say: with the word for it in
    # our headers anybody could put it there.
    "dashboard.W021",
]

CSRF_FAILURE_VIEW = "dashboard.pages.errors.form_refused"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IN_PRODUCTION
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True

X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
PERMISSIONS_POLICY = ", ".join(
    [
        *(
            f"{power}=()"
            for power in ("camera", "microphone", "geolocation", "payment", "usb", "serial", "hid", "midi")
        ),
        "publickey-credentials-get=(self)",
        "publickey-credentials-create=(self)",
    ]
)
CHART_LOGO_STYLE = "'sha256-3pRED1tOXas1FXFoPb9TGCjmYe9XQsmO9OV23khV2nY='"
"""The one style element that lightweight-charts adds, for its logo; a new version may need a new hash."""


def connections(config: Config) -> dict[str, list[str]]:
    """Where scripts may send something: to this site, and error reports to exactly the server that takes them."""
    dsn = urlsplit(config.sentry_dsn)
    host = f"[{dsn.hostname}]" if ":" in (dsn.hostname or "") else dsn.hostname
    origin = f"{dsn.scheme}://{host}{f':{dsn.port}' if dsn.port else ''}"
    return {"connect-src": [SELF, origin]} if config.sentry_dsn else {}


CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "style-src": [SELF, NONCE, CHART_LOGO_STYLE],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        **connections(CONFIG),
    },
}
