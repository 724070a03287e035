"""Findings about export, documents, reports and seal, in Kazakh, Russian and English (evidence format, section 12)."""

from collections.abc import Mapping
from typing import Final

from confirmations.words import Words

CUSTODY: Final[Mapping[str, Words]] = {
    "no_export_record": Words(
        "экспорт туралы жазба жоқ", "записи о выгрузке нет", "the record of the export is missing"
    ),
    "export_not_disclosed": Words(
        "экспорт тізімі ашылмаған", "список выгрузки не раскрыт", "the export list is not disclosed"
    ),
    "record_added": Words(
        "жазба экспорт тізімінде жоқ: ол қосылған",
        "записи нет в списке выгрузки: она добавлена",
        "the record is not in the export list: it was added",
    ),
    "record_removed": Words(
        "экспорт тізіміндегі жазба жоқ: {id}",
        "записи из списка выгрузки нет: {id}",
        "a record of the export list was removed: {id}",
    ),
    "slots_differ": Words(
        "ашылған мәндер экспорт тізіміне сай емес",
        "раскрыты не те значения, что в списке выгрузки",
        "other values are disclosed than the export list says",
    ),
    "export_count": Words(
        "жазбалар саны экспорт жазбасына сай емес",
        "число записей не совпадает с записью о выгрузке",
        "the number of records is not the one of the export record",
    ),
    "request_differs": Words(
        "сұрау салу экспорт жазбасы айтқан сұрау салу емес",
        "запрос не тот, о котором говорит запись о выгрузке",
        "the request is not the one that the export record speaks of",
    ),
    "head": Words(
        "экспорт жазбасы адамның {number} нөмірлі соңғы жазбасын атамайды",
        "запись о выгрузке не называет последнюю запись лица, номер {number}",
        "the export record does not name this person's head, number {number}",
    ),
    "reference_missing": Words(
        "аталған жазба пакетте де, тізімде де жоқ: {id}",
        "названной записи нет ни в пакете, ни в списке: {id}",
        "the record named here is neither in the package nor listed as left out: {id}",
    ),
    "content_not_seen": Words(
        "мазмұн көрілмеген: тексеріс құжаттың хеші бойынша жасалған",
        "содержание не видели: проверка была по хешу документа",
        "content not seen: the verification was by digest",
    ),
    "content_not_packaged": Words(
        "құжаттың өзі пакетте жоқ", "самого документа в пакете нет", "the document itself is not in the package"
    ),
    "document_not_packaged": Words(
        "қол қойылған құжат пакетте жоқ, қолтаңба қайта тексерілмеді",
        "подписанного документа в пакете нет, подпись повторно не проверялась",
        "the signed document is not in the package; its signature was not judged again",
    ),
    "document_of_nothing": Words(
        "бұл құжат туралы тексеріс жазбасы жоқ",
        "о проверке этого документа нет записи",
        "no record of a verification of this document",
    ),
    "document_digest": Words(
        "құжат жазба айтқан құжат емес",
        "документ не тот, о котором говорит запись",
        "the document is not the one that the record speaks of",
    ),
    "eds_not_judged": Words(
        "электрондық цифрлық қолтаңба қайта тексерілмеді",
        "электронная цифровая подпись повторно не проверялась",
        "the electronic digital signature was not judged again",
    ),
    "eds_differs": Words(
        "қолтаңбаның қайта тексерісі басқа нәтиже берді: жазбада {recorded}, қазір {found}",
        "повторная проверка подписи дала другой итог: в записи {recorded}, сейчас {found}",
        "judging the signature again gave another result: recorded {recorded}, found {found}",
    ),
    "eds_again_differs": Words(
        "экспорт қолтаңбаның қайта тексерісін басқаша айтады: экспортта {stated}, мұнда {found}",
        "выгрузка говорит о повторной проверке подписи иное: в выгрузке {stated}, здесь {found}",
        "the export tells of judging the signature again otherwise: in the export {stated}, here {found}",
    ),
    "report_missing": Words("есеп жоқ", "отчёта нет", "the report is missing"),
    "report_of_another_release": Words(
        "есеп бағдарламаның басқа шығарылымынан және дәлел емес: жазбалардың өзін оқыңыз",
        "отчёт другого выпуска программы и не является доказательством: читайте сами записи",
        "the report is of another release and is not evidence: read the records themselves",
    ),
    "report_differs": Words(
        "есеп жазбалардан өзге нәрсе айтады",
        "отчёт говорит не то, что записи",
        "the report says other than the records",
    ),
    "report_pdf_not_rebuilt": Words(
        "report.pdf қайта жасалып салыстырылмады және дәлел емес: жазбалардың өзін оқыңыз",
        "report.pdf не был создан заново для сравнения и не является доказательством: читайте сами записи",
        "report.pdf was not made again for comparison and is not evidence: read the records themselves",
    ),
    "how_to_differs": Words(
        "нұсқаулық осы шығарылымдікі емес; ол дәлел емес",
        "инструкция не этого выпуска; она не доказательство",
        "the instructions are not of this release; they are not evidence",
    ),
    "verifier_unknown": Words(
        "пакеттегі тексергіш trust.json атаған шығарылымдардың бірі емес: оны іске қоспаңыз",
        "программа проверки в пакете не из тех выпусков, что названы в trust.json: не запускайте её",
        "the verifier in the package is none of the releases that trust.json names: do not run it",
    ),
    "verifier_not_named": Words(
        "trust.json бұл тексергіштің шығарылымдарын атамайды: тексергішті басқа жерден алыңыз",
        "trust.json не называет выпусков этой программы проверки: возьмите её в другом месте",
        "trust.json names no release of this verifier: get the verifier elsewhere",
    ),
    "seal_removed": Words(
        "ұйымның мөрі алынып тасталған",
        "печать организации удалена",
        "the seal of the organisation was removed",
    ),
    "seal_added": Words(
        "пакетте мөр бар, ал сақтау тізімі ол жоқ дейді",
        "в пакете есть печать, а опись хранения говорит, что её нет",
        "there is a seal, and the custody record says that there is none",
    ),
    "seal_incomplete": Words(
        "ұйымның мөрі толық емес", "печать организации неполна", "the seal of the organisation is incomplete"
    ),
    "seal_manifest": Words(
        "мөр пакеттің дәл осы файлдарын қамтымайды",
        "печать охватывает не в точности эти файлы пакета",
        "the seal does not cover exactly these files",
    ),
    "seal_broken": Words("мөр оқылмайды", "печать не читается", "the seal can't be read"),
    "seal_not_judged": Words("мөр тексерілмеді", "печать не проверялась", "the seal was not judged"),
    "seal_fails": Words(
        "ұйымның мөрі жарамсыз: {found}",
        "печать организации недействительна: {found}",
        "the seal of the organisation fails: {found}",
    ),
    "seal_not_trusted": Words(
        "мөр файлдарға сай, бірақ оның иесі расталмады ({found}): {signer}",
        "печать соответствует файлам, но её владелец не подтверждён ({found}): {signer}",
        "the seal fits the files, but whose it is was not confirmed ({found}): {signer}",
    ),
    "sealed_by": Words(
        "пакетті мөрлеген: {signer}", "пакет скреплён печатью: {signer}", "the package was sealed by {signer}"
    ),
    "seal_not_stamped": Words(
        "мөрде уақыт белгісі жоқ: оның уақытын тек қызмет айтады",
        "на печати нет метки времени: её время называет только служба",
        "there is no time stamp on the seal: only the service states its time",
    ),
    "no_seal": Words(
        "пакетте ұйымның мөрі жоқ", "в пакете нет печати организации", "the package carries no seal of the organisation"
    ),
}
