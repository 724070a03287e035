"""The digital confirmation (Digital Code article 47): what a person is asked, how the answer is judged, what it proves.

A confirmation is not an electronic digital signature; nothing here makes one or becomes one. Nothing here reads a
clock, a random source, a file or a network: time, entropy and keys are arguments.
"""
