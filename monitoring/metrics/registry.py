"""The registry of this process, and the sources that are read when it is scraped.

    sources.add("fanout", lambda: figures_of(fanout))     # an iterable of families; the newest of a name counts

A source must not block: it reads memory. One that fails is left out, counted and logged; the others are told.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

from prometheus_client import (
    CollectorRegistry,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

log = logging.getLogger(__name__)

PREFIX = "dashboard_"
REGISTRY = CollectorRegistry()
"""Of what the library itself counts."""
Source = Callable[[], Iterable[Metric]]
Labels = str | tuple[str, ...]
Values = Mapping[Labels, float] | float | None
Family = TypeVar("Family", GaugeMetricFamily, CounterMetricFamily)


class Sources(Collector):
    """By name."""

    def __init__(self) -> None:
        self._sources: dict[str, Source] = {}
        self.failures: Counter[str] = Counter()

    def add(self, name: str, source: Source) -> None:
        """Read this one, too, in place of an earlier one of the name."""
        self._sources[name] = source

    def remove(self, name: str) -> None:
        """Read it no more."""
        self._sources.pop(name, None)

    def collect(self) -> Iterator[Metric]:
        """All families of all sources."""
        for name, source in list(self._sources.items()):
            try:
                yield from list(source())
            except Exception:
                self.failures[name] += 1
                log.exception("%s cannot be told to who asks for metrics", name)
        words = "Sources that could not be read, by name."
        yield counter("metrics_failures", words, dict(self.failures), "source")


def gauge(name: str, words: str, values: Values, *labels: str) -> GaugeMetricFamily:
    """A family of what goes up and down; None: not known, which is not 0."""
    family = GaugeMetricFamily(PREFIX + name, words, labels=labels)
    return _filled(family, values)


def counter(name: str, words: str, values: Values, *labels: str) -> CounterMetricFamily:
    """A family of what only rises while the process lives."""
    family = CounterMetricFamily(PREFIX + name, words, labels=labels)
    return _filled(family, values)


def _filled(family: Family, values: Values) -> Family:
    if isinstance(values, Mapping):
        for key, value in values.items():
            family.add_metric([key] if isinstance(key, str) else list(key), value)
    elif values is not None:
        family.add_metric([], values)
    return family


class Whole(Collector):
    """What the sources have told, and what the library counts itself, which is safe between threads."""

    def __init__(self, told: Iterable[Metric]) -> None:
        self.told = told

    def collect(self) -> Iterator[Metric]:
        yield from self.told
        yield from REGISTRY.collect()


async def text() -> bytes:
    """All of it in Prometheus' text format.

    Sources are read on the event loop, where nothing changes meanwhile; the rest, most of the time, is a thread's.
    """
    return await asyncio.to_thread(generate_latest, Whole(list(sources.collect())))


disable_created_metrics()  # when a counter began is of no use to anybody, and doubles the page
sources = Sources()
for _collector in (ProcessCollector, PlatformCollector, GCCollector):
    _collector(registry=REGISTRY)
