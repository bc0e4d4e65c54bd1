"""Time of forward plus backward, as a ratio to PyTorch's, in one run: `python -m benchmarks`."""
