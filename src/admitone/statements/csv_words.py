"""How banks call the columns of a CSV statement, in English, German, French, Dutch, Spanish and Polish.

There is no standard: the words are those banks write above their columns. They are compared without case, accents and
signs. A column nobody knows is left alone; what is not found is asked for (`ColumnsNotFound`), never assumed.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final


class Column(StrEnum):
    """What a column says.

    AMOUNT is signed or has a SIDE beside it; else money is in IN and OUT. NAME is the other side, or who paid;
    PAYEE, if there is one, who was paid. ACCOUNT is whose statement it is.
    """

    BOOKED = "booked"
    VALUED = "valued"
    AMOUNT = "amount"
    IN = "in"
    OUT = "out"
    SIDE = "side"
    CURRENCY = "currency"
    NAME = "name"
    PAYEE = "payee"
    IBAN = "iban"
    TEXT = "text"
    REF = "ref"
    STATUS = "status"
    ACCOUNT = "account"


_SPOKEN: Final[dict[Column, str]] = {
    Column.BOOKED: """
        date|booking date|booked on|posting date|post date|transaction date|completed date|date completed|
        date completed (utc)|        finished on|entry date|date posted|
        buchungstag|buchungsdatum|buchung|datum|belegdatum|
        date de comptabilisation|date d'operation|date operation|date de l'operation|date comptable|date de transaction|
        boekdatum|boekingsdatum|transactiedatum|uitvoeringsdatum|datum boeking|
        fecha|fecha operacion|fecha de operacion|f. operacion|fecha contable|fecha de la operacion|
        data operacji|data ksiegowania|data transakcji|data
    """,
    Column.VALUED: """
        value date|wertstellung|valuta|valutadatum|wertstellungsdatum|date de valeur|date valeur|rentedatum|
        fecha valor|f. valor|fecha de valor|data waluty
    """,
    Column.AMOUNT: """
        amount|transaction amount|amount (eur)|amount eur|amount in eur|value|paid amount|source amount|
        betrag|betrag (eur)|betrag (€)|umsatz|umsatz in eur|betrag in eur|buchungsbetrag|
        montant|montant (eur)|montant en eur|montant de l'operation|
        bedrag|bedrag (eur)|bedrag eur|transactiebedrag|
        importe|importe (eur)|importe eur|importe (€)|cantidad|
        kwota|kwota operacji|kwota transakcji|kwota w walucie rachunku
    """,
    Column.IN: """
        credit|credit amount|paid in|money in|in|deposits|deposit|haben|gutschrift|eingang|
        credit eur|credit euros|montant credit|bij|bijschrijving|abono|abonos|haber|ingresos|
        uznania|kwota uznania|wplywy|credit (eur)
    """,
    Column.OUT: """
        debit|debit amount|paid out|money out|out|withdrawals|withdrawal|soll|lastschrift|ausgang|
        debit eur|debit euros|montant debit|af|afschrijving|cargo|cargos|debe|gastos|
        obciazenia|kwota obciazenia|wydatki|debit (eur)
    """,
    Column.SIDE: """
        debit/credit|credit/debit|dr/cr|cr/dr|d/c|c/d|direction|credit debit indicator|
        soll/haben|s/h|kennzeichen|umsatzart soll/haben|sens|af bij|af/bij|debet/credit|debet credit|signo|wn/ma
    """,
    Column.CURRENCY: """
        currency|currency code|ccy|account currency|wahrung|waehrung|devise|monnaie|munt|muntsoort|valuta code|
        divisa|moneda|waluta|waluta operacji
    """,
    Column.NAME: """
        name|payer|payer name|payer / payee|counterparty|counterparty name|counter party|beneficiary / remitter|
        sender|sender name|partner name|source name|description name|
        beguenstigter/zahlungspflichtiger|begunstigter/zahlungspflichtiger|auftraggeber/empfanger|
        auftraggeber / begunstigter|name zahlungsbeteiligter|zahlungspflichtige*r|zahlungspflichtiger|
        auftraggeber|gegenpartei|partnername|
        contrepartie|nom de la contrepartie|nom contrepartie|tiers|emetteur|donneur d'ordre|
        naam tegenpartij|tegenpartij|naam / omschrijving|naam|tegenrekening naam|tegenrekeninghouder|
        ordenante|ordenante/beneficiario|contrapartida|nombre|remitente|
        nadawca|nadawca / odbiorca|nadawca/odbiorca|kontrahent|dane kontrahenta|nazwa kontrahenta
    """,
    Column.PAYEE: """
        payee|payee name|recipient|beneficiary|zahlungsempfanger*in|zahlungsempfanger|empfanger|begunstigter|
        beneficiaire|begunstigde|beneficiario|odbiorca
    """,
    Column.IBAN: """
        iban|payer iban|counterparty iban|account number of counterparty|partner iban|counterparty account|
        kontonummer/iban|iban zahlungsbeteiligter|iban / kontonummer|kontonummer|iban des auftraggebers|
        iban contrepartie|compte contrepartie|iban de la contrepartie|
        tegenrekening|tegenrekening iban/bban|iban tegenpartij|iban/bban tegenpartij|rekening tegenpartij|
        iban ordenante|cuenta contrapartida|iban contrapartida|
        numer rachunku|rachunek kontrahenta|numer rachunku kontrahenta|nr rachunku kontrahenta|konto kontrahenta|
        numer konta
    """,
    Column.TEXT: """
        reference|payment reference|description|details|payment details|memo|narrative|message|note|
        purpose|payment purpose|purpose of payment|remittance information|transaction details|particulars|
        end-to-end id|end to end id|
        verwendungszweck|kundenreferenz|kundenreferenz (end-to-end)|vorgang/verwendungszweck|zahlungsreferenz|
        betreff|buchungsdetails|umsatztext|bemerkung|mitteilung|
        libelle|libelle complet|libelle operation|motif|communication|communications|informations complementaires|
        detail de l'ecriture|reference de bout en bout|nature de l'operation|
        omschrijving|omschrijving-1|omschrijving-2|omschrijving-3|mededelingen|mededeling|betalingskenmerk|kenmerk|
        concepto|observaciones|mas datos|referencia 1|referencia 2|concepto ampliado|descripcion|
        tytul|tytul operacji|tytul platnosci|opis|opis operacji|opis transakcji|szczegoly
    """,
    Column.REF: """
        transaction id|transaction reference|bank reference|id|transferwise id|entry reference|statement line id|
        bankreferenz|referenznummer|transaktionsnummer|buchungsreferenz|reference de l'operation|
        numero d'operation|reference operation|volgnr|volgnummer|transactiereferentie|
        numero de operacion|numero operacion|referencia|numer transakcji|numer referencyjny|nr transakcji
    """,
    Column.ACCOUNT: """
        own account|own account iban|auftragskonto|iban auftragskonto|rekening|iban/bban|rekeningnummer|eigen rekening
    """,
    Column.STATUS: "status|state|info|etat|statut|estado",
}

INCOMING_WORDS: Final = frozenset(
    [
        "c",
        "cr",
        "credit",
        "crdt",
        "in",
        "h",
        "haben",
        "gutschrift",
        "+",
        "bij",
        "ma",
        "uznanie",
        "abono",
        "haber",
        "credito",
    ]
)
OUTGOING_WORDS: Final = frozenset(
    [
        "d",
        "dr",
        "debit",
        "dbit",
        "debet",
        "out",
        "s",
        "soll",
        "lastschrift",
        "-",
        "af",
        "wn",
        "obciazenie",
        "cargo",
        "debe",
        "debito",
    ]
)
# Announced or turned down: no money that moved. Compared with the start of the words.
NOT_BOOKED_WORDS: Final = (
    "pending",
    "reverted",
    "declined",
    "failed",
    "cancelled",
    "vorgemerkt",
    "umsatz vorgemerkt",
    "en attente",
    "en cours",
    "pendiente",
    "in behandeling",
    "gereserveerd",
    "oczekujaca",
    "zablokowana",
    "odrzucona",
)


def folded(words: str) -> str:
    """Words to compare: lower case, no accents, one space between them; signs stay (`D/C` is not `D`)."""
    plain = words.casefold().replace("ł", "l").replace("ß", "ss")
    letters = (letter for letter in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(letter))
    return " ".join("".join(letters).replace("_", " ").replace("\u2019", "'").strip(' ".:#').split())


_MEANS: Final = {
    folded(word): column for column, words in _SPOKEN.items() for word in words.split("|") if word.strip()
}


def guess(headers: Sequence[str]) -> dict[Column, list[int]]:
    """Which columns say what, by the words above them. The first wins, but every TEXT column is read."""
    found: dict[Column, list[int]] = {}
    for place, header in enumerate(headers):
        column = _MEANS.get(folded(header))
        if column is not None and (column is Column.TEXT or column not in found):
            found.setdefault(column, []).append(place)
    return found


def choose(headers: Sequence[str], chosen: Mapping[Column, str]) -> dict[Column, list[int]]:
    """As `guess`, with what somebody chose by hand: the words above a column, `""` for no column. TEXT may name
    several, one a line. A name the file does not have is left out.
    """
    found = guess(headers)
    plain = [folded(header) for header in headers]
    for column, names in chosen.items():
        wanted = [folded(name) for name in names.split("\n") if name.strip()]
        places = [plain.index(name) for name in wanted if name in plain]
        found = {other: [at for at in rest if at not in places] for other, rest in found.items()}
        found[column] = places
    return {column: places for column, places in found.items() if places}


def is_enough(found: Mapping[Column, list[int]]) -> bool:
    """A day and an amount: without them there is no line."""
    has_day = Column.BOOKED in found or Column.VALUED in found
    return has_day and (Column.AMOUNT in found or Column.IN in found)
