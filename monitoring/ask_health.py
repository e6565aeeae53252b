"""``python -m monitoring.ask_health [ready|live|URL [SECONDS]]``: exit code 0 if the web server here is well.

With ``SECONDS`` it is asked again and again until it is, for so long at most. For health checks of
containers, which have no curl: it imports nothing that a check would have to wait for.
"""

import os
import sys
import time
from urllib.error import URLError
from urllib.request import ProxyHandler, Request, build_opener

PATIENCE_S = 4.0
AGAIN_S = 0.25


def ask(which: str) -> str:
    """Why it is not well, or nothing."""
    host = os.environ.get("HOST") or "127.0.0.1"
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104 - asked, not bound
    url = which if "://" in which else f"http://{host}:{os.environ.get('PORT') or 8000}/api/health/{which}"
    allowed = os.environ.get("ALLOWED_HOSTS", "").split(",")[0].strip().removeprefix(".")
    request = Request(url, headers={"Host": allowed} if allowed else {})  # noqa: S310 - our own address
    try:
        with build_opener(ProxyHandler({})).open(request, timeout=PATIENCE_S) as answer:
            answer.read()
    except (URLError, OSError) as error:
        return f"{url}: {error}"
    return ""


def wait(which: str, seconds: float) -> str:
    """``ask`` until it is well; why it is not after ``seconds``, or nothing."""
    until = time.monotonic() + seconds
    while (why := ask(which)) and time.monotonic() < until:
        time.sleep(AGAIN_S)
    return why


if __name__ == "__main__":
    which, seconds = [*sys.argv[1:], *("ready", "0")[len(sys.argv) - 1 :]][:2]
    sys.exit(wait(which, float(seconds)) or 0)
