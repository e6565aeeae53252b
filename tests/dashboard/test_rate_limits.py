"""Limits as browsers meet them: real web processes that count together in one Redis."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import cycle, islice
from pathlib import Path

import pytest
import requests

from tests.dashboard.test_hangups import Site

LIMIT = 14


class LimitedSite(Site):
    """Its web processes obey a small limit."""

    def web(self, folder: Path, stack: ExitStack, number: int) -> str:
        self.environment |= {"RATE_LIMIT_ENABLED": "true", "RATE_LIMIT_FREE": str(LIMIT)}
        return super().web(folder, stack, number)


@pytest.mark.slow
def test_of_20_at_once_at_the_edge_exactly_what_is_left_is_admitted_by_two_processes(
    postgres_url, redis_url, tmp_path
):
    with ExitStack() as stack:
        site = LimitedSite(tmp_path, stack, DATABASE_URL=postgres_url, REDIS_URL=redis_url)
        for url in site.urls * 2:
            assert requests.get(url, timeout=60).status_code == 200
        with ThreadPoolExecutor(20) as together:
            found = list(together.map(lambda url: requests.get(url, timeout=60), islice(cycle(site.urls), 20)))
        assert Counter(one.status_code for one in found) == {200: LIMIT - 4, 429: 20 - LIMIT + 4}
        refused = [one for one in found if one.status_code == 429]
        assert all(1 <= int(one.headers["Retry-After"]) <= 60 for one in refused)
        assert {one.reason for one in refused} == {"Too Many Requests"}
        assert {requests.get(f"{url}/api/health/live", timeout=60).status_code for url in site.urls} == {200}
