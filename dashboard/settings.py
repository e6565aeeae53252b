"""Django's settings. What an installation decides is in ``CONFIG`` (dashboard/config.py)."""

from dashboard import __version__
from dashboard.config import ROOT
from dashboard.config_load import current
from dashboard.settings_accounts import *  # noqa: F403 - a settings module is read by its names
from dashboard.settings_logging import logging_settings
from dashboard.settings_security import *  # noqa: F403
from dashboard.settings_storage import caches, channel_layer, databases

CONFIG = current()
VERSION = __version__

DEBUG = CONFIG.debug
SECRET_KEY = CONFIG.secret_key
SECRET_KEY_FALLBACKS = list(CONFIG.secret_key_fallbacks)
ALLOWED_HOSTS = list(CONFIG.allowed_hosts) or ["localhost", "127.0.0.1", "[::1]", CONFIG.host]
CSRF_TRUSTED_ORIGINS = list(CONFIG.csrf_trusted_origins)

INSTALLED_APPS = [
    "accounts.admin_config.SecondFactorAdmin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "accounts",
    "snapshots",
    "alerts",
    "monitoring",
    "dashboard",
]

MIDDLEWARE = [
    "accounts.proxies.TrustedProxies",
    "monitoring.requests.Requests",
    "monitoring.metrics.page.MetricsPage",
    "dashboard.api.problems.Problems",
    "dashboard.middleware.Security",
    "dashboard.static_files.StaticFiles",
    "dashboard.middleware.ContentSecurityPolicy",
    "accounts.middleware.Sessions",
    "dashboard.middleware.Common",
    "dashboard.middleware.Csrf",
    "accounts.middleware.Authentication",
    "accounts.bearer.Bearer",
    "dashboard.reading.ReadYourWrites",
    "accounts.rate_middleware.RateLimit",
    "accounts.usage_middleware.CountUse",
    "dashboard.middleware.Unacknowledged",
    "dashboard.middleware.Messages",
    "allauth.account.middleware.AccountMiddleware",
    "dashboard.middleware.XFrameOptions",
]

ROOT_URLCONF = "dashboard.urls"
ASGI_APPLICATION = "dashboard.asgi.application"
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "dashboard.pages.frame.frame",
            ],
        },
    },
]

DATABASES = databases(CONFIG)
DATABASE_ROUTERS = ["dashboard.reading.Router"] if len(DATABASES) > 1 else []
CACHES = caches(CONFIG)
CHANNEL_LAYERS = {"default": channel_layer(CONFIG)}

LANGUAGE_CODE = "en-us"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "static/"
STATIC_ROOT = ROOT / "staticfiles"
WHITENOISE_ROOT = ROOT / "static/root"  # files that have to stand at the root of the site
# What `npm run bundles` makes of modules that no browser takes as they are.
BUNDLES = ROOT / "node_modules/.bundles"
STATICFILES_DIRS = [ROOT / "static", ("vendor", ROOT / "node_modules/lightweight-charts/dist")]
STATICFILES_DIRS += [("vendor", BUNDLES)] if BUNDLES.is_dir() else []
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "dashboard.static_files.ModuleStorage"
    },
}

LOGGING = logging_settings(CONFIG)
