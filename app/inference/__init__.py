"""The served models, and the threads that run batches on them."""
