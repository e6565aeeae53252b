"""What is made of what a tab was seen to cost: medians, slopes, causes, and when an aim is missed."""

import pytest

from benchmarks.tab import aims_of, causes, lengths
from benchmarks.tab_page import Load, Watched

GROWS = [(0.0, 2e6, 900.0), (60.0, 2.04e6, 900.0)]


def watched(tasks=(), looks=((0.0, 2e6, 900.0), (60.0, 2e6, 900.0)), shifted: float = 0.0) -> Watched:
    return Watched(minutes=2.0, shifted=shifted, tasks=list(tasks), frames=[], looks=list(looks))


def loads(*with_data: float, weight: int = 45_000) -> list[Load]:
    return [Load(painted=one, with_data=one, weight=weight, charts=54_000, tasks=[]) for one in with_data]


def missed(some: list[Load], seen: Watched) -> list[str]:
    return [aim.what for aim in aims_of("/", some, seen) if not aim.reached]


def test_a_calm_page_reaches_every_aim_and_the_median_paint_counts():
    assert missed(loads(800, 4000, 900), watched()) == []


@pytest.mark.parametrize(
    ("some", "seen", "what"),
    [
        (loads(1100), watched(), "/: first paint with data"),
        (loads(800, weight=200_000), watched(), "/: weight without charts"),
        (loads(800), watched(tasks=[{"at": 1.0, "ms": 51.0}]), "/: tasks over 50 ms a minute"),
        (loads(800), watched(shifted=0.01), "/: layout shifts"),
        (
            loads(800),
            watched(looks=[(0.0, 2e6, 900.0), (60.0, 2.04e6, 900.0)]),
            "/: growth of the heap in an hour",
        ),
    ],
)
def test_each_aim_can_be_missed(some, seen, what):
    assert missed(some, seen) == [what]


def test_growth_is_the_slope_of_all_looks_and_not_of_the_first_and_last():
    looks = [(0.0, 5e6, 900.0), (10.0, 2e6, 900.0), (20.0, 2e6, 901.0), (30.0, 2e6, 902.0), (40.0, 2e6, 903.0)]
    assert watched(looks=looks).growth(1) < 0
    assert watched(looks=looks[1:]).growth(2) == pytest.approx(360.0)
    assert watched(looks=looks).at(1) == (5e6, 2e6, 2e6)


def test_the_longest_tasks_and_what_took_most_of_slow_frames_are_named():
    assert lengths([]) == "none"
    assert lengths([{"at": 0.0, "ms": 51.0}, {"at": 9.0, "ms": 120.4}]) == "2 (120, 51 ms)"
    script = {"ms": 40.0, "forced_ms": 3.0, "name": "flush"}
    frames = [{"style_ms": 60.0, "scripts": [script]}, {"style_ms": 5.0, "scripts": [script]}]
    frames += [{"style_ms": 70.0, "scripts": []}]
    assert causes(frames) == [("style, layout and paint", (2, 70.0)), ("flush (forced layout)", (1, 40.0))]
