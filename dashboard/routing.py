"""The websocket side of the ASGI application: pages of this site by their session, programs by a token."""

from channels.routing import URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.urls import path

from dashboard.consumer import socket_application
from dashboard.socket_log import noted
from dashboard.stream import Stream

websocket = URLRouter(
    [
        path("ws", AllowedHostsOriginValidator(noted(socket_application()))),
        path("api/v1/stream", noted(socket_application(kind=Stream))),
    ]
)
