"""Codes of records in Kazakh, Russian and English (evidence format, section 2; lists in `codes`)."""

from collections.abc import Mapping
from typing import Final

from confirmations.words import METHODS, OUTCOMES, REASONS, Words

_ADDED: Final = Words("қосылды", "добавлено", "added")
_CHANGED: Final = Words("өзгертілді", "изменено", "changed")
_REVOKED: Final = Words("кері қайтарылды", "отозвано", "revoked")
_REFUSED: Final = Words("бас тартылды", "отказано", "refused")
_WITHDRAWN: Final = Words("қайтарып алынды", "отозвано", "withdrawn")
_GRANTED: Final = Words("берілді", "выдано", "granted")
_SENT: Final = Words("жіберілді", "отправлено", "sent")
_OPENED: Final = Words("ашылды", "открыто", "opened")

_OF_MEMBER: Final[Mapping[tuple[str, str], Words]] = {
    ("key_reason", "compromise"): Words("кілт бөтен қолға өткен", "ключ попал в чужие руки", "compromise"),
    ("delivery_event", "refused"): Words("алушы бас тартты", "получатель отказался", "refused by the addressee"),
    ("resolution_result", "granted"): Words("қанағаттандырылды", "удовлетворено", "granted"),
    ("correction_kind", "withdrawn"): _WITHDRAWN,
    ("administration_kind", "policy"): Words("саясат", "политика", "policy"),
    ("dispute_event", "opened"): Words("дау ашылды", "спор открыт", "opened"),
    ("credential_event", "revoked"): Words("күші жойылды", "отозвано", "revoked"),
    ("dispute_kind", "not_me"): REASONS["not_me"],
    ("shown_by", "relying_party"): Words("сұраған тарап", "запросившая сторона", "the relying party"),
    ("resolver_role", "reviewer"): Words("қайта қараушы", "рецензент", "reviewer"),
}
"""Codes whose word depends on the member."""
_CODES: Final[Mapping[str, Words]] = {
    **METHODS,
    "eds": Words("ЭЦҚ арқылы кіру", "вход по ЭЦП", "a login by EDS"),
    "hotp": Words("есептегіш бойынша код", "код по счётчику", "a counter-based code"),
    "production": Words("жұмыс ортасы", "рабочая среда", "production"),
    "test": Words("сынақ ортасы", "тестовая среда", "test"),
    "log": Words("журнал", "журнал", "log"),
    "issuer": Words("жазба шығарушы", "издатель записей", "issuer"),
    "receipt": Words("түбіртек", "квитанция", "receipt"),
    "added": _ADDED,
    "changed": _CHANGED,
    "removed": Words("жойылды", "удалено", "removed"),
    "done": Words("жасалды", "сделано", "done"),
    "retired": Words("қолданыстан шығарылды", "выведено из действия", "retired"),
    "revoked": _REVOKED,
    "rotation": Words("жоспарлы ауыстыру", "плановая смена", "rotation"),
    "superseded": Words("жаңасымен ауыстырылды", "заменено", "superseded"),
    "lost": Words("жоғалды", "утеряно", "lost"),
    "urn:authsvc:acr:single": Words("бір фактор", "один фактор", "one factor"),
    "urn:authsvc:acr:multi": Words("бірнеше фактор", "несколько факторов", "several factors"),
    "urn:authsvc:acr:vouched": Words(
        "сұраған тараптың сөзімен", "со слов запросившей стороны", "on the word of the relying party"
    ),
    "TOTAL-PASSED": Words("барлық тексерістен өтті", "все проверки пройдены", "all checks passed"),
    "TOTAL-FAILED": Words("тексерістен өтпеді", "проверка не пройдена", "failed"),
    "INDETERMINATE": Words("анықталмады", "не определено", "indeterminate"),
    "court": Words("сот", "суд", "court"),
    "authority": Words("мемлекеттік орган", "государственный орган", "authority"),
    "auditor": Words("аудитор", "аудитор", "auditor"),
    "person": Words("адамның өзі", "сам человек", "the person"),
    "deleted": Words("жойылды", "удалено", "deleted"),
    "anonymised": Words("иесіздендірілді", "обезличено", "anonymised"),
    "restricted": Words("өңдеу шектелді", "обработка ограничена", "restricted"),
    "taken_down": Words("ашық көзден алынды", "снято с публикации", "taken down"),
    "note": Words("ескертпе", "пометка", "note"),
    "wrong_value": Words("мән қате", "неверное значение", "wrong value"),
    "wrong_person": Words("адам қате", "не то лицо", "wrong person"),
    "relying_party": Words("сұраған тарап", "запросившая сторона", "relying party"),
    "trust_store": Words("сенім қоймасы", "хранилище доверия", "trust store"),
    "template": Words("мәтін үлгісі", "шаблон текста", "template"),
    "staff_role": Words("қызметкер рөлі", "роль сотрудника", "role of staff"),
    "software": Words("бағдарлама шығарылымы", "выпуск программы", "release"),
    "switch": Words("ауыстырып-қосқыш", "переключатель", "switch"),
    "look_up": Words("деректерді қарау", "просмотр данных", "look-up"),
    "enrolled": Words("тіркелді", "зарегистрировано", "enrolled"),
    "suspended": Words("тоқтатылды", "приостановлено", "suspended"),
    "restored": Words("қалпына келтірілді", "восстановлено", "restored"),
    "granted": _GRANTED,
    "given": Words("берілді", "дано", "given"),
    "withdrawn": _WITHDRAWN,
    "sent": _SENT,
    "received": Words("алынды", "получено", "received"),
    "opened": _OPENED,
    "acknowledged": Words("танысқаны расталды", "ознакомление отмечено", "acknowledged"),
    "allowed": Words("рұқсат етілді", "разрешено", "allowed"),
    "step_up": Words("қосымша тексеріс сұралды", "запрошена дополнительная проверка", "a further factor asked for"),
    "refused": _REFUSED,
    "partly_granted": Words("ішінара қанағаттандырылды", "удовлетворено частично", "partly granted"),
    "rejected": Words("қабылданбады", "отклонено", "rejected"),
    "settled": Words("келісіммен аяқталды", "завершено соглашением", "settled"),
    "service": Words("сервис", "сервис", "the service"),
    "device_app": Words("құрылғыдағы қосымша", "приложение на устройстве", "an app on the device"),
    "seen": Words("мазмұны көрілді", "содержание видели", "content seen"),
    "digest_only": Words(
        "мазмұн көрілмеген, тек хеш", "содержание не видели, только хеш", "content not seen, digest only"
    ),
    "kk": Words("қазақша", "казахский", "Kazakh"),
    "ru": Words("орысша", "русский", "Russian"),
    "en": Words("ағылшынша", "английский", "English"),
    "review_of_decision": Words("шешімді қайта қарау", "пересмотр решения", "review of a decision"),
    "contract": Words("шарт бойынша", "по договору", "contract"),
    "other": Words("басқа", "иное", "other"),
    "yes": Words("иә", "да", "yes"),
    "no": Words("жоқ", "нет", "no"),
    "full": Words("толық", "полная", "full"),
    "partial": Words("ішінара", "частичная", "partial"),
    "none": Words("жоқ", "нет", "none"),
}


def say_code(member: str, code: str) -> Words:
    """The code in words; a code without words (a rule's name, a reason of another release) stands for itself."""
    return _find(member, code) or Words(code, code, code)


def has_words(member: str, code: str) -> bool:
    """Whether the code has words of its own."""
    return _find(member, code) is not None


def _find(member: str, code: str) -> Words | None:
    if member in ("outcome", "login"):
        return OUTCOMES.get(code)
    if member in ("reason", "login_reason"):
        return REASONS.get(code)
    return _OF_MEMBER.get((member, code)) or _CODES.get(code)
