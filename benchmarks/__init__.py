"""Measurements of speed, side by side with what we compare with; `python -m benchmarks` runs them all."""
