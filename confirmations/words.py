"""The words of this package in Kazakh, Russian and English, side by side (Digital Code article 47).

A digital confirmation is never called an electronic digital signature; the one sentence that names both says that it is
not one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

LOCALES: Final = ("kk", "ru", "en")


class Words(NamedTuple):
    """One text in the three languages. A language that is missing is a type error."""

    kk: str
    ru: str
    en: str

    def say(self, locale: str, **values: str) -> str:
        """Give the text in a language, its places filled."""
        text: str = self[LOCALES.index(locale)]
        return text.format(**values) if values else text


NOT_A_SIGNATURE: Final = Words(
    "Бұл — цифрлық растау. Ол электрондық цифрлық қолтаңба болып табылмайды және мазмұнның өзгермегенін "
    "өздігінен дәлелдемейді.",
    "Это цифровое подтверждение. Оно не является электронной цифровой подписью и само по себе не доказывает, "
    "что содержание не менялось.",
    "This is a digital confirmation. It is not an electronic digital signature and does not by itself prove that the "
    "content was unchanged.",
)
ONLY_A_LOGIN: Final = Words(
    "Бұл — жүйеге кіру туралы жазба. Ол қандай да бір мазмұнға келісім болып табылмайды.",
    "Это запись о входе. Она не является согласием с каким-либо содержанием.",
    "This is a record of a login. It is no consent to any content.",
)

OUTCOMES: Final[Mapping[str, Words]] = {
    "confirmed": Words("Расталды", "Подтверждено", "Confirmed"),
    "declined": Words("Бас тартылды", "Отклонено", "Declined"),
    "expired": Words("Мерзімі өтті", "Срок истёк", "Expired"),
    "cancelled": Words("Қайтарып алынды", "Отозвано", "Cancelled"),
    "failed": Words("Растау болмады", "Не состоялось", "Failed"),
    "accepted": Words("Кіру рұқсат етілді", "Вход выполнен", "Login accepted"),
    "refused": Words("Кіруден бас тартылды", "Во входе отказано", "Login refused"),
}

REASONS: Final[Mapping[str, Words]] = {
    "declined": Words("адам бас тартты", "человек отказался", "the person declined"),
    "not_me": Words("«Бұл мен емес»", "«Это не я»", "“This is not me”"),
    "attempts": Words("әрекеттер таусылды", "попытки исчерпаны", "no tries were left"),
    "undeliverable": Words("хабар жеткізілмеді", "сообщение не доставлено", "no message could be delivered"),
    "device_revoked": Words("құрылғы өшірілген", "устройство отключено", "the device was revoked"),
    "binding_broken": Words("сұрау бұзылған", "связь с запросом нарушена", "the binding to the request was broken"),
    "replay": Words("жауап қайталанды", "повторно использованный ответ", "an answer was used again"),
    "wrong_number": Words("сан қате енгізілді", "введено неверное число", "a wrong number was typed"),
    "mandate": Words(
        "өкілеттік бұған жетпейді немесе кері қайтарылған",
        "полномочия для этого не хватает, или оно отозвано",
        "the mandate does not reach that far, or was revoked",
    ),
    "relying_party_withdrawn": Words(
        "сұраған тарап қайтарып алды", "отозвано запросившей стороной", "withdrawn by the relying party"
    ),
    "relying_party_ended": Words(
        "сұраған тарап аяқтады", "завершено запросившей стороной", "ended by the relying party"
    ),
    "relying_party_frozen": Words(
        "сұраған тарап бұғатталған", "запросившая сторона заблокирована", "the relying party was frozen"
    ),
    "subject_withdrawn": Words("адам тоқтатты", "остановлено человеком", "stopped by the person"),
    "subject_frozen": Words("адам қолжетімділікті бұғаттады", "человек заблокировал доступ", "the person froze access"),
    "subject_ended": Words("адам аяқтады", "завершено человеком", "ended by the person"),
    "system_withdrawn": Words("сервис тоқтатты", "остановлено сервисом", "stopped by the service"),
    "system_frozen": Words("сервис бұғаттады", "заблокировано сервисом", "frozen by the service"),
    "system_ended": Words("сервис аяқтады", "завершено сервисом", "ended by the service"),
}

METHODS: Final[Mapping[str, Words]] = {
    "code": Words("жіберілген код", "присланный код", "a code that was sent"),
    "totp": Words("қосымшадағы уақытша код", "временный код из приложения", "a timed code from an app"),
    "password": Words("құпиясөз", "пароль", "a password"),
    "identifier": Words("бір реттік сілтеме", "одноразовая ссылка", "a one-time link"),
    "push": Words("құрылғыдағы жауап", "ответ на устройстве", "an answer on a device"),
    "passkey": Words("кіру кілті (passkey)", "ключ доступа (passkey)", "a passkey"),
    "payment": Words(
        "браузердегі төлемді растау", "подтверждение платежа в браузере", "a payment shown by the browser"
    ),
}

LEVELS: Final[Mapping[str, Words]] = {
    "low": Words("төмен", "низкий", "low"),
    "substantial": Words("айтарлықтай", "существенный", "substantial"),
    "high": Words("жоғары", "высокий", "high"),
    "vouched": Words("сұраған тараптың сөзімен", "со слов запросившей стороны", "on the word of the relying party"),
}

_KEY: Final = Words(
    "Тіркелген кілтсіз бұл жазбаны ешкім жасай алмас еді, егер кілтті тіркеу туралы жазба шын болса.",
    "Без зарегистрированного ключа эту запись не мог бы сделать никто, если запись о регистрации ключа подлинна.",
    "Nobody without the enrolled key could have made this record, if the enrolment record is genuine.",
)
_CHANNEL: Final = Words(
    "Адамның қатысуынсыз бұл жазбаны сервис, байланыс операторы немесе арнаны оқи алған кез келген адам "
    "жасай алар еді.",
    "Без участия человека эту запись могли бы сделать сервис, оператор связи или тот, кто мог читать канал.",
    "Without the person, the service, the carrier, or whoever could read the channel could have made this record.",
)

AUTHORSHIP: Final[Mapping[str, Words]] = {
    "code": _CHANNEL,
    "identifier": _CHANNEL,
    "totp": Words(
        "Адамның қатысуынсыз бұл жазбаны сервис немесе код жасайтын құпия кілті бар кез келген адам жасай алар еді.",
        "Без участия человека эту запись могли бы сделать сервис или тот, у кого был секретный ключ генератора кодов.",
        "Without the person, the service, or whoever held the seed of the codes could have made this record.",
    ),
    "password": Words(
        "Адамның қатысуынсыз бұл жазбаны сервис немесе құпиясөзді білген кез келген адам жасай алар еді.",
        "Без участия человека эту запись могли бы сделать сервис или тот, кто знал пароль.",
        "Without the person, the service, or whoever held the password could have made this record.",
    ),
    "push": _KEY,
    "passkey": _KEY,
    "payment": _KEY,
}
"""Per method the fixed sentence: who could have made this record without the person."""

COMBINED: Final = Words(
    "Бұл тәсілдердің бәрі бірге қажет болды: жазбаны осы сөйлемдердің әрқайсысында аталған немесе бәрі бірігіп қана "
    "жасай алар еді.",
    "Нужны были все эти способы вместе: запись мог бы сделать только тот, кто назван в каждом из этих предложений, "
    "или все они вместе.",
    "All of these were needed together: only who is named in each of these sentences, or all of them together, could "
    "have made the record.",
)
SHOWN_BY_RELYING_PARTY: Final = Words(
    "Мәтінді біз көрсеткен жоқпыз: оны сұраған тарап көрсетті және жауапты сол жеткізді; жазбаны ол да жасай алар еді.",
    "Текст показали не мы: его показала запросившая сторона, она же передала ответ; запись могла бы сделать и она.",
    "We did not show the text: the relying party showed it and passed the answer on; it too could have made the "
    "record.",
)
SHOWN_BY_APP: Final = Words(
    "Мәтінді қосымша көрсетті; оның жариялаушысы кілтті қосымша коды арқылы пайдалана алар еді.",
    "Текст показало приложение; его издатель мог бы использовать ключ через код приложения.",
    "An app showed the text; its publisher could drive the key through the app's code.",
)
VOUCHED: Final = Words(
    "Адам немесе оның телефоны үшін {client} жауап берді; біз оның кім екенін тексерген жоқпыз.",
    "За человека или его телефон поручилась сторона {client}; мы не проверяли, кто это.",
    "{client} vouched for the person or their phone; we did not identify them.",
)
BINDS_NO_CONTENT: Final[Mapping[str, Words]] = {
    "totp": Words(
        "Уақытша код құпия кілттің барын дәлелдейді, мазмұнды байланыстырмайды.",
        "Временный код доказывает обладание секретным ключом и не связан с содержанием.",
        "A timed code proves possession of the seed and binds no content.",
    ),
    "password": Words(
        "Құпиясөз оны білуді дәлелдейді, мазмұнды байланыстырмайды.",
        "Пароль доказывает знание и не связан с содержанием.",
        "A password proves knowledge and binds no content.",
    ),
}

ACTS: Final[Mapping[str, Words]] = {
    "payment": Words("Төлем", "Платёж", "Payment"),
    "document": Words("Құжатты растау", "Подтверждение документа", "Confirming a document"),
    "consent": Words("Келісім", "Согласие", "Consent"),
    "application": Words("Өтініш", "Заявление", "Application"),
    "change": Words("Деректерді өзгерту", "Изменение данных", "Change of data"),
    "approval": Words("Мақұлдау", "Одобрение", "Approval"),
    "access": Words("Деректерге қол жеткізу", "Доступ к данным", "Access to data"),
    "other": Words("Әрекет", "Действие", "Action"),
}

LABELS: Final[Mapping[str, Words]] = {
    "asked_by": Words("Сұраған", "Запрашивает", "Asked by"),
    "payee": Words("Алушы", "Получатель", "Payee"),
    "amount": Words("Сома", "Сумма", "Amount"),
    "document": Words("Құжат", "Документ", "Document"),
    "digest": Words("Құжаттың SHA-256 хеші", "SHA-256 документа", "SHA-256 of the document"),
    "consent": Words("Неге келісім беріледі", "Согласие на", "Consent to"),
    "on_behalf_of": Words("Кімнің атынан", "От имени", "On behalf of"),
    "bin": Words("БСН", "БИН", "BIN"),
    "group": Words("Қанша адам растауы керек", "Сколько человек должны подтвердить", "How many must confirm"),
    "answer_by": Words("Жауап беру мерзімі", "Ответить до", "Answer by"),
}
K_OF_N: Final = Words("{n} адамның ішінен {k}", "{k} из {n}", "{k} of {n}")
IN_THE_WORDS_OF: Final = Words(
    "Сұраған тараптың өз сөзі ({name}):", "Словами запросившей стороны ({name}):", "In the words of {name}:"
)
REST_IN: Final[Mapping[str, Words]] = {
    "kk": Words("Төмендегі мәтін қазақ тілінде.", "Текст ниже на казахском языке.", "The text below is in Kazakh."),
    "ru": Words("Төмендегі мәтін орыс тілінде.", "Текст ниже на русском языке.", "The text below is in Russian."),
    "en": Words("Төмендегі мәтін ағылшын тілінде.", "Текст ниже на английском языке.", "The text below is in English."),
}

MESSAGE_PAYMENT: Final = Words(
    "{amount}, алушы {payee}, код {code}", "{amount} для {payee}, код {code}", "{amount} to {payee}, code {code}"
)
MESSAGE_ACT: Final = Words("{act}, {rp}, код {code}", "{act}, {rp}, код {code}", "{act}, {rp}, code {code}")
TELL_NOBODY: Final = Words("Кодты ешкімге айтпаңыз.", "Никому не сообщайте код.", "Tell nobody this code.")

PASSWORD_RULES: Final[Mapping[str, Words]] = {
    "length": Words(
        "Құпиясөздің ұзындығы {shortest} таңбадан {longest} таңбаға дейін.",
        "Длина пароля — от {shortest} до {longest} знаков.",
        "A password has {shortest} to {longest} characters.",
    ),
    "blocked": Words(
        "Бұл құпиясөз басқаларға белгілі. Басқасын таңдаңыз.",
        "Этот пароль известен другим. Выберите другой.",
        "This password is known to others. Choose another one.",
    ),
}

ERRORS: Final[Mapping[str, Words]] = {
    "confirmation_error": Words("Растау орындалмады.", "Подтверждение не выполнено.", "The confirmation was refused."),
    "not_canonical": Words(
        "Деректер белгіленген түрде емес.", "Данные не в установленной форме.", "The data are not in canonical form."
    ),
    "statement_refused": Words(
        "Бұл мәтінді адамға көрсетуге болмайды.",
        "Такой текст нельзя показать человеку.",
        "This statement must not be shown to a person.",
    ),
    "policy_refused": Words(
        "Бұл әрекетті осылай растауға болмайды.",
        "Это действие нельзя подтвердить таким способом.",
        "This act can't be confirmed in this way.",
    ),
    "eds_required": Words(
        "Бұл әрекетке электрондық цифрлық қолтаңба қажет.",
        "Для этого действия нужна электронная цифровая подпись.",
        "This act needs an electronic digital signature.",
    ),
    "answer_refused": Words("Жауап қабылданбады.", "Ответ не принят.", "The answer does not count."),
    "wrong_answer": Words("Жауап қате.", "Ответ неверен.", "The answer is not right."),
    "device_refused": Words(
        "Құрылғының жауабы қабылданбады.", "Ответ устройства не принят.", "The device's answer was refused."
    ),
    "passkey_refused": Words("Кілттің жауабы қабылданбады.", "Ответ ключа не принят.", "The key's answer was refused."),
    "tries_exhausted": Words("Әрекеттер таусылды.", "Попытки исчерпаны.", "There are no tries left."),
    "expired": Words("Жауап беру мерзімі өтті.", "Время для ответа истекло.", "The time to answer is over."),
    "mandate_refused": Words(
        "Бұл әрекетке өкілеттік жетпейді немесе ол кері қайтарылған.",
        "Вашего полномочия для этого действия не хватает, или оно отозвано.",
        "Your mandate does not reach as far as this act, or was revoked.",
    ),
    "already_decided": Words(
        "Бұл сұраудың нәтижесі бар.", "У этого запроса уже есть итог.", "This request already has its outcome."
    ),
    "password_refused": Words(
        "Бұл құпиясөзді алуға болмайды.", "Такой пароль нельзя взять.", "This password can't be taken."
    ),
    "receipt_refused": Words(
        "Түбіртек сұралғанды дәлелдемейді.",
        "Квитанция не доказывает того, что требуется.",
        "The receipt does not prove what was asked.",
    ),
    "receipt_kind": Words(
        "Бұл — басқа түрдегі құжат, сұралған түбіртек емес.",
        "Это документ другого вида, а не нужная квитанция.",
        "This is something of another kind, not the receipt asked for.",
    ),
    "receipt_outcome": Words(
        "Түбіртекте басқа нәтиже көрсетілген.",
        "В квитанции указан другой итог.",
        "The receipt says another outcome.",
    ),
}


def say_authorship(methods: Sequence[str], locale: str) -> tuple[str, ...]:
    """One sentence per method: who could have made the record without the person; several: that all were needed."""
    sentences = tuple(dict.fromkeys(AUTHORSHIP[method].say(locale) for method in methods))
    return (*sentences, COMBINED.say(locale)) if len(methods) > 1 else sentences
