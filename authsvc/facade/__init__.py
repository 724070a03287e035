"""The NCANode-compatible facade beside an NCANode: the same request to both, and where their answers differ.

What is printed holds no personal data: members by their names, and values of closed lists alone.
"""
