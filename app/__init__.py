"""The HTTP service: serves exported models and the explorer page."""
