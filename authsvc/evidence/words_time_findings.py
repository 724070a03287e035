"""Findings and sentences about trusted time in Kazakh, Russian and English (evidence format, sections 11 and 12)."""

from collections.abc import Mapping
from typing import Final

from confirmations.words import Words

PROVEN: Final = Words(
    "жазбалардың журналдағы орны уақыт белгілерімен дәлелденген: {after} кейін, {before} дейін",
    "место записей в журнале доказано метками времени: после {after}, до {before}",
    "time stamps prove the records' place in the log: after {after}, before {before}",
)
PROVEN_BEFORE: Final = Words(
    "жазбалардың журналдағы орны уақыт белгілерімен дәлелденген: {before} дейін",
    "место записей в журнале доказано метками времени: до {before}",
    "time stamps prove the records' place in the log: before {before}",
)
PARTLY: Final = Words(
    "кейбір жазбалардың уақыты дәлелденбеген: олардан кейін уақыт белгісі жоқ",
    "время части записей не доказано: над ними нет метки времени",
    "for some records no time is proven: there is no time stamp above them",
)

TIME: Final[Mapping[str, Words]] = {
    "stamps_not_trusted": Words(
        "trust.json уақыт белгілері орталықтарын атамайды, сондықтан уақыт белгілері тексерілмеді",
        "trust.json не называет центров меток времени, поэтому метки времени не проверялись",
        "trust.json names no time stamp authority, so the time stamps were not judged",
    ),
    "tsa_anchors_unreadable": Words(
        "trust.json ішіндегі уақыт белгілері орталығының сертификаты оқылмайды",
        "сертификат центра меток времени в trust.json не читается",
        "a certificate of a time stamp authority in trust.json can't be read",
    ),
    "stamp_unreadable": Words(
        "уақыт белгісі қойылған бақылау нүктесі оқылмайды",
        "контрольная точка под меткой времени не читается",
        "the time-stamped checkpoint can't be read",
    ),
    "stamp_of_another_log": Words(
        "уақыт белгісі басқа журналдың бақылау нүктесіне қойылған: {origin}",
        "метка времени стоит на контрольной точке другого журнала: {origin}",
        "the time stamp is over a checkpoint of another log: {origin}",
    ),
    "stamp_not_linked": Words(
        "уақыт белгісі қойылған бақылау нүктесі пакеттің журналына жалғаспайды",
        "контрольная точка под меткой времени не связана с журналом пакета",
        "the time-stamped checkpoint is not linked to the package's log",
    ),
    "stamp_log_signature": Words(
        "уақыт белгісі қойылған бақылау нүктесіне журнал кілттерінің бәрі қол қоймаған",
        "контрольная точка под меткой времени подписана не всеми ключами журнала",
        "not all keys of the log have signed the time-stamped checkpoint",
    ),
    "stamp_without_token": Words(
        "бақылау нүктесінің уақыт белгісі жоқ",
        "у контрольной точки нет метки времени",
        "a checkpoint without time stamp",
    ),
    "stamp_fails": Words(
        "уақыт белгісі жарамсыз ({reason})",
        "метка времени недействительна ({reason})",
        "the time stamp fails ({reason})",
    ),
    "stamp_not_decided": Words(
        "уақыт белгісінің жарамдылығы анықталмады ({reason})",
        "действительность метки времени не определена ({reason})",
        "whether the time stamp holds could not be decided ({reason})",
    ),
    "stamp_from_future": Words(
        "уақыт белгісі болашақтан: {time}",
        "метка времени из будущего: {time}",
        "the time stamp is from the future: {time}",
    ),
    "stamp_before_the_one_below": Words(
        "уақыт белгісі өзінен бұрынғы бақылау нүктесінің белгісінен ерте",
        "метка времени раньше, чем у предыдущей контрольной точки",
        "the time stamp is earlier than that of the checkpoint before it",
    ),
    "anchor_unreadable": Words(
        "уақыт белгісі туралы жазба оқылмайды",
        "запись о метке времени не читается",
        "the record of a time stamp can't be read",
    ),
    "anchor_not_included": Words(
        "уақыт белгісі туралы жазба журналда бұл орында тұрған жоқ",
        "запись о метке времени не стоит на этом месте журнала",
        "the record of a time stamp does not stand at this place of the log",
    ),
    "anchor_signature": Words(
        "уақыт белгісі туралы жазбаның қолтаңбасы дұрыс емес",
        "подпись записи о метке времени неверна",
        "the signature of the record of a time stamp does not hold",
    ),
    "anchor_without_token": Words(
        "бұл жазба атаған уақыт белгісі пакетте жоқ немесе есепке алынбады",
        "метки времени, названной записью, в пакете нет, или она не засчитана",
        "the time stamp that this record names is not in the package, or does not count",
    ),
    "anchor_differs": Words(
        "уақыт белгісі туралы жазба уақыт белгісіне сай емес",
        "запись о метке времени не соответствует метке времени",
        "the record of a time stamp does not fit the time stamp",
    ),
    "renewal_unreadable": Words(
        "уақыт белгісін жаңарту оқылмайды",
        "продление метки времени не читается",
        "a renewal of time stamps can't be read",
    ),
    "renewal_of_unknown": Words(
        "жаңарту пакетте жоқ уақыт белгісін атайды, тізбек үзілген: {token}",
        "продление называет метку времени, которой нет в пакете, цепочка прервана: {token}",
        "a renewal names a time stamp that is not in the package, the chain is broken: {token}",
    ),
    "renewal_not_linked": Words(
        "жаңарту басқа уақыт белгісінің үстінен қойылған: {token}",
        "продление стоит на другой метке времени: {token}",
        "a renewal is over another time stamp: {token}",
    ),
    "renewal_before_token": Words(
        "жаңарту өзі жаңартатын уақыт белгісінен ерте",
        "продление раньше метки времени, которую оно продлевает",
        "a renewal is earlier than the time stamp that it renews",
    ),
    "renewal_too_late": Words(
        "уақыт белгісі сертификатының мерзімі {end} бітті, жаңарту одан кейін жасалған",
        "продление сделано после {end}, когда закончился срок сертификата метки времени",
        "the renewal came after {end}, when the certificate of the time stamp had ended",
    ),
    "stamp_renewed": Words(
        "уақыт белгісі кейінгі белгімен жаңартылған, {time} кешіктірілмей",
        "метка времени продлена более поздней меткой, не позднее {time}",
        "the time stamp was renewed by a later one, not after {time}",
    ),
    "stamp_weakened": Words(
        "уақыт белгісінің алгоритмі әлсіреген ({algorithm}), ал ол уақытында жаңартылмаған",
        "алгоритм метки времени ослаб ({algorithm}), а она не была вовремя продлена",
        "an algorithm of the time stamp has weakened ({algorithm}), and it was not renewed in time",
    ),
    "not_anchored": Words(
        "бұл жазбадан кейін уақыт белгісі жоқ: уақыты дәлелденбеген",
        "над этой записью нет метки времени: время не доказано",
        "there is no time stamp above this record: no time is proven",
    ),
    "time_after_bound": Words(
        "жазба өз уақытын {time} деп атайды, ал ол {bound} дейін журналда тұрған",
        "запись называет своё время {time}, а в журнале она стояла уже до {bound}",
        "the record says {time}, but it stood in the log before {bound} already",
    ),
}
