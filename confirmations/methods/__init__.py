"""One file per method of Digital Code article 47: `issue` makes its challenge, `judge` its verdict on an answer.

`judge` gives an `Accepted` with the evidence, never the secret, or raises a `ConfirmationError`; nothing else comes out
of it, whatever goes in.
"""
