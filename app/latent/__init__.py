"""Latent vectors, planes and points: NumPy alone, no HTTP."""
