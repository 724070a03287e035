"""The words of this package in Kazakh, Russian and English, side by side: verdicts, checks, roles, refusals.

A check that holds takes its sentence from HOLDS, any other outcome from FAILS. Names in parameters are shortened to the
common name; technical details stay in the report's parameters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from signatures.report import Check, Indication, Outcome, SubIndication, Want, WantKind

LOCALES: Final = ("kk", "ru", "en")


class Words(NamedTuple):
    """One text in the three languages. A language that is missing is a type error."""

    kk: str
    ru: str
    en: str

    def say(self, locale: str, **values: str) -> str:
        """The text in a language, its places filled; a place without a value shows a dash."""
        text: str = self[LOCALES.index(locale)]
        return text.format_map(_Places(values))


class _Places(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "—"


INDICATIONS: Final[Mapping[Indication, Words]] = {
    Indication.TOTAL_PASSED: Words("Қолтаңба жарамды", "Подпись действительна", "The signature is valid"),
    Indication.TOTAL_FAILED: Words("Қолтаңба жарамсыз", "Подпись недействительна", "The signature is not valid"),
    Indication.INDETERMINATE: Words(
        "Қолтаңбаның жарамдылығын анықтау мүмкін болмады",
        "Определить действительность подписи не удалось",
        "Whether the signature is valid could not be determined",
    ),
}

SUB_INDICATIONS: Final[Mapping[SubIndication, Words]] = {
    SubIndication.FORMAT_FAILURE: Words(
        "Қолтаңба форматы бұзылған.", "Формат подписи нарушен.", "The format of the signature is broken."
    ),
    SubIndication.HASH_FAILURE: Words(
        "Құжат қол қойылғаннан кейін өзгертілген.",
        "Документ изменён после подписания.",
        "The document was changed after it was signed.",
    ),
    SubIndication.SIG_CRYPTO_FAILURE: Words(
        "Қолтаңба мәні қол қоюшының кілтіне сәйкес келмейді.",
        "Значение подписи не соответствует ключу подписавшего.",
        "The signature value does not belong to the signer's key.",
    ),
    SubIndication.REVOKED: Words(
        "Қол қою кезінде сертификат кері қайтарып алынған болатын.",
        "На момент подписания сертификат был отозван.",
        "The certificate was revoked when the document was signed.",
    ),
    SubIndication.EXPIRED: Words(
        "Қол қою кезінде сертификаттың мерзімі өткен болатын.",
        "На момент подписания срок действия сертификата истёк.",
        "The certificate had expired when the document was signed.",
    ),
    SubIndication.NOT_YET_VALID: Words(
        "Қол қою кезінде сертификат әлі күшіне енбеген болатын.",
        "На момент подписания сертификат ещё не действовал.",
        "The certificate was not yet valid when the document was signed.",
    ),
    SubIndication.SIG_CONSTRAINTS_FAILURE: Words(
        "Қолтаңба тексеру саясатының талаптарына сай емес.",
        "Подпись не отвечает требованиям политики проверки.",
        "The signature does not meet the validation policy.",
    ),
    SubIndication.CHAIN_CONSTRAINTS_FAILURE: Words(
        "Қол қоюшының сертификаты бұл мақсатқа арналмаған.",
        "Сертификат подписавшего не предназначен для этой цели.",
        "The signer's certificate is not meant for this purpose.",
    ),
    SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE: Words(
        "Сертификаттар жолы ережеге сай емес.",
        "Путь сертификатов не соответствует правилам.",
        "The certificate path breaks a rule.",
    ),
    SubIndication.CRYPTO_CONSTRAINTS_FAILURE: Words(
        "Алгоритмге қолдау көрсетілмейді.", "Алгоритм не поддерживается.", "The algorithm is not supported."
    ),
    SubIndication.POLICY_PROCESSING_ERROR: Words(
        "Қолтаңба саясатын өңдеу мүмкін болмады.",
        "Политику подписи не удалось обработать.",
        "The signature policy could not be processed.",
    ),
    SubIndication.SIGNATURE_POLICY_NOT_AVAILABLE: Words(
        "Қолтаңба саясаты табылмады.", "Политика подписи не найдена.", "The signature policy was not found."
    ),
    SubIndication.TIMESTAMP_ORDER_FAILURE: Words(
        "Уақыт белгілерінің реті бұзылған.", "Порядок меток времени нарушен.", "The time stamps are out of order."
    ),
    SubIndication.NO_SIGNING_CERTIFICATE_FOUND: Words(
        "Қол қоюшының сертификаты табылмады.",
        "Сертификат подписавшего не найден.",
        "The signer's certificate was not found.",
    ),
    SubIndication.NO_CERTIFICATE_CHAIN_FOUND: Words(
        "Сенімді куәландырушы орталыққа дейінгі жол табылмады.",
        "Путь до доверенного удостоверяющего центра не найден.",
        "No path to a trusted authority was found.",
    ),
    SubIndication.NO_CERTIFICATE_CHAIN_FOUND_NO_POE: Words(
        "Жол табылмады, қол қою уақыты дәлелденбеген.",
        "Путь не найден, время подписания не доказано.",
        "No path was found, and the time of signing is not proven.",
    ),
    SubIndication.REVOKED_NO_POE: Words(
        "Қол қоюшының сертификаты кері қайтарып алынған; қолтаңбаның одан бұрын қойылғаны дәлелденбеген.",
        "Сертификат подписавшего отозван; что подпись сделана раньше, не доказано.",
        "The signer's certificate is revoked, and nothing proves that the signature is older.",
    ),
    SubIndication.REVOKED_CA_NO_POE: Words(
        "Куәландырушы орталықтың сертификаты кері қайтарып алынған.",
        "Сертификат удостоверяющего центра отозван.",
        "The certificate of an authority is revoked.",
    ),
    SubIndication.OUT_OF_BOUNDS_NOT_REVOKED: Words(
        "Сертификаттың мерзімі өткен, бірақ ол кері қайтарып алынбаған.",
        "Срок сертификата истёк, но он не отозван.",
        "The certificate is out of its period but not revoked.",
    ),
    SubIndication.REVOCATION_OUT_OF_BOUNDS_NO_POE: Words(
        "Сертификат күйі туралы деректердің мерзімі өткен.",
        "Срок сведений о статусе сертификата истёк.",
        "The data on the certificate's status are out of their period.",
    ),
    SubIndication.OUT_OF_BOUNDS_NO_POE: Words(
        "Сертификат тексеру уақытында жарамды емес; қолтаңбаның мерзім ішінде қойылғаны дәлелденбеген.",
        "На момент проверки сертификат не действует; что подпись сделана в его срок, не доказано.",
        "The certificate is out of its period, and nothing proves that the signature was made within it.",
    ),
    SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE: Words(
        "Алгоритм немесе кілт енді сенімді саналмайды.",
        "Алгоритм или ключ больше не считается надёжным.",
        "The algorithm or the key is no longer held to be safe.",
    ),
    SubIndication.NO_POE: Words(
        "Қолтаңбаның сол уақытта болғаны дәлелденбеген.",
        "Существование подписи на тот момент не доказано.",
        "Nothing proves that the signature existed at that time.",
    ),
    SubIndication.TRY_LATER: Words(
        "Сертификаттың күйі белгісіз; кейінірек қайталап көріңіз.",
        "Статус сертификата неизвестен; попробуйте позже.",
        "The status of a certificate is not known; try again later.",
    ),
    SubIndication.SIGNED_DATA_NOT_FOUND: Words(
        "Қол қойылған құжат берілмеген.", "Подписанный документ не предоставлен.", "The signed document is missing."
    ),
}

HOLDS: Final[Mapping[str, Words]] = {
    "algorithm.agreement": Words(
        "Хэш пен қолтаңба алгоритмі үйлеседі.",
        "Алгоритмы хэша и подписи согласуются.",
        "Hash and signature algorithm agree.",
    ),
    "algorithm.allowed": Words(
        "{algorithm} алгоритміне рұқсат бар.",
        "Алгоритм {algorithm} разрешён.",
        "The algorithm {algorithm} is allowed.",
    ),
    "algorithm.backend": Words(
        "ГОСТ есептеулері: {backend}.",
        "Вычисления ГОСТ: {backend}.",
        "GOST is computed by: {backend}.",
    ),
    "algorithm.known": Words(
        "Алгоритм: {algorithm}.",
        "Алгоритм: {algorithm}.",
        "Algorithm: {algorithm}.",
    ),
    "attributes.none": Words(
        "Қолтаңба тікелей мазмұнға қойылған.",
        "Подпись сделана прямо по содержанию.",
        "The signature is directly over the content.",
    ),
    "attributes.old": Words(
        "Ескі атрибут бар, ол есепке алынбады: {attribute}.",
        "Есть устаревший атрибут, он не учтён: {attribute}.",
        "There is an attribute of an older standard, which was not judged: {attribute}.",
    ),
    "attributes.protection": Words(
        "Алгоритмдер ауыстырылмаған.", "Алгоритмы не подменены.", "The algorithms have not been exchanged."
    ),
    "attributes.rules": Words(
        "Қол қойылған атрибуттар ережеге сай.",
        "Подписанные атрибуты соответствуют правилам.",
        "The signed attributes follow the rules.",
    ),
    "content.digest": Words(
        "Құжат қол қойылғаннан бері өзгермеген.",
        "Документ не изменён с момента подписания.",
        "The document is unchanged since it was signed.",
    ),
    "content.same": Words(
        "Берілген құжат қол қойылған құжатпен бірдей.",
        "Предоставленный документ совпадает с подписанным.",
        "The document given is the one inside.",
    ),
    "counter_signature": Words(
        "Куәландырушы қолтаңба жарамды: {signer}.",
        "Заверяющая подпись действительна: {signer}.",
        "A counter-signature is valid: {signer}.",
    ),
    "crl.delta_used": Words(
        "Дельта CRL ескерілді ({issuer}).",
        "Учтён дельта-CRL ({issuer}).",
        "A delta CRL was taken into account ({issuer}).",
    ),
    "format.recognised": Words("Формат: {format}.", "Формат: {format}.", "Format: {format}."),
    "container.file": Words("Қол қойылған файл: {name}.", "Подписанный файл: {name}.", "A signed file: {name}."),
    "pdf.extended": Words(
        "Бұл қолтаңбадан кейін файлға тек қолтаңбалар, уақыт белгілері және тексеру деректері қосылған"
        " ({revisions} редакцияның {revision}-і).",
        "После этой подписи в файл добавлены только подписи, метки времени и данные для проверки"
        " (редакция {revision} из {revisions}).",
        "After this signature only signatures, time stamps and validation data were added to the file"
        " (revision {revision} of {revisions}).",
    ),
    "pdf.stamps": Words(
        "Файлдағы құжат уақыт белгілерінің саны: {count}.",
        "Меток времени документа в файле: {count}.",
        "Document time stamps in the file: {count}.",
    ),
    "pdf.whole": Words(
        "Қолтаңба бүкіл файлды қамтиды.", "Подпись охватывает весь файл.", "The signature covers the whole file."
    ),
    "path.valid": Words(
        "Сертификаттар жолы сенімді орталыққа жетеді: {anchor}.",
        "Путь сертификатов ведёт к доверенному центру: {anchor}.",
        "The certificate path leads to a trusted authority: {anchor}.",
    ),
    "policy.status": Words(
        "Мәртебе ережесі: {rule} (жасы, секунд: {freshness}; күту, секунд: {grace}).",
        "Правило о статусе: {rule} (давность, секунд: {freshness}; выдержка, секунд: {grace}).",
        "Rule of the status: {rule} (age in seconds: {freshness}; grace in seconds: {grace}).",
    ),
    "revocation.good": Words(
        "Сертификат кері қайтарып алынбаған: {certificate} ({this_update} тізімі бойынша).",
        "Сертификат не отозван: {certificate} (по списку от {this_update}).",
        "The certificate is not revoked: {certificate} (by the list of {this_update}).",
    ),
    "revocation.later": Words(
        "Сертификат кейінірек, {revoked_at} кері қайтарып алынады ({reason}).",
        "Сертификат отозван позже, {revoked_at} ({reason}).",
        "The certificate was revoked later, at {revoked_at} ({reason}).",
    ),
    "signature.value": Words("Қолтаңба мәні дұрыс.", "Значение подписи верно.", "The signature value is right."),
    "signatures.count": Words("Қолтаңбалар саны: {count}.", "Подписей: {count}.", "Signatures: {count}."),
    "signer.certificate": Words(
        "Қол қоюшының сертификаты: {subject}.",
        "Сертификат подписавшего: {subject}.",
        "The signer's certificate: {subject}.",
    ),
    "signer.purpose": Words(
        "Кілт бұл мақсатқа арналған.", "Ключ предназначен для этой цели.", "The key is meant for this purpose."
    ),
    "signer.reference": Words(
        "Қолтаңбада дәл осы сертификат көрсетілген.",
        "В подписи назван именно этот сертификат.",
        "The signature names this very certificate.",
    ),
    "stamp.authority": Words(
        "Уақыт белгісін уақыт белгілері орталығы қойған: {certificate}.",
        "Метку времени поставил центр меток времени: {certificate}.",
        "The time stamp is by a time stamp authority: {certificate}.",
    ),
    "stamp.format": Words(
        "Уақыт белгісі: {time} (дәлдігі, секунд: {accuracy}).",
        "Метка времени: {time} (точность, секунд: {accuracy}).",
        "Time stamp: {time} (accuracy in seconds: {accuracy}).",
    ),
    "stamp.imprint": Words(
        "Уақыт белгісі дәл осы деректерге қойылған.",
        "Метка времени поставлена именно на эти данные.",
        "The time stamp is over these very data.",
    ),
    "stamp.policy": Words(
        "Уақыт белгісінің саясаты: {policy}.",
        "Политика метки времени: {policy}.",
        "Policy of the time stamp: {policy}.",
    ),
    "time.best": Words(
        "Қолтаңба бар болған ең ерте дәлелденген уақыт: {time}.",
        "Самое раннее доказанное время существования подписи: {time}.",
        "The earliest time at which the signature is proven to have existed: {time}.",
    ),
    "time.claimed": Words(
        "Қол қоюшы көрсеткен уақыт (дәлелденбеген): {time}.",
        "Время, заявленное подписавшим (не доказано): {time}.",
        "The time that the signer claims (not proven): {time}.",
    ),
    "time.stamp": Words(
        "Уақыт белгісі жарамды ({kind}): {time}.",
        "Метка времени действительна ({kind}): {time}.",
        "A time stamp holds ({kind}): {time}.",
    ),
    "xml.sequential": Words(
        "Бұл қолтаңба құжаттың сол кездегі күйіне қойылған: кейінгі қолтаңбалар оған кірмейді.",
        "Эта подпись поставлена под документом, каким он был тогда: более поздние подписи в него не входят.",
        "This signature is over the document as it was then: later signatures are not in it.",
    ),
}

FAILS: Final[Mapping[str, Words]] = {
    "algorithm.agreement": Words(
        "Хэш алгоритмі ({digest}) қолтаңба алгоритміне ({signature}) сай емес.",
        "Алгоритм хэша ({digest}) не соответствует алгоритму подписи ({signature}).",
        "The hash ({digest}) is not the one of the signature ({signature}).",
    ),
    "algorithm.allowed": Words(
        "{algorithm} алгоритміне рұқсат жоқ: {why}.",
        "Алгоритм {algorithm} не разрешён: {why}.",
        "The algorithm {algorithm} is not allowed: {why}.",
    ),
    "algorithm.known": Words(
        "{algorithm} алгоритміне қолдау көрсетілмейді.",
        "Алгоритм {algorithm} не поддерживается.",
        "The algorithm {algorithm} is not supported.",
    ),
    "algorithm.weak": Words(
        "Алгоритм ескірген деп саналады: {algorithm}.",
        "Алгоритм считается устаревшим: {algorithm}.",
        "The algorithm counts as outdated: {algorithm}.",
    ),
    "attributes.as_content": Words(
        "Мазмұн ретінде басқа қолтаңбаның қол қойылған атрибуттары берілген: бұл құжатқа ешкім қол қоймаған.",
        "Содержанием выданы подписанные атрибуты другой подписи: этот документ никто не подписывал.",
        "Signed attributes of another signature are passed off as the content: nobody signed this document.",
    ),
    "attributes.none": Words(
        "Мазмұнның бұл түрі үшін қол қойылған атрибуттар қажет.",
        "Для содержания этого вида нужны подписанные атрибуты.",
        "Content of this kind needs signed attributes.",
    ),
    "attributes.order": Words(
        "Қол қойылған атрибуттар DER ретінде тұрған жоқ.",
        "Подписанные атрибуты стоят не в порядке DER.",
        "The signed attributes are not in the order of DER.",
    ),
    "attributes.protection": Words(
        "Алгоритмдер қорғалған мәндерге сай емес.",
        "Алгоритмы не совпадают с защищёнными значениями.",
        "The algorithms are not the protected ones.",
    ),
    "attributes.rules": Words(
        "Қол қойылған атрибуттар ережеге сай емес.",
        "Подписанные атрибуты нарушают правила.",
        "The signed attributes break the rules.",
    ),
    "attributes.unseen": Words(
        "Мазмұн көрсетілмеді, сондықтан оның басқа қолтаңбаның атрибуттары емес екені тексерілмеді.",
        "Содержимое не предъявлено, поэтому не проверено, что это не атрибуты другой подписи.",
        "The content was not shown, so it was not checked that it is not the attributes of another signature.",
    ),
    "content.digest": Words(
        "Құжат қол қойылған құжаттан өзгеше.",
        "Документ отличается от подписанного.",
        "The document is not the one that was signed.",
    ),
    "content.digest_missing": Words(
        "Құжаттың {algorithm} хэші берілмеген.",
        "Хэш документа по алгоритму {algorithm} не предоставлен.",
        "The document's digest by {algorithm} was not given.",
    ),
    "content.found": Words(
        "Қол қойылған құжат берілмеген.", "Подписанный документ не предоставлен.", "The signed document is missing."
    ),
    "content.not_seen": Words(
        "Құжаттың өзі көрілген жоқ, тек оның хэші берілді.",
        "Сам документ не рассматривался, дан только его хэш.",
        "The document itself was not seen, only its digest was given.",
    ),
    "content.same": Words(
        "Берілген құжат қолтаңбаның ішіндегі құжаттан өзгеше.",
        "Предоставленный документ отличается от документа внутри подписи.",
        "The document given is not the one inside the signature.",
    ),
    "counter_signature": Words(
        "Куәландырушы қолтаңба дәлелденбеді: {signer} ({why}).",
        "Заверяющая подпись не подтверждена: {signer} ({why}).",
        "A counter-signature is not proven: {signer} ({why}).",
    ),
    "crl.after_expiry": Words(
        "CRL сертификат мерзімі біткеннен кейін шыққан ({issuer}).",
        "CRL издан после истечения срока сертификата ({issuer}).",
        "A CRL was issued after the certificate had expired ({issuer}).",
    ),
    "crl.algorithm": Words(
        "CRL пайдаланылмады: оның алгоритміне рұқсат жоқ ({issuer}).",
        "CRL не использован: его алгоритм не разрешён ({issuer}).",
        "A CRL was not used: its algorithm is not allowed ({issuer}).",
    ),
    "crl.algorithms_differ": Words(
        "CRL пайдаланылмады: ондағы екі алгоритм әртүрлі ({issuer}).",
        "CRL не использован: два алгоритма в нём различаются ({issuer}).",
        "A CRL was not used: its two algorithms differ ({issuer}).",
    ),
    "crl.delta": Words(
        "Толық емес (delta) CRL есепке алынбады ({issuer}).",
        "Неполный (delta) CRL не учтён ({issuer}).",
        "A delta CRL was not counted ({issuer}).",
    ),
    "crl.entry": Words(
        "CRL пайдаланылмады: ондағы жазба түсініксіз ({issuer}).",
        "CRL не использован: запись в нём не понята ({issuer}).",
        "A CRL was not used: its entry is not understood ({issuer}).",
    ),
    "crl.extension": Words(
        "CRL пайдаланылмады: маңызды кеңейтім түсініксіз ({issuer}).",
        "CRL не использован: критическое расширение не понято ({issuer}).",
        "A CRL was not used: a critical extension is not understood ({issuer}).",
    ),
    "crl.indirect": Words(
        "Жанама CRL есепке алынбады ({issuer}).",
        "Косвенный CRL не учтён ({issuer}).",
        "An indirect CRL was not counted ({issuer}).",
    ),
    "crl.issuer_path": Words(
        "CRL кілтінің жолы дәлелденбеді ({issuer}).",
        "Путь ключа, подписавшего CRL, не доказан ({issuer}).",
        "No path proves the key that signed a CRL ({issuer}).",
    ),
    "crl.issuer_usage": Words(
        "CRL пайдаланылмады: шығарушының кілті бұған арналмаған ({issuer}).",
        "CRL не использован: ключ издателя для этого не предназначен ({issuer}).",
        "A CRL was not used: the issuer's key is not meant for it ({issuer}).",
    ),
    "crl.malformed": Words(
        "CRL оқылмады ({issuer}).", "CRL не читается ({issuer}).", "A CRL can't be read ({issuer})."
    ),
    "crl.not_yet_in_force": Words(
        "CRL тексеру уақытынан кейін шыққан ({issuer}).",
        "CRL выпущен после момента проверки ({issuer}).",
        "A CRL was issued after the validation time ({issuer}).",
    ),
    "crl.null_parameters": Words(
        "CRL ішіндегі және сыртындағы алгоритм тек NULL параметрімен ерекшеленеді ({issuer}).",
        "Алгоритмы внутри и снаружи CRL различаются только параметром NULL ({issuer}).",
        "The algorithms inside and outside a CRL differ only by NULL ({issuer}).",
    ),
    "crl.scope": Words(
        "CRL бұл сертификатты қамтымайды ({issuer}).",
        "CRL не охватывает этот сертификат ({issuer}).",
        "A CRL does not cover this certificate ({issuer}).",
    ),
    "crl.signature": Words(
        "CRL пайдаланылмады: оның қолтаңбасы бұл шығарушының кілтіне сай емес ({issuer}).",
        "CRL не использован: его подпись не от ключа этого издателя ({issuer}).",
        "A CRL was not used: its signature is not by this issuer's key ({issuer}).",
    ),
    "crl.no_number": Words(
        "CRL нөмірі жоқ, сондықтан ол күшінде деп танылмайды ({issuer}).",
        "У CRL нет номера, поэтому он не считается действующим ({issuer}).",
        "A CRL has no number, so it is not taken as in force ({issuer}).",
    ),
    "crl.stale": Words(
        "CRL мерзімі өткен ({issuer}).", "Срок CRL истёк ({issuer}).", "A CRL is out of date ({issuer})."
    ),
    "crl.too_early": Words(
        "CRL қол қою уақытынан бұрын шыққан ({issuer}).",
        "CRL издан раньше времени подписания ({issuer}).",
        "A CRL was issued before the time of signing ({issuer}).",
    ),
    "evidence.unreadable": Words(
        "Берілген файлды оқу мүмкін болмады ({kind}).",
        "Предоставленный файл не читается ({kind}).",
        "A file of evidence can't be read ({kind}).",
    ),
    "format.malformed": Words(
        "Файлдың құрылымы бұзылған.", "Структура файла нарушена.", "The structure of the file is broken."
    ),
    "format.signer_info": Words(
        "Бұл қолтаңбаның құрылымы бұзылған.",
        "Структура этой подписи нарушена.",
        "The structure of this signature is broken.",
    ),
    "engine.differs": Words(
        "Екі есептеу құралының нәтижесі әртүрлі ({algorithm}; екіншісі: {engine}). Сондықтан ештеңе шешілмеді.",
        "Два средства вычисления дали разный результат ({algorithm}; второе: {engine}), поэтому ничего не решено.",
        "Two engines came to different results ({algorithm}; the second: {engine}), so nothing is decided.",
    ),
    "limit.exceeded": Words(
        "Файл шектен асады: {limit}.", "Файл превышает предел: {limit}.", "The file goes beyond a limit: {limit}."
    ),
    "material.unreadable": Words(
        "Құжаттағы кейбір сертификаттар немесе CRL оқылмады: {count}.",
        "Часть сертификатов или CRL в документе не читается: {count}.",
        "Some certificates or CRLs in the document can't be read: {count}.",
    ),
    "ocsp.after_expiry": Words(
        "OCSP жауабы сертификат мерзімі біткеннен кейін берілген ({issuer}).",
        "Ответ OCSP дан после истечения срока сертификата ({issuer}).",
        "An OCSP answer was given after the certificate had expired ({issuer}).",
    ),
    "ocsp.algorithm": Words(
        "OCSP жауабының алгоритміне рұқсат жоқ ({issuer}).",
        "Алгоритм ответа OCSP не разрешён ({issuer}).",
        "The algorithm of an OCSP answer is not allowed ({issuer}).",
    ),
    "ocsp.extension": Words(
        "OCSP жауабында белгісіз міндетті кеңейтім бар ({issuer}).",
        "В ответе OCSP есть неизвестное обязательное расширение ({issuer}).",
        "An OCSP answer has a critical extension that is not understood ({issuer}).",
    ),
    "ocsp.nonce": Words(
        "OCSP жауабы басқа сұрауға берілген ({issuer}).",
        "Ответ OCSP дан на другой запрос ({issuer}).",
        "An OCSP answer is for another request ({issuer}).",
    ),
    "ocsp.not_yet_in_force": Words(
        "OCSP жауабы әлі күшіне енбеген ({issuer}).",
        "Ответ OCSP ещё не вступил в силу ({issuer}).",
        "An OCSP answer is not yet in force ({issuer}).",
    ),
    "ocsp.responder": Words(
        "OCSP жауабын бергеннің оған құқығы жоқ ({issuer}).",
        "Ответивший по OCSP не уполномочен ({issuer}).",
        "Who gave an OCSP answer was not entitled to ({issuer}).",
    ),
    "ocsp.responder_expired": Words(
        "OCSP жауабын берген сертификаттың мерзімі сол кезде жарамсыз болған ({issuer}).",
        "Сертификат ответившего по OCSP тогда не действовал ({issuer}).",
        "The certificate behind an OCSP answer was not valid at that time ({issuer}).",
    ),
    "ocsp.responder_revoked": Words(
        "OCSP жауабын берген сертификат кері қайтарып алынған ({issuer}).",
        "Сертификат ответившего по OCSP отозван ({issuer}).",
        "The certificate behind an OCSP answer is revoked ({issuer}).",
    ),
    "ocsp.responder_status": Words(
        "OCSP жауабын берген сертификаттың мәртебесі белгісіз ({issuer}).",
        "Статус сертификата ответившего по OCSP неизвестен ({issuer}).",
        "The status of the certificate behind an OCSP answer is not known ({issuer}).",
    ),
    "ocsp.signature": Words(
        "OCSP жауабының қолтаңбасы жарамсыз ({issuer}).",
        "Подпись ответа OCSP недействительна ({issuer}).",
        "The signature of an OCSP answer does not hold ({issuer}).",
    ),
    "ocsp.stale": Words(
        "OCSP жауабының мерзімі өткен ({issuer}).",
        "Срок ответа OCSP истёк ({issuer}).",
        "An OCSP answer is out of date ({issuer}).",
    ),
    "ocsp.too_early": Words(
        "OCSP жауабы қол қою уақытынан бұрын берілген ({issuer}).",
        "Ответ OCSP дан раньше времени подписания ({issuer}).",
        "An OCSP answer was given before the time of signing ({issuer}).",
    ),
    "ocsp.unknown": Words(
        "OCSP бұл сертификатты білмейді ({issuer}).",
        "OCSP не знает этого сертификата ({issuer}).",
        "OCSP does not know this certificate ({issuer}).",
    ),
    "container.digest": Words(
        "Файл қол қойылғаннан кейін өзгертілген: {name}.",
        "Файл изменён после подписания: {name}.",
        "A file was changed after it was signed: {name}.",
    ),
    "container.file": Words(
        "Қол қойылған файл контейнерде жоқ: {name}.",
        "Подписанного файла в контейнере нет: {name}.",
        "A signed file is not in the container: {name}.",
    ),
    "container.other": Words(
        "Мұндай дәлел оқылмайды: {name}.",
        "Такое доказательство не читается: {name}.",
        "Evidence of this kind is not read here: {name}.",
    ),
    "container.uncovered": Words(
        "Бұл файлдарға ешкім қол қоймаған: {name}.",
        "Эти файлы никем не подписаны: {name}.",
        "Nobody has signed these files: {name}.",
    ),
    "pdf.changed": Words(
        "Файл осы қолтаңбадан кейін өзгертілген ({revisions} редакцияның {revision}-іне қол қойылған): {why}.",
        "Файл изменён после этой подписи (подписана редакция {revision} из {revisions}): {why}.",
        "The file was changed after this signature (revision {revision} of {revisions} is signed): {why}.",
    ),
    "pdf.encrypted": Words(
        "PDF шифрланған: оның тексеру деректері оқылмады.",
        "PDF зашифрован: его данные для проверки не прочитаны.",
        "The PDF is encrypted: its validation data were not read.",
    ),
    "pdf.kind": Words(
        "Бұл түрдегі PDF қолтаңбасы оқылмайды: {kind}.",
        "Подпись PDF такого вида не читается: {kind}.",
        "A PDF signature of this kind is not read here: {kind}.",
    ),
    "path.algorithm": Words(
        "Сертификат қолтаңбасының алгоритміне рұқсат жоқ: {algorithm} ({why}).",
        "Алгоритм подписи сертификата не разрешён: {algorithm} ({why}).",
        "The algorithm of a certificate's signature is not allowed: {algorithm} ({why}).",
    ),
    "path.ca": Words(
        "Бұл сертификат басқаларын шығара алмайды: {certificate} ({why}).",
        "Этот сертификат не вправе выпускать другие: {certificate} ({why}).",
        "This certificate may not issue others: {certificate} ({why}).",
    ),
    "path.ca_validity": Words(
        "Куәландырушы орталықтың сертификаты жарамды емес: {certificate} ({not_before} – {not_after}).",
        "Сертификат удостоверяющего центра не действует: {certificate} ({not_before} – {not_after}).",
        "The certificate of an authority is out of its period: {certificate} ({not_before} – {not_after}).",
    ),
    "path.extension": Words(
        "Сертификатта түсініксіз маңызды кеңейтім бар: {certificate}, {extension}.",
        "В сертификате непонятое критическое расширение: {certificate}, {extension}.",
        "A certificate has a critical extension that is not understood: {certificate}, {extension}.",
    ),
    "path.found": Words(
        "Сенімді орталыққа дейінгі жол табылмады; шығарушы жетіспейді: {issuer}.",
        "Путь до доверенного центра не найден; недостаёт издателя: {issuer}.",
        "No path to a trusted authority; the issuer is missing or not trusted: {issuer}.",
    ),
    "path.form": Words(
        "Сертификат пішіні ережеге сай емес: {certificate} ({why}).",
        "Форма сертификата нарушает правило: {certificate} ({why}).",
        "The form of a certificate breaks a rule: {certificate} ({why}).",
    ),
    "path.length": Words(
        "Сертификаттар жолы рұқсат етілгеннен ұзын: {certificate}.",
        "Путь сертификатов длиннее разрешённого: {certificate}.",
        "The certificate path is longer than allowed: {certificate}.",
    ),
    "path.malformed": Words(
        "Жолдағы сертификатты оқу мүмкін болмады.",
        "Сертификат в пути не читается.",
        "A certificate in the path can't be read.",
    ),
    "path.names": Words(
        "Шығарушы бұл атауға рұқсат бермейді: {name}.",
        "Издатель не допускает этого имени: {name}.",
        "The issuer does not allow this name: {name}.",
    ),
    "path.policies": Words(
        "Сертификат саясаттары талаптарға сай емес: {certificate}.",
        "Политики сертификата не отвечают требованиям: {certificate}.",
        "The certificate's policies do not meet what is demanded: {certificate}.",
    ),
    "path.validity": Words(
        "Сертификат тексеру уақытында жарамды емес: {certificate} ({not_before} – {not_after}).",
        "На момент проверки сертификат не действует: {certificate} ({not_before} – {not_after}).",
        "The certificate is out of its period: {certificate} ({not_before} – {not_after}).",
    ),
    "revocation.on_hold": Words(
        "Сертификат {revoked_at} бастап тоқтатылған: {certificate}.",
        "Сертификат приостановлен с {revoked_at}: {certificate}.",
        "The certificate is on hold since {revoked_at}: {certificate}.",
    ),
    "revocation.revoked": Words(
        "Сертификат {revoked_at} кері қайтарып алынған ({reason}): {certificate}.",
        "Сертификат отозван {revoked_at} ({reason}): {certificate}.",
        "The certificate was revoked at {revoked_at} ({reason}): {certificate}.",
    ),
    "revocation.unknown": Words(
        "Сертификаттың кері қайтарып алынбағаны белгісіз: {certificate}. Шығарушының CRL тізімі жетіспейді: {issuer}.",
        "Не известно, отозван ли сертификат: {certificate}. Недостаёт CRL издателя: {issuer}.",
        "Whether the certificate is revoked is not known: {certificate}. The CRL of its issuer is missing: {issuer}.",
    ),
    "signature.value": Words(
        "Қолтаңба мәні қол қоюшының кілтіне сәйкес келмейді.",
        "Значение подписи не соответствует ключу подписавшего.",
        "The signature value does not belong to the signer's key.",
    ),
    "signatures.present": Words(
        "Файлда бірде-бір қолтаңба жоқ.", "В файле нет ни одной подписи.", "The file holds no signature at all."
    ),
    "signer.bin": Words(
        "БСН бақылау цифры сәйкес келмейді: {bin}.",
        "Контрольная цифра БИН не сходится: {bin}.",
        "The check digit of the BIN does not fit: {bin}.",
    ),
    "signer.certificate": Words(
        "Қол қоюшының сертификаты табылмады ({issuer}, {serial}).",
        "Сертификат подписавшего не найден ({issuer}, {serial}).",
        "The signer's certificate was not found ({issuer}, {serial}).",
    ),
    "signer.identity": Words(
        "Сертификаттан қол қоюшының кім екені анықталмады.",
        "Из сертификата не видно, кто подписал.",
        "The certificate does not tell who signed.",
    ),
    "signer.iin": Words(
        "ЖСН бақылау цифры сәйкес келмейді: {iin}.",
        "Контрольная цифра ИИН не сходится: {iin}.",
        "The check digit of the IIN does not fit: {iin}.",
    ),
    "signer.key_usage": Words(
        "Сертификаттың кілті қол қоюға арналмаған ({usage}).",
        "Ключ сертификата не предназначен для подписи ({usage}).",
        "The certificate's key is not meant for signing ({usage}).",
    ),
    "signer.malformed": Words(
        "Қол қоюшының сертификатын оқу мүмкін болмады.",
        "Сертификат подписавшего не читается.",
        "The signer's certificate can't be read.",
    ),
    "signer.no_reference": Words(
        "Қолтаңбада сертификат көрсетілмеген.",
        "Сертификат в подписи не назван.",
        "The signature does not name its certificate.",
    ),
    "signer.purpose": Words(
        "Сертификаттың кілті бұл мақсатқа арналмаған ({purpose}).",
        "Ключ сертификата не предназначен для этой цели ({purpose}).",
        "The certificate's key is not meant for this purpose ({purpose}).",
    ),
    "signer.reference": Words(
        "Қолтаңбада басқа сертификат көрсетілген.",
        "В подписи назван другой сертификат.",
        "The signature names another certificate.",
    ),
    "signer.reference_issuer": Words(
        "Қолтаңбада көрсетілген шығарушы сертификаттағыдан өзгеше.",
        "Издатель, названный в подписи, отличается от издателя сертификата.",
        "The issuer named in the signature is not the certificate's.",
    ),
    "signer.reference_weak": Words(
        "Сертификат әлсіз хэшпен көрсетілген ({algorithm}).",
        "Сертификат назван слабым хэшем ({algorithm}).",
        "The certificate is named by a weak hash ({algorithm}).",
    ),
    "stamp.authority": Words(
        "Бұл сертификат тек уақыт белгілеріне арналмаған: {certificate} ({why}).",
        "Этот сертификат не предназначен только для меток времени: {certificate} ({why}).",
        "This certificate is not for time stamps alone: {certificate} ({why}).",
    ),
    "stamp.expired": Words(
        "Уақыт белгісін қойған сертификаттың мерзімі өткен: {certificate}, {not_after} дейін.",
        "Срок сертификата центра меток времени истёк: {certificate}, до {not_after}.",
        "The certificate behind the time stamp has expired: {certificate}, until {not_after}.",
    ),
    "stamp.format": Words(
        "Уақыт белгісін оқу мүмкін болмады.", "Метка времени не читается.", "The time stamp can't be read."
    ),
    "stamp.future": Words(
        "Уақыт белгісі болашақтан: {time}, тексеру уақыты {at}.",
        "Метка времени из будущего: {time}, момент проверки {at}.",
        "The time stamp is from the future: {time}, judged at {at}.",
    ),
    "stamp.imprint": Words(
        "Уақыт белгісі басқа деректерге қойылған.",
        "Метка времени поставлена на другие данные.",
        "The time stamp is over other data.",
    ),
    "stamp.nonce": Words(
        "Уақыт белгісі басқа сұрауға берілген.",
        "Метка времени выдана на другой запрос.",
        "The time stamp answers another request.",
    ),
    "stamp.policy": Words(
        "Уақыт белгісінің саясаты күтілгеннен өзгеше: {policy}.",
        "Политика метки времени не та, что ожидалась: {policy}.",
        "The time stamp has a policy that was not expected: {policy}.",
    ),
    "stamp.reference": Words(
        "Уақыт белгісінде сертификат көрсетілмеген.",
        "В метке времени не назван её сертификат.",
        "The time stamp does not name its certificate.",
    ),
    "stamp.revoked_later": Words(
        "Сертификат кейін кері қайтарылған: {revoked_at} ({reason}); уақыт белгісінің бұрын болғаны дәлелденбеген.",
        "Сертификат позже, {revoked_at}, отозван ({reason}); что метка времени старше, не доказано.",
        "The certificate was revoked later, at {revoked_at} ({reason}); nothing proves that the time stamp is older.",
    ),
    "time.claimed_unreadable": Words(
        "Қол қоюшы көрсеткен уақыт оқылмады.",
        "Заявленное время подписания не читается.",
        "The claimed time of signing can't be read.",
    ),
    "time.order": Words(
        "Уақыт белгілерінің реті бұзылған.",
        "Порядок меток времени нарушен.",
        "The time stamps are out of order.",
    ),
    "time.slide": Words(
        "Жолдың жарамдылығы тек {limit} дейін дәлелденген.",
        "Действительность пути доказана только до {limit}.",
        "The path is proven only until {limit}.",
    ),
    "time.stamp": Words(
        "Уақыт белгісі ештеңені дәлелдемейді ({kind}: {detail}).",
        "Метка времени ничего не доказывает ({kind}: {detail}).",
        "A time stamp proves nothing ({kind}: {detail}).",
    ),
    "xml.manifest": Words(
        "Манифестте аталған файлдар салыстырылмады.",
        "Файлы, названные в манифесте, не сверялись.",
        "The files that the manifest names were not compared.",
    ),
    "xml.properties": Words(
        "Қолтаңбаның қасиеттеріне қол қойылмаған, олар есепке алынбады.",
        "Свойства подписи не подписаны и не учтены.",
        "The properties of the signature are not signed and do not count.",
    ),
    "xml.transform": Words(
        "Мұндай түрлендіру оқылмайды: {algorithm}.",
        "Такое преобразование не читается: {algorithm}.",
        "This transform is not read here: {algorithm}.",
    ),
}

_ONLY_DIGESTS: Final = Words(
    "Берілген құжатты салыстыру мүмкін болмады.",
    "Сравнить предоставленный документ не удалось.",
    "The document given could not be compared.",
)

REASONS: Final[Mapping[str, Words]] = {
    "annotation": Words("аннотациялар", "аннотации", "annotations"),
    "catalog": Words("құжаттың құрылымы", "структура документа", "the structure of the document"),
    "content": Words("мазмұны", "содержание", "content"),
    "form_field": Words("нысан өрістері", "поля формы", "form fields"),
    "page": Words("беттер", "страницы", "pages"),
    "unknown": Words("белгісіз алгоритм", "неизвестный алгоритм", "unknown algorithm"),
    "short": Words("кілт тым қысқа", "слишком короткий ключ", "the key is too short"),
    "too_late": Words("мерзімі өткен", "срок применения истёк", "its time is over"),
    "not_a_ca": Words("орталық емес", "не удостоверяющий центр", "not an authority"),
    "no_name": Words("атауы жоқ", "нет имени", "no name"),
    "usage": Words("мақсаты басқа", "иное назначение", "another usage"),
    "not_critical": Words("мақсаты маңызды деп белгіленбеген", "назначение не критично", "the usage is not critical"),
    "key_usage": Words("кілт мақсаты басқа", "иное назначение ключа", "another key usage"),
    "signing": Words("қол қою", "подпись", "signing"),
    "authentication": Words("аутентификация", "аутентификация", "authentication"),
    "other": Words("басқа мақсат", "иная цель", "another purpose"),
    "unspecified": Words("себебі көрсетілмеген", "причина не указана", "no reason given"),
    "keyCompromise": Words("кілт жария болған", "компрометация ключа", "key compromise"),
    "cACompromise": Words("орталық кілті жария болған", "компрометация центра", "compromise of the authority"),
    "affiliationChanged": Words("деректері өзгерген", "изменение данных владельца", "the holder's data changed"),
    "superseded": Words("ауыстырылған", "заменён", "superseded"),
    "cessationOfOperation": Words("қызметі тоқтатылған", "прекращение деятельности", "cessation of operation"),
    "certificateHold": Words("уақытша тоқтатылған", "приостановлен", "on hold"),
    "privilegeWithdrawn": Words("құқығы алынған", "права отозваны", "privilege withdrawn"),
    "aACompromise": Words("атрибут орталығы жария болған", "компрометация центра атрибутов", "AA compromise"),
}

ROLES: Final[Mapping[str, Words]] = {
    "head": Words("бірінші басшы", "первый руководитель", "first head"),
    "right_to_sign": Words("қол қою құқығы бар қызметкер", "сотрудник с правом подписи", "employee with right to sign"),
    "right_to_sign_financial": Words(
        "қаржы құжаттарына қол қою құқығы бар қызметкер",
        "сотрудник с правом подписи финансовых документов",
        "employee with right to sign financial documents",
    ),
    "hr": Words("кадр бөлімінің қызметкері", "сотрудник отдела кадров", "employee of the HR department"),
    "employee": Words("ұйым қызметкері", "сотрудник организации", "employee of the organization"),
    "treasury_client": Words("Қазынашылық-Клиент жүйесі", "система Казначейство-Клиент", "Treasury client"),
}

WANTS: Final[Mapping[WantKind, Words]] = {
    WantKind.SIGNER: Words(
        "қол қоюшының сертификаты ({issuer}, {serial})",
        "сертификат подписавшего ({issuer}, {serial})",
        "the signer's certificate ({issuer}, {serial})",
    ),
    WantKind.ISSUER: Words(
        "шығарушының сертификаты: {issuer}", "сертификат издателя: {issuer}", "the issuer's certificate: {issuer}"
    ),
    WantKind.OCSP: Words(
        "{subject} туралы OCSP жауабы", "ответ OCSP о сертификате {subject}", "the OCSP answer about {subject}"
    ),
    WantKind.CRL: Words(
        "{issuer} шығарған CRL тізімі", "список отозванных (CRL) от {issuer}", "the CRL issued by {issuer}"
    ),
}

ERRORS: Final[Mapping[str, Words]] = {
    "not_a_signed_document": Words(
        "Бұл қол қойылған құжат емес.", "Это не подписанный документ.", "This is not a signed document."
    ),
    "confirmation_is_not_a_signature": Words(
        "Бұл цифрлық растау туралы түбіртек. Растау электрондық цифрлық қолтаңба болып табылмайды.",
        "Это квитанция о цифровом подтверждении. Подтверждение не является электронной цифровой подписью.",
        "This is a confirmation receipt. A confirmation is not a signature.",
    ),
    "login_challenge_is_not_a_document": Words(
        "Бұл жүйеге кіруге арналған қол қойылған сұрау. Ол қол қойылған құжат емес.",
        "Это подписанный запрос для входа. Это не подписанный документ.",
        "This is a signed login challenge. It is not a signed document.",
    ),
    "not_a_login_challenge": Words(
        "Қол қойылған мазмұн кіру сұрауы емес.",
        "Подписанное содержание не является запросом для входа.",
        "The signed content is not a login challenge.",
    ),
    "format_not_read": Words(
        "Бұл форматтағы қолтаңбалар оқылмайды.",
        "Подписи в этом формате здесь не читаются.",
        "Signatures in this format are not read here.",
    ),
    "limit_exceeded": Words("Файл шектен асады.", "Файл превышает предел.", "The input goes beyond a limit."),
    "malformed": Words("Құрылымы бұзылған.", "Структура нарушена.", "The structure is broken."),
    "bad_certificate": Words(
        "Сертификатты оқу мүмкін болмады.", "Сертификат не читается.", "A certificate can't be read."
    ),
    "bad_argument": Words("Аргумент жарамсыз.", "Недопустимый аргумент.", "An argument is not valid."),
    "unknown_algorithm": Words(
        "Алгоритмге қолдау көрсетілмейді.", "Алгоритм не поддерживается.", "The algorithm is not supported."
    ),
    "gost_key_invalid": Words("ГОСТ кілті жарамсыз.", "Ключ ГОСТ недействителен.", "The GOST key is not valid."),
    "signatures_error": Words(
        "Қолтаңбаны тексеру мүмкін болмады.", "Проверить подпись не удалось.", "The signature could not be verified."
    ),
}

_CODED: Final = ("why", "reason", "purpose")
_NAMED: Final = ("certificate", "issuer", "subject", "anchor", "name")
_COMMON_NAME: Final = re.compile(r"(?:^|[,+])CN=((?:\\.|[^,+\\])*)")


def sentence(check: Check, locale: str) -> str:
    """One check as a sentence in kk, ru or en."""
    holds = check.outcome in (Outcome.PASSED, Outcome.INFORMATION)
    words = (HOLDS if holds else FAILS)[check.code]
    if check.code == "content.same" and check.outcome is Outcome.NOT_DONE:
        words = _ONLY_DIGESTS
    return words.say(locale, **{name: _show(name, value, locale) for name, value in check.params})


def describe_want(want: Want, locale: str) -> str:
    """What is missing, in words."""
    return WANTS[want.kind].say(
        locale, issuer=shorten(want.issuer), subject=shorten(want.subject), serial=want.serial or want.key_id
    )


def shorten(name: str) -> str:
    """The common name out of a distinguished name in RFC 4514 form; the whole name if there is none."""
    match = _COMMON_NAME.search(name)
    return re.sub(r"\\(.)", r"\1", match[1]) if match else name


def _show(name: str, value: str, locale: str) -> str:
    if name in _CODED:
        words = REASONS.get(value)
        return words.say(locale) if words else value
    return shorten(value) if name in _NAMED else value
