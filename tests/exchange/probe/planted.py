"""All deviations: each must make exactly its check differ."""

from tests.exchange.probe.planted_rest import REST
from tests.exchange.probe.planted_sockets import SOCKETS

PLANTED = REST + SOCKETS
