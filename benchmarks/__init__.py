"""Measurements: each says what it compares, on which machine, and when."""
