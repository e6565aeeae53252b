"""The websocket side of the ASGI application; only pages of this site may open a socket."""

from channels.routing import URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.urls import path

from dashboard.consumer import socket_application
from dashboard.socket_log import noted

websocket = AllowedHostsOriginValidator(URLRouter([path("ws", noted(socket_application()))]))
