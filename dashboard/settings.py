"""Django's settings. What an installation decides is in ``CONFIG`` (dashboard/config.py)."""

from csp.constants import NONCE, NONE, SELF

from dashboard import __version__
from dashboard.config import ROOT
from dashboard.config_load import current
from dashboard.settings_storage import cache_settings, channel_layer, database

CONFIG = current()
VERSION = __version__

DEBUG = CONFIG.debug
SECRET_KEY = CONFIG.secret_key
ALLOWED_HOSTS = list(CONFIG.allowed_hosts) or ["localhost", "127.0.0.1", "[::1]", CONFIG.host]
CSRF_TRUSTED_ORIGINS = list(CONFIG.csrf_trusted_origins)

INSTALLED_APPS = [
    "daphne",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "accounts",
    "snapshots",
    "alerts",
    "monitoring",
    "dashboard",
]

MIDDLEWARE = [
    "dashboard.middleware.Security",
    "dashboard.static_files.StaticFiles",
    "dashboard.middleware.ContentSecurityPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "dashboard.middleware.Common",
    "dashboard.middleware.Csrf",
    "dashboard.middleware.Authentication",
    "django.contrib.messages.middleware.MessageMiddleware",
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

DATABASES = {"default": database(CONFIG)}
CACHES = {"default": cache_settings(CONFIG)}
CHANNEL_LAYERS = {"default": channel_layer(CONFIG)}

LANGUAGE_CODE = "en-us"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "static/"
STATIC_ROOT = ROOT / "staticfiles"
STATICFILES_DIRS = [ROOT / "static", ("vendor", ROOT / "node_modules/lightweight-charts/dist")]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "dashboard.static_files.ModuleStorage"
    },
}

CHART_LOGO_STYLE = "'sha256-3pRED1tOXas1FXFoPb9TGCjmYe9XQsmO9OV23khV2nY='"
"""The one style element that lightweight-charts adds, for its logo; a new version may need a new hash."""
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "style-src": [SELF, NONCE, CHART_LOGO_STYLE],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = CONFIG.environment == "production"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": CONFIG.log_level},
    "loggers": {
        "django": {"handlers": [], "level": CONFIG.log_level, "propagate": True},
        "daphne.server": {"level": "WARNING"},  # the command itself says where it listens
    },
}
