"""Benchmarks: a module that offers `BENCHES`, from a name to what measures it, takes part in `./dev bench`."""
