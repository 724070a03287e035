"""Fixed words for each record type in Kazakh, Russian and English: name, legal kind, what stands only on our word.

The legal kind is printed on every page about a record (evidence format, sections 5 and 12; Digital Code articles 47
and 49). The sentence that names a confirmation and a signature together says that the one is not the other.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from confirmations.words import AUTHORSHIP, COMBINED, NOT_A_SIGNATURE, ONLY_A_LOGIN, Words

TYPES: Final[Mapping[str, Words]] = {
    "genesis": Words("Журналдың басталуы", "Начало журнала", "Start of the log"),
    "key": Words("Журнал кілтінің өзгеруі", "Изменение ключа журнала", "Change of a key of the log"),
    "anchor": Words("Уақыт белгісі", "Метка времени", "Time stamp over the log"),
    "export": Words("Дәлелдемелердің берілуі", "Выдача доказательств", "Evidence handed out"),
    "erasure": Words("Деректердің жойылуы", "Удаление данных", "Erasure of data"),
    "correction": Words("Жазбаға ескертпе", "Пометка к записи", "Note on a record"),
    "administration": Words("Әкімшілік өзгеріс", "Административное изменение", "Administrative change"),
    "credential": Words("Растау құралы", "Средство подтверждения", "Authenticator"),
    "mandate": Words("Заңды тұлға атынан өкілеттік", "Полномочие от имени юридического лица", "Mandate for an entity"),
    "consent": Words("Деректерді өңдеуге келісім", "Согласие на обработку данных", "Consent to processing"),
    "authentication": Words("Жүйеге кіру", "Вход", "Login"),
    "confirmation": Words("Цифрлық растау", "Цифровое подтверждение", "Digital confirmation"),
    "signature_verification": Words(
        "Электрондық цифрлық қолтаңбаны тексеру",
        "Проверка электронной цифровой подписи",
        "Verification of an electronic digital signature",
    ),
    "delivery": Words("Жіберу немесе алу", "Отправка или получение", "Sending or receipt"),
    "notice_read": Words("Хабарламаны оқу", "Прочтение уведомления", "Notice read"),
    "decision": Words("Автоматты шешім", "Автоматическое решение", "Automated decision"),
    "dispute": Words("Жазбаға дау", "Оспаривание записи", "Dispute of a record"),
    "resolution": Words("Дау бойынша шешім", "Решение по спору", "Resolution of a dispute"),
}

_SERVICE_RECORD: Final = Words(
    "Бұл — сервистің жазбасы. Ол адамның ерік білдіруі емес.",
    "Это запись сервиса. Она не является волеизъявлением человека.",
    "This is a record of the service. It is no act of will of a person.",
)
LEGAL_KIND: Final[Mapping[str, Words]] = {
    **dict.fromkeys(TYPES, _SERVICE_RECORD),
    "confirmation": NOT_A_SIGNATURE,
    "authentication": ONLY_A_LOGIN,
    "signature_verification": Words(
        "Бұл — электрондық цифрлық қолтаңбаны техникалық тексеру туралы жазба. Қолтаңбаның өзі — құжатта. "
        "Бұл жазба цифрлық растау емес.",
        "Это запись о технической проверке электронной цифровой подписи. Сама подпись находится в документе. "
        "Эта запись не является цифровым подтверждением.",
        "This is a record of the technical verification of an electronic digital signature. The signature itself is in "
        "the document. This record is no digital confirmation.",
    ),
    "consent": Words(
        "Бұл — деректерді өңдеуге келісім немесе оны қайтару туралы жазба. Ол электрондық цифрлық қолтаңба емес.",
        "Это запись о согласии на обработку данных или о его отзыве. Она не является электронной цифровой подписью.",
        "This is a record of consent to the processing of data, or of its withdrawal. It is no electronic digital "
        "signature.",
    ),
    "delivery": Words(
        "Бұл — жіберу немесе алу туралы жазба. Алынған хабар оқылды дегенді білдірмейді.",
        "Это запись об отправке или получении. Полученное не значит прочитанное.",
        "This is a record of sending or receipt. Received does not mean read.",
    ),
    "notice_read": Words(
        "Бұл — хабарламаның ашылғаны туралы жазба. Ол онымен келісу дегенді білдірмейді.",
        "Это запись о том, что уведомление открыто. Это не означает согласия с ним.",
        "This is a record that a notice was opened. It does not mean agreement with it.",
    ),
    "dispute": Words(
        "Бұл — адамның жазбаға қарсылығы. Даулы жазба өзгертілмейді.",
        "Это возражение человека против записи. Оспоренная запись не изменяется.",
        "This is a person's objection to a record. The record itself is not changed.",
    ),
    "resolution": Words(
        "Бұл — аты аталған адамның дау бойынша шешімі.",
        "Это решение названного человека по спору.",
        "This is the decision of a named person on a dispute.",
    ),
}
"""Type to the fixed sentence about what kind of fact it is."""

PROVEN: Final = Words(
    "Дәл осы байттар журналдың {index} орнында, {size} жазбаның ішінде тұр; оған осы түрдегі жазбаларды шығарушының "
    "кілтімен қол қойылған; көрсетілген мәндер — сол кезде бекітілген мәндер.",
    "Именно эти байты стоят на месте {index} журнала из {size} записей; они подписаны ключом издателя записей этого "
    "вида; показанные значения — те, что были зафиксированы тогда.",
    "Exactly these bytes stand at place {index} of a log of {size} entries; they are signed by the issuer key of this "
    "kind of record; the values shown are the ones committed to then.",
)
PROVEN_BY_KEY: Final = Words(
    "Жауап тіркелген кілтпен берілген: оны қоса берілген жауаптан және {record} тіркеу жазбасынан тексеруге болады.",
    "Ответ дан зарегистрированным ключом: это проверяется по приложенному ответу и записи о регистрации {record}.",
    "The answer was given by an enrolled key: it can be checked from the attached answer and the enrolment record "
    "{record}.",
)
STATED: Final[Mapping[str, Words]] = {
    **dict.fromkeys(
        TYPES,
        Words(
            "Жазбаның мазмұны, жазбадағы уақыт және аталған адамдардың кім екені — тек сервистің сөзі.",
            "Содержание записи, время в ней и то, кто названные в ней лица, известны только со слов сервиса.",
            "What the record says, the time in it, and who the persons named in it are: this stands on the word of the "
            "service alone.",
        ),
    ),
    "confirmation": Words(
        "Жауап берген кім екені, мәтіннің көрсетілгені, арна, әрекеттер саны және жазбадағы уақыт — тек сервистің "
        "сөзі.",
        "Кто отвечал, что текст был показан, канал, число попыток и время в записи известны только со слов сервиса.",
        "Who answered, that the text was shown, the channel, the number of tries and the time in the record: this "
        "stands on the word of the service alone.",
    ),
    "authentication": Words(
        "Кірген кім екені, құрылғы, мекенжай және жазбадағы уақыт — тек сервистің сөзі.",
        "Кто вошёл, устройство, адрес и время в записи известны только со слов сервиса.",
        "Who signed in, the device, the address and the time in the record: this stands on the word of the service "
        "alone.",
    ),
    "signature_verification": Words(
        "Тексеріс қай уақытта жүргізілгені — тек сервистің сөзі. Қоса берілген құжаттың қолтаңбасын өзіңіз қайта "
        "тексере аласыз.",
        "Время проверки известно только со слов сервиса. Подпись приложенного документа можно проверить заново.",
        "When the verification was made stands on the word of the service alone. The signature of an attached document "
        "can be judged again.",
    ),
}
"""Type to what only the service states."""
NOT_PROVEN: Final[Mapping[str, Words]] = {
    **dict.fromkeys(
        TYPES,
        Words(
            "Оқиғаның қашан болғаны дәлелденбеген: бұл пакетте уақыт белгілері жоқ.",
            "Когда это произошло, не доказано: в этом пакете нет меток времени.",
            "When it happened is not proven: there are no time stamps in this package.",
        ),
    ),
    "confirmation": Words(
        "Адамның мәтінді оқығаны және түсінгені, жауаптың қашан берілгені дәлелденбеген: бұл пакетте уақыт белгілері "
        "жоқ.",
        "Не доказано, что человек прочёл и понял текст, и когда он ответил: в этом пакете нет меток времени.",
        "It is not proven that the person read and understood the text, nor when they answered: there are no time "
        "stamps in this package.",
    ),
    "signature_verification": Words(
        "Қол қоюшының еркі мен құжаттың мазмұны дұрыс екені дәлелденбеген; бұл пакетте уақыт белгілері жоқ.",
        "Воля подписавшего и верность содержания документа не доказаны; в этом пакете нет меток времени.",
        "The signer's will and the truth of the document's content are not proven; there are no time stamps in this "
        "package.",
    ),
}
"""Type to what is not proven."""
CONTENT_NOT_SEEN: Final = Words(
    "Мазмұн көрілмеген: тексеріс құжаттың хеші бойынша жасалған, сондықтан құжатта не жазылғаны дәлелденбеген.",
    "Содержание не видели: проверка была по хешу документа, поэтому что в нём написано, не доказано.",
    "Content not seen: the verification was by digest, so what the document says is not proven.",
)

SERVICE_ALONE: Final = Words(
    "Бұл жазбаны адамның қатысуынсыз сервис жасай алар еді.",
    "Эту запись сервис мог бы сделать без участия человека.",
    "The service could have made this record without the person.",
)
_LOGIN_AUTHORSHIP: Final[Mapping[str, Words]] = {
    **AUTHORSHIP,
    "hotp": AUTHORSHIP["totp"],
    "eds": Words(
        "Сертификаттағы құпия кілтсіз бұл кіруді ешкім жасай алмас еді, егер сертификат шын болса.",
        "Без закрытого ключа сертификата этот вход не мог бы совершить никто, если сертификат подлинный.",
        "Nobody without the certificate's private key could have made this login, if the certificate is genuine.",
    ),
}


def say_authorship(type_: str, methods: Sequence[str]) -> list[Words]:
    """Who could have made this record without the person: one sentence for each method, then that all were needed."""
    if type_ not in ("confirmation", "authentication"):
        return [SERVICE_ALONE]
    sentences = list(dict.fromkeys(_LOGIN_AUTHORSHIP[each] for each in methods if each in _LOGIN_AUTHORSHIP))
    return [*sentences, COMBINED] if len(methods) > 1 else sentences
