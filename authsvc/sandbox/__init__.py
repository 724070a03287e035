"""The sandbox's entrance: invented people, a test PKI, `up` and `demo`. Production imports nothing of it."""
