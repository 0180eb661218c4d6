"""The source's pictures of a run: one file for each kind of figure."""
