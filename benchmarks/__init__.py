"""Benchmarks: what the performance figures in the README come from."""
