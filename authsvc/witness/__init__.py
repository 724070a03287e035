"""A small witness for others to run (C2SP tlog-witness): a notary chamber, a court, a bank. One history per log.

It loads of the house only the pure reading of checkpoints and proofs: no store, no settings, no keys of the service.
"""
