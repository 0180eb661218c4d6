"""A training step of the articles' network beside what people would write instead."""
