"""When a chart is drawn anew for a value that moves: asked of the script itself, in Node."""

import json
import subprocess

import pytest

from tests.documented import ROOT

SCRIPT = """
const { isDue } = await import(process.argv[1]);
const [coordinates, before, now, drawnAgo] = JSON.parse(process.argv[2]);
const series = { priceToCoordinate: (value) => coordinates[value] };
console.log(isDue([[series, before, now]], performance.now() - drawnAgo));
"""


@pytest.mark.parametrize(
    ("heights", "drawn_ms_ago", "is_due"),
    [
        ([100.0, 98.9], 0, True),
        ([100.0, 99.5], 0, False),
        ([100.0, 99.5], 1_900, False),
        ([100.0, 99.5], 2_100, True),
        ([100.0, 101.0], 0, True),
        ([None, None], 0, False),
    ],
)
def test_what_moves_by_a_pixel_is_drawn_at_once_and_less_within_two_seconds(heights, drawn_ms_ago, is_due):
    assert asked(heights, 0, 1, drawn_ms_ago) is is_due


def test_what_does_not_move_is_never_drawn_anew():
    assert asked([100.0, 90.0], 0, 0, 3_600_000) is False


def asked(heights: list[float | None], before: int, now: int, drawn_ms_ago: int) -> bool:
    """What ``isDue`` says of a value that was drawn at ``heights[before]`` and stands at ``heights[now]``."""
    given = json.dumps([heights, before, now, drawn_ms_ago])
    script = ["node", "--input-type=module", "-e", SCRIPT, str(ROOT / "static/js/chart_pace.js"), given]
    return json.loads(subprocess.run(script, check=True, capture_output=True, text=True).stdout)
