"""The ASGI application that daphne serves: pages, and the socket of live rows."""

import os

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")

pages = get_asgi_application()

from dashboard.routing import websocket  # noqa: E402 - needs Django set up

application = ProtocolTypeRouter({"http": pages, "websocket": websocket})
