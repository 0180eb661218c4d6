"""One small server a file, each written as its framework wants it."""
