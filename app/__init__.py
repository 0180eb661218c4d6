"""The service: images and latent vectors in over HTTP, images and numbers out."""
