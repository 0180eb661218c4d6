"""The articles' pictures of a run: one file for each kind of figure."""
