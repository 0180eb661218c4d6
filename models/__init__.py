"""The contract between training and serving, and the store of exported models."""
