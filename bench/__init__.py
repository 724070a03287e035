"""Benchmarks: a module that offers `BENCHES`, a mapping from a name to what measures it, takes part in `./dev bench`."""
