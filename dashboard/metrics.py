"""Sources of ``/metrics`` that this package has: browsers and mirror of a web process, the feed of a feed."""

from collections import Counter
from collections.abc import Iterator

from prometheus_client.core import Metric

from dashboard.consumer import fanout, toasts
from dashboard.feedrunner import FeedRunner
from dashboard.mirror import mirror
from monitoring.metrics import alerts, exchange, history
from monitoring.metrics.health import services
from monitoring.metrics.registry import counter, gauge, sources


def watch_web() -> None:
    """Tell of this process's browsers, and of its copy of the Board."""
    sources.add("browsers", browsers)
    sources.add("mirror", copy_of_the_board)
    sources.add("health", services)


def browsers() -> Iterator[Metric]:
    """Open sockets, and how they keep up."""
    yield gauge("sockets", "Open sockets of browsers.", len(fanout.browsers))
    yield gauge("sockets_behind", "Those that do not keep up just now.", fanout.behind)
    yield gauge("sockets_of_users", "Those that show somebody's alerts.", len(toasts.users))
    yield counter("sockets_opened", "Sockets opened.", fanout.opened)
    yield counter(
        "sockets_conflated", "How often one fell behind, so that it got the newest rows only.", fanout.conflated
    )
    yield counter("sockets_evicted", "Sockets that were closed since they did not read.", fanout.evicted)
    yield counter("fanout_frames", "Frames of the mirror, each of which goes to many browsers.", fanout.frames)


def copy_of_the_board() -> Iterator[Metric]:
    """What this process knows, and since when it has heard nothing new."""
    silence = mirror.status()["age"]
    yield gauge("feed_silence_seconds", "Since the feed spoke.", None if silence is None else silence / 1000)
    yield gauge("mirror_topics", "Topics that are held.", len(mirror.replicas))
    broken = sum(replica.is_broken for replica in list(mirror.replicas.values()))
    yield gauge("mirror_broken", "Topics that wait for rows.", broken)


def watch_feed(runner: FeedRunner) -> None:
    """Tell of this process's feed."""
    sources.add("feed", lambda: leader(runner))
    sources.add("market", lambda: exchange.hearing(runner.feed, runner.tracker))
    sources.add("streams", lambda: exchange.streams(runner.feed))
    sources.add("evaluator", lambda: evaluation(runner))
    sources.add("history", lambda: history.recorder(runner.recorder))


def leader(runner: FeedRunner) -> Iterator[Metric]:
    """Whether it leads, and how late what it publishes is."""
    yield gauge("feed_leading", "Whether this process leads.", float(runner.is_leading))
    yield counter("feed_failures", "Leaderships that ended by an error.", runner.failures)
    publisher, tracker = runner.publisher, runner.tracker
    yield gauge("feed_epoch", "The leader's fencing number.", publisher.board.epoch if publisher else None)
    lag = publisher.board.lag_ms / 1000 if publisher else None
    yield gauge("feed_lag_seconds", "Longest wait of a change in the last second before it was published.", lag)
    hows = Counter(followed.view.how for followed in list(tracker.followed.values())) if tracker else {}
    yield gauge("accounts_followed", "Accounts, by how they are followed.", dict(hows), "how")


def evaluation(runner: FeedRunner) -> Iterator[Metric]:
    """Of the evaluator that is at work."""
    alerting = runner.alerting
    return alerts.evaluator(alerting.evaluator if alerting else None, alerting.failures if alerting else 0)
