"""A site whose pages leave it compressed, as behind the proxy: ``python -m benchmarks.compressed_site up``.

The product leaves that to the proxy (deploy/Caddyfile), but a page's weight is what a phone gets.
"""

import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")

import daphne.server  # noqa: F401  # isort: skip - installs the reactor, so it comes before all else of Twisted

import django

django.setup()

from django.conf import settings
from django.core.management import call_command

if __name__ == "__main__":
    settings.MIDDLEWARE = ["django.middleware.gzip.GZipMiddleware", *settings.MIDDLEWARE]
    call_command(sys.argv[1])
