"""Health checks and leadership: whether the parts do what they should, measured."""
