"""What a person reads in their signing program, and what they are told over their channel; in kk, ru and en."""

from collections.abc import Mapping
from typing import Final

from confirmations.words import Words

SIGNED: Final[Mapping[str, Words]] = {
    "login": Words(
        "Бұл — жүйеге кіру: {party}. Бұл құжатқа қол қою емес және ешнәрсеге келісім емес.",
        "Это вход: {party}. Это не подписание документа и не согласие на что-либо.",
        "This is a login: {party}. It signs no document and agrees to nothing.",
    ),
    "registration": Words(
        "Бұл — тіркелу үшін жүйеге кіру: {party}. Бұл құжатқа қол қою емес және ешнәрсеге келісім емес.",
        "Это вход для регистрации: {party}. Это не подписание документа и не согласие на что-либо.",
        "This is a login to register: {party}. It signs no document and agrees to nothing.",
    ),
    "certificate": Words(
        "Бұл — ЭЦҚ сертификатын кіру тәсілі ретінде қосу: {party}. Бұл құжатқа қол қою емес және ешнәрсеге келісім"
        " емес.",
        "Это добавление сертификата ЭЦП как способа входа: {party}. Это не подписание документа и не согласие на"
        " что-либо.",
        "This adds an EDS certificate as a way to sign in: {party}. It signs no document and agrees to nothing.",
    ),
}
"""By purpose; each stands in what is signed, so that the signing program shows it."""

SUBJECT: Final = Words("Кіру тәсілі өзгерді", "Изменился способ входа", "A way to sign in has changed")
ADDED: Final = Words(
    "Тіркелгіңізге ЭЦҚ сертификаты қосылды.",
    "К вашей учётной записи добавлен сертификат ЭЦП.",
    "An EDS certificate was added to your account.",
)
REMOVED: Final = Words(
    "Тіркелгіңізден ЭЦҚ сертификаты жойылды.",
    "Из вашей учётной записи удалён сертификат ЭЦП.",
    "An EDS certificate was removed from your account.",
)
CODE_SUBJECT: Final = Words("Тіркелу коды", "Код для регистрации", "Code to register")
CODE: Final = Words(
    "{code} — тіркелу коды, {organisation}. Оны ешкімге айтпаңыз. Тіркелмесеңіз, хабарды елемеңіз.\n@{host} #{plain}",
    "{code} — код для регистрации, {organisation}. Никому его не сообщайте. Если вы не регистрируетесь, не отвечайте."
    "\n@{host} #{plain}",
    "{code} is the code to register, {organisation}. Tell it to nobody. If you are not registering, ignore this."
    "\n@{host} #{plain}",
)
