"""Every configuration variable, declared once, read once, frozen.

``Config.load()`` reads the environment and the file ``.env`` beside ``manage.py`` (the environment
wins) and raises one ``ConfigurationError`` that names everything that is wrong. Code reads
``settings.CONFIG``. ``docs/configuration.md`` is this declaration as a table; a test compares them.
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from dashboard.config_variable import ConfigurationError, variable
from exchange.budget import Limits

__all__ = ["ROOT", "Config", "ConfigurationError"]

ROOT = Path(__file__).resolve().parent.parent

server = partial(variable, section="Server")
accounts = partial(variable, section="Accounts")
exchange = partial(variable, section="Exchange")
limits = partial(variable, section="Exchange limits")
simulator = partial(variable, section="Simulated exchange")
storage = partial(variable, section="Storage")
history = partial(variable, section="History")
alerts = partial(variable, section="Alerts")
rates = partial(variable, section="Rate limits")
analytics = partial(variable, section="Analytics")


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What the environment decides. A field's variable is its name in capitals."""

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
    var_dir: str = server("var", "Folder for the SQLite file and the made secret key, relative to the project.")

    site_url: str = accounts(
        "",
        "Origin under which browsers open the site; wallets sign it, links in messages lead there; "
        "outside production `http://HOST:PORT` by default.",
        schemes=("https", "http"),
    )
    email_url: str = accounts(
        "",
        "Where mail is handed in: `smtp+tls://user:password@host:587` (`smtp+ssl://` for port 465), or a folder "
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
    destinations_free: int = accounts(
        5, "Most places at which a user of the free tier is told of his alerts.", low=0
    )
    destinations_pro: int = accounts(25, "Most places at which a user of the pro tier is told.", low=0)
    destinations_api: int = accounts(100, "Most places at which a user of the api tier is told.", low=0)
    vapid_private_key: str = accounts(
        "",
        "Signs notifications to browsers that are closed: 32 random bytes in base64url; outside production it is "
        "made at the first start and kept in `VAR_DIR`. Another key, and every browser has to be added again.",
        secret=True,
    )

    hyperliquid_network: str = exchange(
        "mainnet",
        "Which exchange is shown; each has a database of its own by default.",
        choices=("mainnet", "testnet", "simulated"),
    )
    hyperliquid_api_url: str = exchange(
        "", "REST address instead of the network's own.", schemes=("https", "http")
    )
    hyperliquid_ws_url: str = exchange(
        "", "Socket address; without it, `/ws` beside `HYPERLIQUID_API_URL`.", schemes=("wss", "ws")
    )

    hyperliquid_max_weight: int = limits(1200, "Most REST weight spent in a minute.", low=60)
    hyperliquid_max_sockets: int = limits(10, "Most sockets open at once.", low=1)
    hyperliquid_max_opens: int = limits(30, "Most sockets opened in a minute.", low=1)
    hyperliquid_max_subscriptions: int = limits(1000, "Most subscriptions held at once.", low=10)
    hyperliquid_max_users: int = limits(10, "Most accounts streamed at once; others are polled.", low=0)
    hyperliquid_max_messages: int = limits(2000, "Most frames sent in a minute.", low=60)
    hyperliquid_max_posts: int = limits(100, "Most requests under way on sockets at once.", low=1)

    simulator_seed: int = simulator(7, "Same seed, same history.", low=0)
    simulator_speed: float = simulator(1.0, "Simulated seconds in one real second.", low=0.01, high=1000)

    database_url: str = storage(
        "",
        "Postgres; empty means a SQLite file in `VAR_DIR`.",
        schemes=("postgres", "postgresql", "sqlite"),
        secret=True,
    )
    database_max_connections: int = storage(10, "Most Postgres connections of one process.", low=1, high=1000)
    database_connection_timeout: int = storage(
        10_000, "How long to wait for a database connection or a lock, in ms.", low=100, high=600_000
    )
    redis_url: str = storage(
        "",
        "Redis for cache and channel layer; empty means both in memory, for one process.",
        schemes=("redis", "rediss", "unix"),
        secret=True,
    )
    redis_max_retries: int = storage(3, "How often a failed Redis command is tried again.", low=0, high=100)

    snapshot_trade_coins: tuple[str, ...] = history(
        (),
        "Coins whose public trades are stored, as the exchange names them; empty means BTC, ETH, HYPE and "
        "the coins in which watched accounts have positions or that alerts are about, 30 at most.",
    )
    retention_trades_days: int = history(
        90, "Days for which public trades are kept, by whole months on Postgres; 0 keeps them for ever.", low=0
    )
    retention_positions_days: int = history(
        180, "Days for which snapshots of positions are kept; 0 keeps them for ever.", low=0
    )
    retention_equity_days: int = history(
        0, "Days for which snapshots of equity are kept; 0 keeps them for ever.", low=0
    )
    retention_alerts_days: int = history(
        365,
        "Days for which firings of alerts and messages about them are kept, and for 30 of these at most what else "
        "alerts did; 0 keeps all for ever.",
        low=0,
    )

    alerts_deadman_url: str = alerts(
        "",
        "Asked (GET) once a minute while alerts are really evaluated, so that a service outside, such as "
        "healthchecks.io or Uptime Kuma, notices when they are not.",
        schemes=("https", "http"),
        secret=True,
    )

    alerts_allow_private: bool = alerts(
        False,
        "Let users have messages sent to addresses in private networks and on this machine: only where all of "
        "them are trusted.",
    )
    alerts_threads: int = alerts(16, "Messages that one deliverer sends at the same time.", low=1, high=200)
    alerts_give_up_hours: int = alerts(
        24, "Hours after which a message that could not be delivered counts as failed.", low=1, high=168
    )
    alerts_apprise_urls: bool = alerts(
        False, "Let users name any service by its Apprise address: only where all of them are trusted."
    )
    telegram_bot_token: str = alerts(
        "", "Bot that writes to users on Telegram; without it each brings his own.", secret=True
    )
    pushover_app_token: str = alerts(
        "", "Application of the site at Pushover; without it each brings his own.", secret=True
    )
    sendgrid_api_key: str = alerts(
        "", "Key for mail by SendGrid, with the right to send; it is offered if this is set.", secret=True
    )
    sendgrid_from: str = alerts("", "Sender that SendGrid has verified; empty means `EMAIL_FROM`.")
    twilio_account_sid: str = alerts("", "Account at Twilio for SMS and WhatsApp, beginning with AC.")
    twilio_auth_token: str = alerts("", "Token of the Twilio account.", secret=True)
    twilio_sms_from: str = alerts(
        "", "Number that SMS come from, such as +15551234567; SMS is offered if it is set."
    )
    twilio_whatsapp_from: str = alerts(
        "", "Number that WhatsApp messages come from; WhatsApp is offered if it is set."
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

    @property
    def var(self) -> Path:
        """The folder ``VAR_DIR``, absolute."""
        return ROOT / self.var_dir

    @property
    def origin(self) -> str:
        """``SITE_URL``, without a path; at a desk the address that the web server listens on."""
        everywhere = self.host in ("0.0.0.0", "::", "")  # noqa: S104 - compared, not bound
        host = "localhost" if everywhere else f"[{self.host}]" if ":" in self.host else self.host
        return (self.site_url or f"http://{host}:{self.port}").rstrip("/")

    @property
    def exchange_limits(self) -> Limits:
        """What this installation may ask of the exchange."""
        return Limits(
            weight=self.hyperliquid_max_weight,
            opens=self.hyperliquid_max_opens,
            messages=self.hyperliquid_max_messages,
            sockets=self.hyperliquid_max_sockets,
            subscriptions=self.hyperliquid_max_subscriptions,
            users=self.hyperliquid_max_users,
            posts=self.hyperliquid_max_posts,
        )
