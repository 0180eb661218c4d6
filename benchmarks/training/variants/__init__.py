"""One way of training a file; each prints what its epochs took."""
