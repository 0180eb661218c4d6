"""Speed and smoothness of the explorer in a real Chromium, each beside its target."""
