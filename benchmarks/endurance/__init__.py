"""Attacks that take minutes or hours; the quick ones are tests/hostile."""
