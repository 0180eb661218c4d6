"""Charts of latent spaces: layouts and inverses compared, and what a chart costs."""
