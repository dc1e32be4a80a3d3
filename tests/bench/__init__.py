"""Benchmarks: one JSON object per line; figures name the machine, and no test asserts a time."""
