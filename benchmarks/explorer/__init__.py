"""The explorer's bars, each measured in a real Chromium: `python -m benchmarks.explorer.drag`."""
