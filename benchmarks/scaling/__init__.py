"""How latency, throughput and memory grow: `python -m benchmarks.scaling`."""
