"""What the pages of decisions and of the register say, in Kazakh, Russian and English; terms as in docs/glossary.md."""

from collections.abc import Mapping

from confirmations.words import Words

DECISION_PAGES: Mapping[str, Words] = {
    "decisions.title": Words(
        "Мен туралы автоматты шешімдер", "Автоматические решения обо мне", "Automated decisions about me"
    ),
    "decisions.what": Words(
        "Ереже қабылдаған шешімдер. Әрқайсысы неге олай екені түсіндіріліп, адамның қайта қарауын сұрауға болады.",
        "Решения, которые приняло правило. О каждом сказано почему, и можно попросить, чтобы его пересмотрел человек.",
        "Decisions that a rule made. Each says why, and you can ask that a person reviews it.",
    ),
    "decisions.none": Words("Мұндай шешім жоқ.", "Таких решений нет.", "There is none."),
    "decisions.one": Words("Автоматты шешім", "Автоматическое решение", "Automated decision"),
    "decisions.by": Words("Кім шешті: {party}", "Кто решил: {party}", "Decided by: {party}"),
    "decisions.ask": Words("Адам қайта қарасын", "Попросить пересмотр человеком", "Ask for a review by a person"),
    "decisions.ask_text": Words("Неге келіспейсіз", "Почему вы не согласны", "Why you do not agree"),
    "decisions.until": Words(
        "Қайта қарауды {day} дейін сұрауға болады.",
        "Пересмотра можно попросить до {day}.",
        "You may ask for a review until {day}.",
    ),
    "decisions.late": Words(
        "Қайта қарауды сұрау мерзімі өтті.",
        "Срок просить о пересмотре прошёл.",
        "The time to ask for a review is over.",
    ),
    "decisions.reviews": Words("Қайта қараулар", "Пересмотры", "Reviews"),
    "decisions.record": Words("Журналдағы жазба", "Запись в журнале", "The record in the log"),
    "decisions.back": Words("Барлық шешімдер", "Все решения", "All decisions"),
    "decisions.result.allowed": Words("рұқсат етілді", "разрешено", "allowed"),
    "decisions.result.step_up": Words(
        "қосымша тексеріс сұралды", "запрошена дополнительная проверка", "a further check was asked for"
    ),
    "decisions.result.refused": Words("бас тартылды", "отказано", "refused"),
    "rules.title": Words("Автоматты ережелер тізілімі", "Реестр автоматических правил", "Register of automated rules"),
    "rules.what": Words(
        "Адамдар туралы шешім қабылдайтын әр ереже, ол нені ескереді және жасанды интеллект қолданылады ма.",
        "Каждое правило, которое решает о людях: что оно учитывает и есть ли в нём искусственный интеллект.",
        "Every rule here that decides about people, what it weighs, and whether an AI system stands behind it.",
    ),
    "rules.version": Words("нұсқа {version}", "версия {version}", "version {version}"),
    "rules.factors": Words("Шешімге не әсер етеді", "Что влияет на решение", "What a decision may follow from"),
    "rules.inputs": Words("Ереже қабылдайтын деректер", "Данные, которые учитывает правило", "What the rule takes in"),
    "rules.ai": Words("Жасанды интеллект", "Искусственный интеллект", "Artificial intelligence"),
    "rules.no_ai": Words("Жүйе қолданылмайды", "Система не применяется", "No system is used"),
    "rules.category": Words(
        "Тәуекел санаты, жариялаушының айтуынша: {category}",
        "Категория риска, как её заявили: {category}",
        "Risk category, as declared: {category}",
    ),
    "rules.category.minimum": Words("ең төмен", "минимальная", "minimum"),
    "rules.category.medium": Words("орташа", "средняя", "medium"),
    "rules.category.high": Words("жоғары", "высокая", "high"),
}
