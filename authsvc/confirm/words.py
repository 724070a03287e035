"""What a message about a confirmation says beside its text, in Kazakh, Russian and English (docs/glossary.md)."""

from typing import Final

from confirmations.words import Words

CODE_SUBJECT: Final = Words("Растау коды", "Код подтверждения", "Confirmation code")
"""The subject of an e-mail: neither code nor act, since subjects are shown on locked screens."""
