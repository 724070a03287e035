"""What an invited person is sent, in Kazakh, Russian and English (docs/glossary.md)."""

from typing import Final

from confirmations.words import Words

SUBJECT: Final = Words("Тіркелуге шақыру", "Приглашение зарегистрироваться", "Invitation to register")
TEXT: Final = Words(
    "{party} сізді «{organisation}» қызметіне тіркелуге шақырады: {link} Сілтеме 7 күн жарамды, оны ешкімге бермеңіз.",
    "{party} приглашает вас зарегистрироваться в «{organisation}»: {link} Ссылка действует 7 дней, никому её не"
    " передавайте.",
    "{party} invites you to register with {organisation}: {link} The link is good for 7 days; give it to nobody.",
)
