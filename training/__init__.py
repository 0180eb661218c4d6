"""Fit a variational autoencoder on images, measure it, and export it for the service."""
