"""Benchmarks: each module but `__main__` offers `BENCHES`, a mapping from a name to what measures it."""
