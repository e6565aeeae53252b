"""Configuration variables: the site itself: server, accounts, limits on its visitors."""

from dataclasses import dataclass
from functools import partial

from dashboard.config_variable import variable

server = partial(variable, section="Server")
accounts = partial(variable, section="Accounts")
rates = partial(variable, section="Rate limits")
analytics = partial(variable, section="Analytics")


@dataclass(frozen=True, kw_only=True)
class Site:
    """The site itself: server, accounts, limits on its visitors."""

    environment: str = server(
        "development",
        "What this installation is for; `production` refuses insecure settings.",
        choices=("development", "production"),
    )
    host: str = server("127.0.0.1", "Address on which the web server listens.")
    port: int = server(8000, "Port on which the web server listens.", low=1, high=65535)
    debug: bool = server(
        False, "Show Django's error pages and serve static files without collecting them; never in production."
    )
    secret_key: str = server(
        "",
        "Signs cookies and tokens; outside production it is made at the first start and kept in `VAR_DIR`.",
        secret=True,
    )
    secret_key_fallbacks: tuple[str, ...] = server(
        (),
        "Former values of `SECRET_KEY`, newest first: what they signed or encrypted can still be read.",
        secret=True,
    )
    allowed_hosts: tuple[str, ...] = server(
        (), "Host names under which the site answers; outside production localhost and `HOST` by default."
    )
    csrf_trusted_origins: tuple[str, ...] = server(
        (), "Origins behind a proxy whose forms are trusted, with their scheme."
    )
    trusted_proxies: tuple[str, ...] = server(
        (),
        "Addresses or networks of the proxies in front: only theirs is the word believed on who asks, and whether "
        "by https.",
    )
    log_level: str = server(
        "INFO", "Least severe messages that are logged.", choices=("DEBUG", "INFO", "WARNING", "ERROR")
    )
    admin_path: str = server(
        "admin/", "Where the admin is, under `SITE_URL`: another place keeps programs away that try passwords."
    )
    var_dir: str = server("var", "Folder for the SQLite file and the made secret key, relative to the project.")

    site_url: str = accounts(
        "",
        "Origin under which browsers open the site; wallets sign it, links in messages lead there; "
        "outside production `http://HOST:PORT` by default.",
        schemes=("https", "http"),
    )
    sign_up: str = accounts(
        "open",
        "Whether strangers may make accounts, with a password, a passkey or a wallet; `closed`: admins alone do.",
        choices=("open", "closed"),
    )
    email_url: str = accounts(
        "",
        "Where mail is handed in: `smtp+tls://user:password@host:587` (`smtp+ssl://` for port 465; without TLS "
        "`smtp://`, in production only if it is local or among `TRUSTED_NETWORKS`), or a folder "
        "`filemail:///var/mail`; outside production it is written to the terminal by default.",
        schemes=("smtp+tls", "smtp+ssl", "smtp", "filemail"),
        secret=True,
    )
    email_from: str = accounts("dashboard@localhost", "Sender of the mail that the site writes.")
    wallets_free: int = accounts(3, "Most wallets in the list of a user of the free tier.", low=0)
    wallets_pro: int = accounts(25, "Most wallets in the list of a user of the pro tier.", low=0)
    wallets_api: int = accounts(100, "Most wallets in the list of a user of the api tier.", low=0)
    alerts_free: int = accounts(20, "Most alerts of a user of the free tier.", low=0)
    alerts_pro: int = accounts(500, "Most alerts of a user of the pro tier.", low=0)
    alerts_api: int = accounts(5000, "Most alerts of a user of the api tier.", low=0)
    destinations_free: int = accounts(5, "Most destinations of a user of the free tier.", low=0)
    destinations_pro: int = accounts(25, "Most destinations of a user of the pro tier.", low=0)
    destinations_api: int = accounts(100, "Most destinations of a user of the api tier.", low=0)
    vapid_private_key: str = accounts(
        "",
        "Signs notifications to browsers that are closed: 32 random bytes in base64url; outside production it is "
        "made at the first start and kept in `VAR_DIR`. Another key, and every browser has to be added again.",
        secret=True,
    )

    rate_limit_enabled: bool = rates(
        True,
        "Limit how often somebody may ask the site; health and static files are free. Guesses at sign-in and mail "
        "that is asked for are limited either way.",
    )
    rate_limit_free: int = rates(
        60, "Most requests in 60 seconds: tier free, and each address without a sign-in.", low=1
    )
    rate_limit_pro: int = rates(300, "Most requests in 60 seconds: tier pro.", low=1)
    rate_limit_api: int = rates(1000, "Most requests in 60 seconds: tier api, pages and tokens together.", low=1)

    analytics_enabled: bool = analytics(
        False, "Count page views and active users by day, in the own database, without address or content."
    )
