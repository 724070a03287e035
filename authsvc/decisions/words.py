"""What a person is told of a decision, in Kazakh, Russian and English; terms as docs/glossary.md fixes them."""

from collections.abc import Mapping
from typing import Final

from confirmations.words import Words

SUBJECT: Final = Words("Автоматты шешім", "Автоматическое решение", "Automated decision")
TOLD: Final = Words(
    "{organisation}: сіз туралы шешім автоматты түрде қабылданды. Неге және адам қалай қайта қарайды: {link}",
    "{organisation}: о вас автоматически принято решение. Почему, и как попросить человека пересмотреть его: {link}",
    "{organisation}: a decision about you was made automatically. Why, and how to ask a person to review it: {link}",
)
TOLD_LOCKED: Final = Words(
    "{organisation}: тіркелгіңізге кіру автоматты түрде, адамның қатысуынсыз жабылды: қатарынан 100 қате әрекет. Басқа"
    " құрылғыда кіріп тұрсаңыз, адамның қайта қарауын сұраңыз: {link}. Әйтпесе бізге хабарласыңыз.",
    "{organisation}: вход в вашу учётную запись закрыт автоматически, без человека: 100 неверных попыток подряд."
    " Если вы вошли на другом устройстве, попросите пересмотр человеком: {link}. Иначе обратитесь к нам.",
    "{organisation}: signing in to your account was closed by a rule, by no person: 100 wrong tries in a row. If you"
    " are signed in on another device, ask for a review by a person: {link}. Else get in touch with us.",
)
FULL: Final = Words(
    "Шешім толығымен автоматты: мән-жайды адам бағалаған жоқ және нәтижені растаған жоқ.",
    "Решение полностью автоматическое: человек не оценивал обстоятельства и не подтверждал итог.",
    "The decision is fully automated: no person weighed the circumstances or confirmed the result.",
)
PARTIAL: Final = Words(
    "Шешімге адам қатысты, бірақ оның бір бөлігін ереже шешті.",
    "В решении участвовал человек, но часть его определило правило.",
    "A person took part in the decision, but a rule determined a part of it.",
)
RULE: Final = Words(
    "Ереже: {name}, нұсқа {version}", "Правило: {name}, версия {version}", "Rule: {name}, version {version}"
)
RESULT: Final = Words("Нәтиже: {result}", "Итог: {result}", "Outcome: {result}")
BECAUSE: Final = Words("Неге олай шешілді:", "Почему так решено:", "Why it was decided so:")
NO_AI: Final = Words(
    "Жасанды интеллект жүйесі емес: алдын ала жазылған жай ереже, үйренбейді және болжам жасамайды.",
    "Это не система искусственного интеллекта: простое заранее записанное правило, оно не обучается и не прогнозирует.",
    "No AI system: a plain rule written beforehand, which does not learn and predicts nothing.",
)
AI: Final = Words(
    "Жасанды интеллект жүйесі қолданылды: {model}",
    "Применялась система искусственного интеллекта: {model}",
    "An AI system was used: {model}",
)
LOCK_OUT: Final = Words(
    "Кіруді жабу: қатарынан көп қате әрекет",
    "Закрытие входа: много неверных попыток подряд",
    "Sign-in closed: many wrong tries in a row",
)
FAILURES: Final = Words(
    "Сіздің тіркелгіңізге қатарынан 100 рет қате кіруге әрекет жасалды.",
    "В вашу учётную запись 100 раз подряд пытались войти неверно.",
    "Somebody tried to sign in to your account wrongly 100 times in a row.",
)
LOCKED: Final = Words(
    "Жаңа кіру жабық. Ашылған сеанстар жұмыс істей береді.",
    "Новый вход закрыт. Открытые сеансы продолжают работать.",
    "No new sign-in is possible. Sessions that are open go on.",
)
RESULTS: Final[Mapping[str, Words]] = {
    "allowed": Words("рұқсат етілді", "разрешено", "allowed"),
    "step_up": Words("қосымша тексеріс сұралды", "запрошена дополнительная проверка", "a further check was asked for"),
    "refused": Words("бас тартылды", "отказано", "refused"),
}


def plain(words: Words) -> Mapping[str, str]:
    """By locale."""
    return {"kk": words.kk, "ru": words.ru, "en": words.en}
