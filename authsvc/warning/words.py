"""What notices about a person's own account say, in Kazakh, Russian and English (docs/glossary.md)."""

from typing import Final

from confirmations.words import Words

SUBJECT: Final = Words(
    "Тіркелгіңіз туралы хабарлама", "Уведомление о вашей учётной записи", "Notice about your account"
)
NOT_ME: Final = Words(
    "Бұл сіз болмасаңыз, тіркелгіні бұғаттаңыз: {link}",
    "Если это были не вы, заблокируйте учётную запись: {link}",
    "If this was not you, freeze the account: {link}",
)
NOT_ALONE: Final = Words(
    "Тіркелгіңізді басқа біреу пайдаланса, оны бұғаттаңыз: {link}",
    "Если вашей учётной записью пользуется кто-то другой, заблокируйте её: {link}",
    "If somebody else uses your account, freeze it: {link}",
)
CODE_USED: Final = Words(
    "Тіркелгіңізге қалпына келтіру кодымен кірді. Қалған код саны: {left}.",
    "В вашу учётную запись вошли по коду восстановления. Осталось кодов: {left}.",
    "Somebody signed in to your account by a recovery code. Codes left: {left}.",
)
NEW_CODES: Final = Words(
    "Тіркелгіңізге жаңа қалпына келтіру кодтары жасалды. Бұрынғылары жарамсыз.",
    "Для вашей учётной записи созданы новые коды восстановления. Прежние больше не действуют.",
    "New recovery codes were made for your account. Those before are good no longer.",
)
PASSWORD_CHANGED: Final = Words(
    "Тіркелгіңіздің құпиясөзі өзгертілді.",
    "Пароль вашей учётной записи изменён.",
    "The password of your account was changed.",
)
ADDRESS_ADDED: Final = Words(
    "Тіркелгіңізге жаңа мекенжай қосылды.",
    "К вашей учётной записи добавлен новый адрес.",
    "A new address was added to your account.",
)
HELD: Final = Words(
    "Тіркелгіңізге жаңа кіру тәсілдерін орнатуды сұрады. Ол {time} дейін мүмкін емес.",
    "Для вашей учётной записи попросили настроить новые способы входа. До {time} это невозможно.",
    "Somebody asked to set up new ways to sign in to your account. It is not possible before {time}.",
)
RECOVERED: Final = Words(
    "Тіркелгіңізге жаңа кіру тәсілдері орнатылды. Бұрынғылары жарамсыз.",
    "Для вашей учётной записи настроены новые способы входа. Прежние больше не действуют.",
    "New ways to sign in were set up for your account. Those before are good no longer.",
)
FROZEN: Final = Words(
    "Тіркелгіңіз бұғатталды: кіру мүмкін емес, күтіп тұрған сұраулар тоқтатылды. Ашу үшін жеке куәлікпен тіркеу орнына"
    " келіңіз.",
    "Ваша учётная запись заблокирована: войти нельзя, ожидавшие запросы отменены. Чтобы открыть её, придите в пункт"
    " регистрации с удостоверением личности.",
    "Your account is frozen: nobody can sign in, and requests that waited are cancelled. To open it, come to a"
    " registration counter with your identity document.",
)
APP_CHANGED: Final = Words(
    "Тіркелгіңіздің аутентификатор қолданбасы ауыстырылды.",
    "Приложение-аутентификатор вашей учётной записи заменено.",
    "The authenticator app of your account was replaced.",
)
MAILBOX_CODE: Final = Words(
    "Бұл мекенжайды тіркелгіңізге қосу коды: {code}. Код 10 минут жарамды.",
    "Код, чтобы добавить этот адрес к вашей учётной записи: {code}. Код действует 10 минут.",
    "The code to add this address to your account: {code}. It is good for 10 minutes.",
)
