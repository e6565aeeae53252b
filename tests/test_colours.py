"""Text stays readable on every background it can get: worked out from the tokens, in both themes.

axe sees only what is on the page at that moment, and a large trade is not always there.
"""

import re

import pytest

from tests.e2e.running import ROOT

TOKENS = (ROOT / "static/css/tokens.css").read_text()
LEAST = 4.5
"""Contrast that WCAG 2.2 asks for text of any size (success criterion 1.4.3)."""

ON_PLAIN = ["text", "muted", "faint", "up", "down", "accent", "star", "warn"]
PLAIN = ["bg", "surface", "raised", "hover"]
TINTED = [("up", "up-soft"), ("down", "down-soft"), ("muted", "up-soft"), ("muted", "down-soft")]
TINTED += [("text", "up-soft"), ("text", "down-soft"), ("star", "up-soft"), ("star", "down-soft")]
TINTED += [("text", "up-flash"), ("text", "down-flash"), ("text", "accent-soft"), ("warn", "warn-soft")]
ANYWHERE = [("text", "accent-soft"), ("text", "up-soft"), ("on-accent", "accent"), ("accent", "warn-soft")]
"""Also outside panels, and in menus."""


def colour(name: str, theme: str) -> tuple[list[int], float]:
    """Red, green and blue of a token, 0 to 255, and how opaque it is."""
    light, dark = re.search(rf"--{name}: light-dark\(#(\w+), #(\w+)\);", TOKENS).groups()
    digits = light if theme == "light" else dark
    parts = [int(digits[i : i + 2], 16) for i in range(0, len(digits), 2)]
    return parts[:3], parts[3] / 255 if len(parts) == 4 else 1.0


def over(top: tuple[list[int], float], below: list[float]) -> list[float]:
    rgb, opacity = top
    return [opacity * a + (1 - opacity) * b for a, b in zip(rgb, below, strict=True)]


def luminance(rgb: list[float]) -> float:
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in (value / 255 for value in rgb)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(text: list[float], ground: list[float]) -> float:
    light, dark = sorted((luminance(text), luminance(ground)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_colour_is_readable_on_every_plain_background(theme):
    ratios = {
        f"{text} on {ground}": contrast(colour(text, theme)[0], colour(ground, theme)[0])
        for text in ON_PLAIN
        for ground in PLAIN
    }
    assert {pair: round(ratio, 2) for pair, ratio in ratios.items() if ratio < LEAST} == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_is_readable_on_tinted_backgrounds(theme):
    ratios = {
        f"{text} on {tint} over {ground}": contrast(
            colour(text, theme)[0], over(colour(tint, theme), colour(ground, theme)[0])
        )
        for pairs, grounds in ((TINTED, ["surface"]), (ANYWHERE, PLAIN))
        for text, tint in pairs
        for ground in grounds
    }
    assert {pair: round(ratio, 2) for pair, ratio in ratios.items() if ratio < LEAST} == {}
