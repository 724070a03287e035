"""What a person is told about their passkeys over their other channel, in Kazakh, Russian and English."""

from typing import Final

from confirmations.words import Words

ADDED: Final = Words(
    "Тіркелгіңізге кіру кілті (passkey) қосылды.",
    "К вашей учётной записи добавлен ключ доступа (passkey).",
    "A passkey was added to your account.",
)
REMOVED: Final = Words(
    "Тіркелгіңізден кіру кілті (passkey) жойылды.",
    "Из вашей учётной записи удалён ключ доступа (passkey).",
    "A passkey was removed from your account.",
)
SUSPENDED: Final = Words(
    "Кіру кілтіңіз (passkey) тоқтатылды: оның көшірмесі болуы мүмкін. Басқа тәсілмен кіріп, оны жойыңыз.",
    "Ваш ключ доступа (passkey) приостановлен: возможно, есть его копия. Войдите другим способом и удалите его.",
    "Your passkey was suspended: there may be a copy of it. Sign in another way and remove it.",
)
