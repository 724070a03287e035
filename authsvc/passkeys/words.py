"""What a person is told about their passkeys over their other channel, in Kazakh, Russian and English."""

from typing import Final

from confirmations.words import Words

SUBJECT: Final = Words("Кіру тәсілі өзгерді", "Изменился способ входа", "A way to sign in has changed")
ADDED: Final = Words(
    "Тіркелгіңізге кіру кілті (passkey) қосылды. Бұл сіз болмасаңыз, дереу кіріп, оны жойыңыз.",
    "К вашей учётной записи добавлен ключ доступа (passkey). Если это были не вы, сразу войдите и удалите его.",
    "A passkey was added to your account. If this was not you, sign in at once and remove it.",
)
REMOVED: Final = Words(
    "Тіркелгіңізден кіру кілті (passkey) жойылды. Бұл сіз болмасаңыз, дереу кіріп, тексеріңіз.",
    "Из вашей учётной записи удалён ключ доступа (passkey). Если это были не вы, сразу войдите и проверьте.",
    "A passkey was removed from your account. If this was not you, sign in at once and look.",
)
SUSPENDED: Final = Words(
    "Кіру кілтіңіз (passkey) тоқтатылды: оның көшірмесі болуы мүмкін. Басқа тәсілмен кіріп, оны жойыңыз.",
    "Ваш ключ доступа (passkey) приостановлен: возможно, есть его копия. Войдите другим способом и удалите его.",
    "Your passkey was suspended: there may be a copy of it. Sign in another way and remove it.",
)
