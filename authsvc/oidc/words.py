"""What a message about a sign-in says beside its text, in Kazakh, Russian and English (docs/glossary.md)."""

from typing import Final

from confirmations.words import Words

SIGN_IN_SUBJECT: Final = Words("Кіру сұрауы", "Запрос на вход", "Request to sign in")
"""The subject of an e-mail; it names nobody."""
