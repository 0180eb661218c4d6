"""OpenVINO as an engine, and the graph rewrites that make it faster."""
