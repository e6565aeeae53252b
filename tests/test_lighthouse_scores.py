"""What is made of Lighthouse's judgement: which round counts, and when a score is too low."""

from benchmarks.lighthouse_scores import median, tell

GOOD = {"performance": 97, "accessibility": 100, "best-practices": 100, "seo": 100}
FIGURES = {
    "bytes": 41_000,
    "shift": 0.0,
    "blocked_ms": 44.2,
    "first_paint_ms": 1188.0,
    "largest_paint_ms": 1188.4,
}
LINK = {
    "category": "seo",
    "id": "crawlable-anchors",
    "score": 0,
    "title": "Links are not crawlable",
    "found": ["<a>"],
}


def judged(path: str, lost=(), **scores: int) -> dict:
    return {"path": path, "scores": {**GOOD, **scores}, "figures": FIGURES, "lost": list(lost), "warnings": []}


def test_a_page_below_95_is_named_with_what_cost_it_points(capsys):
    assert not tell([judged("/"), judged("/markets/", [LINK], seo=94)])
    said = capsys.readouterr().out
    assert "| / | 97 | 100 | 100 | 100 | 41 kB | 0.000 | 44 ms | 1188 ms | 1188 ms |" in said
    assert "/markets/  seo: crawlable-anchors 0.00, Links are not crawlable\n    <a>\n" in said
    assert "Below 95: /markets/ seo." in said


def test_95_in_everything_is_good_enough(capsys):
    assert tell([judged("/", performance=95)])
    assert "Below 95: nothing." in capsys.readouterr().out


def test_of_several_rounds_the_one_of_median_speed_counts_for_each_page():
    rounds = [
        [judged("/", performance=speed), judged("/alerts/", performance=100 - speed)] for speed in (90, 50, 70)
    ]
    assert [page["scores"]["performance"] for page in median(rounds)] == [70, 30]
