"""A training step of the source's network beside what people would write instead."""
