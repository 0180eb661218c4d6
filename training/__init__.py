"""Fit a variational autoencoder on images, measure it, and export it for the service.

"The articles" are the series "Variational Autoencoder with Tensorflow 2.8", I to VIII, 2022.
"""
