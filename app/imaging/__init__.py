"""Image files and arrays: read, write, bound. No HTTP."""
