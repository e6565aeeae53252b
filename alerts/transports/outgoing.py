"""Outgoing: the one way in which transports speak HTTP: guarded, without redirects, with an end in time and size.

``REROUTED`` is the seam for tests: beginnings of addresses that go to another server, such as
``{"https://api.telegram.org": "http://127.0.0.1:8090"}``. It is empty otherwise.
"""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any, NoReturn

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError
from urllib3.response import HTTPResponse

from alerts.transports import guard
from alerts.transports.deadline import Deadline
from alerts.transports.transport import Permanent, Temporary

TIMEOUT_S = 10.0
"""Longest that a receiver may take in all: its name, the connection, the request, the answer to its last byte; for
what is asked ``together``, all of that."""
CONNECT_S = 5.0
"""Of it, for one address of the receiver's."""
MOST_BYTES = 65_536
"""Of an answer; the rest is not read."""
LONGEST_WAIT_S = 3600.0
"""A receiver that asks for more patience is asked after an hour."""
REROUTED: dict[str, str] = {}
_local = threading.local()


class _Checked:
    """A connection to an address that the guard has seen, not to whatever the name means the next time."""

    def _new_conn(self) -> socket.socket:
        error: OSError | None = None
        deadline: Deadline = _local.deadline
        for family, address in deadline.within(lambda: guard.addresses(self._dns_host, self.port)):
            sock = socket.socket(family, socket.SOCK_STREAM)
            try:
                sock.settimeout(min(CONNECT_S, deadline.left()))
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                sock.connect(address)
                sock.settimeout(deadline.left())  # for the whole handshake of TLS
            except OSError as failed:
                sock.close()
                error = failed
            else:
                return sock
        raise error or OSError("no address")

    def putrequest(self, *args: Any, **kwargs: Any) -> None:
        """Each request begins so, also on a connection that was kept: from here on it can be cut off."""
        _local.deadline.watch(lambda: self.sock)
        super().putrequest(*args, **kwargs)

    def getresponse(self) -> HTTPResponse:
        """The connection forgets its socket at once if the other side wants to close it after the answer."""
        sock = self.sock
        _local.deadline.watch(lambda: sock)
        return super().getresponse()


class _Http(_Checked, HTTPConnection):
    pass


class _Https(_Checked, HTTPSConnection):
    pass


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _Https


class _Adapter(HTTPAdapter):
    """requests over connections of ours."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}


def _session() -> requests.Session:
    """One of each thread; no proxy and no password file of the environment, and no cookies."""
    if not hasattr(_local, "session"):
        session = requests.Session()
        session.trust_env = False
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("https://", "http://"):
            session.mount(scheme, _Adapter(pool_connections=4, pool_maxsize=1))
        _local.session = session
    return _local.session


@contextmanager
def together() -> Iterator[None]:
    """What this thread asks in here has one limit of time, such as all requests of one message."""
    with Deadline(TIMEOUT_S) as deadline:
        _local.shared = deadline
        try:
            yield
        finally:
            _local.shared = None


def ask(method: str, url: str, **more: Any) -> requests.Response:
    """Send a request and read the answer. Temporary if there is none, Permanent if it may not be sent there."""
    for begin, other in REROUTED.items():
        if url.startswith(begin):
            url = other + url.removeprefix(begin)
    more |= {"allow_redirects": False, "timeout": (CONNECT_S, TIMEOUT_S), "stream": True, "verify": True}
    shared: Deadline | None = getattr(_local, "shared", None)
    limit: AbstractContextManager[Deadline] = nullcontext(shared) if shared else Deadline(TIMEOUT_S)
    with limit as deadline:
        _local.deadline = deadline
        try:
            deadline.left()
            with _session().request(method, url, **more) as answer:
                answer._content = _read(answer)
                deadline.left()  # an answer that was cut off looks like a whole one
                return answer
        except (requests.ConnectionError, requests.Timeout, HTTPError, OSError) as error:
            raise Temporary(_words(error, deadline)) from error
        except (requests.RequestException, ValueError) as error:  # such as a name that cannot be encoded
            raise Permanent("The address cannot be used. Check it.") from error


def _read(answer: requests.Response) -> bytes:
    """The body, as far as it is needed. A server that sends a byte a second is cut off by the deadline."""
    body = b""
    while len(body) < MOST_BYTES and (part := answer.raw.read1(MOST_BYTES, decode_content=True)):
        body += part
    return body


def _words(error: Exception, deadline: Deadline) -> str:
    """What went wrong, without the address, which may hold a token."""
    if isinstance(error, requests.exceptions.SSLError):
        return "The server's certificate is not valid."
    if deadline.is_over or isinstance(error, (requests.Timeout, TimeoutError)) or "timed out" in str(error):
        return f"The server did not answer within {TIMEOUT_S:g} s."
    return "The server could not be reached, or hung up."


def judge(answer: requests.Response, said: str = "") -> None:
    """Return if the receiver has it; ``said`` is its own explanation, if it is known to hold no secret."""
    status = answer.status_code
    tail = f": {said[:150]}" if said else "."
    if 200 <= status < 300:
        return
    if status in (408, 425, 429) or status >= 500 or status < 200:
        raise Temporary(f"The server answered {status}{tail}", retry_after(answer), is_down=status >= 500)
    refuse(status, tail)


def refuse(status: int, tail: str) -> NoReturn:
    """Permanent, with what the user can do about it."""
    if 300 <= status < 400:
        raise Permanent("The server redirects to another address. Give the one that it redirects to.")
    if status in (400, 413, 415, 422):
        raise Permanent(f"The server refused this message with {status}{tail}", stops=False)
    what = {
        401: "It does not accept the key. Give a new one",
        403: "It does not let us in. Give us the right to, or a new key",
        404: "There is nothing at this address. Check it",
        405: "It takes no messages there. Check the address",
        410: "This address is gone for good. Give another one",
    }
    raise Permanent(f"{what.get(status, 'It takes no messages from us')}: the server answered {status}{tail}")


def retry_after(answer: requests.Response) -> float | None:
    """Seconds that the receiver asks for, given as such or as a date; None if it does not say."""
    text = answer.headers.get("Retry-After", "").strip()
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(text).timestamp() - time.time()
        except (ValueError, TypeError, OverflowError):
            return None
    return min(max(0.0, seconds), LONGEST_WAIT_S) if seconds == seconds else None
