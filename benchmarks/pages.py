"""How long the server takes for the table of all markets, and for one market's page.

``python -m benchmarks.pages``: an installation on the simulated mainnet, its rows changing all the time, asked
for one page after the other by one client. In the application: from the request's arrival at our ASGI
application to the first byte of its answer, told in a header; so middleware and rendering are in it. Through
daphne: from the client's request to the last byte of the answer. Then as many clients at a time as it takes to
keep the process busy: pages a second. Aim: the application has the table ready in less than 10 ms (median).
"""

import argparse
import http.client
import re
import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

from benchmarks.aims import Aim, below, stop_with_all, table
from benchmarks.installation import Measured

AIM_MS = 10.0
WARM_UP = 5
CLIENTS = 4
TOOK = re.compile(r"app;dur=([0-9.]+)")


def get(client: http.client.HTTPConnection, path: str) -> tuple[float, float, bytes]:
    """(ms in the application, ms in all, the page); RuntimeError unless it is answered with 200."""
    began = time.perf_counter()
    client.request("GET", path)
    answer = client.getresponse()
    page = answer.read()
    took = time.perf_counter() - began
    if answer.status != 200:
        raise RuntimeError(f"{path} is answered with {answer.status}")
    return float(TOOK.findall(answer.headers["Server-Timing"])[0]), took * 1000, page


def ask(port: int, path: str, times: int, pause: float = 0.0) -> list[tuple[float, float, bytes]]:
    """One client on one connection."""
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        results = []
        for _ in range(times):
            results.append(get(client, path))
            time.sleep(pause)
        return results
    finally:
        client.close()


def rate(port: int, path: str, times: int) -> float:
    """Pages a second with ``CLIENTS`` clients."""
    began = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(lambda _: ask(port, path, times // CLIENTS), range(CLIENTS)))
    return times // CLIENTS * CLIENTS / (time.perf_counter() - began)


def compare(rounds: int = 3, times: int = 60) -> list[Aim]:
    """Ask for each page by turns, print, and return the aims."""
    with tempfile.TemporaryDirectory() as folder, Measured(Path(folder)) as site:
        paths = ["/markets/?delisted=1", *(f"/markets/{quote(coin)}/" for coin in site.coins(1))]
        results: dict[str, list[tuple[float, float, float]]] = {path: [] for path in paths}
        for path in paths:
            _, _, page = ask(site.port, path, WARM_UP, 0.2)[-1]
            print(f"{path}: {len(page) / 1000:.0f} kB, {page.count(b'data-coin=')} rows")
        for _ in range(rounds):
            for path, rows in results.items():
                asked = ask(site.port, path, times, pause=0.02)
                inside, whole = (statistics.median(one[i] for one in asked) for i in (0, 1))
                rows.append((inside, whole, rate(site.port, path, times)))
    middle = {
        path: [statistics.median(row[i] for row in rows) for i in range(3)] for path, rows in results.items()
    }
    print("\n| page | in the application, ms | through daphne, ms | pages/s |\n|---|---|---|---|")
    for path, (inside, whole, pages) in middle.items():
        print(f"| {path} | {inside:.1f} | {whole:.1f} | {pages:,.0f} |")
    return [below(f"{path}, server time", inside, AIM_MS) for path, (inside, _, _) in middle.items()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--times", type=int, default=60, help="requests of each page and round")
    options = parser.parse_args()
    stop_with_all()
    table(compare(options.rounds, options.times))


if __name__ == "__main__":
    main()
