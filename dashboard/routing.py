"""The websocket side of the ASGI application; only pages of this site may open a socket."""

from channels.routing import URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.urls import path

from dashboard.consumer import socket_application

websocket = AllowedHostsOriginValidator(URLRouter([path("ws", socket_application())]))
