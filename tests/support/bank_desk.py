"""An organiser with an account for transfers and a till at the door; bank statements as banks write them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from admitone import payments
from admitone.assembly import Assembly
from admitone.orders import OrderRow
from admitone.payments import Account, Mode
from admitone.plumbing.database import Transaction
from admitone.values.clock import SystemClock
from admitone.values.ids import uuid7
from tests.support.onsale import OnSale, place

IBAN = "DE89370400440532013000"
PAYER_IBAN = "DE02120300000000202051"
# Orders are placed by the machine's clock, and what was booked before an order is not taken for its money.
YEAR = SystemClock().now().year + 1
_YY = f"{YEAR % 100:02}"
TOLD = {"holder": "Foundry Presents", "iban": IBAN, "bank_name": "Foundry Bank"}


@dataclass(frozen=True, slots=True)
class Booked:
    """A line of a statement. `cents` may be negative; `day` is of November of `YEAR`; `iban` is empty at some banks."""

    cents: int
    text: str
    name: str = "Ada Obi"
    day: int = 21
    iban: str = PAYER_IBAN


async def add_account(
    site: Assembly,
    organiser_id: UUID,
    provider: str,
    told: Mapping[str, str],
    mode: Mode = Mode.TEST,
) -> UUID:
    """An active account of the organiser's; its id."""
    account_id = uuid7()
    accounts = site.payment_accounts
    account = Account(
        id=account_id,
        organiser_id=organiser_id,
        provider=provider,
        mode=mode.value,
        label=provider,
        state="active",
        ref=None,
        country=None,
        currencies=None,
        sealed=accounts.seal(account_id, told),
        options={},
        missing=(),
        can_pay_out=False,
        position=5,
        updated_at=site.clock.now(),
    )

    async def story(tx: Transaction) -> None:
        await payments.add_account(tx, account, actor="system")

    await site.database.run(story)
    accounts.forget()
    return account_id


async def bank_account(site: Assembly, show: OnSale, **told: str) -> UUID:
    """The organiser's bank account."""
    return await add_account(site, show.organiser_id, "bank", {**TOLD, **told})


async def door_account(site: Assembly, show: OnSale, **told: str) -> UUID:
    """The organiser's till."""
    return await add_account(site, show.organiser_id, "door", told)


async def by_transfer(
    site: Assembly, show: OnSale, quantity: int = 1, *, email: str | None = None
) -> OrderRow:
    """An order whose buyer chose bank transfer."""
    order = await place(site, show, quantity, email=email)
    await site.payment.pay(order.id, "bank:transfer")
    return order


async def at_door(site: Assembly, show: OnSale, quantity: int = 1) -> OrderRow:
    """An order whose buyer pays at the door."""
    order = await place(site, show, quantity)
    await site.payment.pay(order.id, "door:cash_or_card")
    return order


def csv_file(lines: Sequence[Booked], currency: str = "EUR") -> bytes:
    """As a German bank writes it."""
    head = "Buchungstag;Name Zahlungsbeteiligter;IBAN Zahlungsbeteiligter;Verwendungszweck;Betrag;Waehrung"
    rows = [
        f"{one.day:02}.11.{YEAR};{one.name};{one.iban};{one.text};{_comma(one.cents)};{currency}"
        for one in lines
    ]
    return "\r\n".join([head, *rows, ""]).encode("cp1252")


def _comma(cents: int) -> str:
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100},{abs(cents) % 100:02}"


def camt_file(lines: Sequence[Booked], currency: str = "EUR") -> bytes:
    """CAMT.053, version 08."""
    entries = "".join(
        f"""<Ntry><Amt Ccy="{currency}">{abs(one.cents) / 100:.2f}</Amt>
        <CdtDbtInd>{"CRDT" if one.cents > 0 else "DBIT"}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
        <BookgDt><Dt>{YEAR}-11-{one.day:02}</Dt></BookgDt><ValDt><Dt>{YEAR}-11-{one.day:02}</Dt></ValDt>
        <NtryDtls><TxDtls><RltdPties><Dbtr><Pty><Nm>{one.name}</Nm></Pty></Dbtr>
        <DbtrAcct><Id><IBAN>{PAYER_IBAN}</IBAN></Id></DbtrAcct></RltdPties>
        <RmtInf><Ustrd>{one.text}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"""
        for one in lines
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
    <Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>
    <GrpHdr><MsgId>1</MsgId><CreDtTm>{YEAR}-11-21T20:00:00</CreDtTm></GrpHdr>
    <Stmt><Id>1</Id><CreDtTm>{YEAR}-11-21T20:00:00</CreDtTm>
    <Acct><Id><IBAN>{IBAN}</IBAN></Id><Ccy>{currency}</Ccy></Acct>
    <Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="{currency}">1000.00</Amt>
    <CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{YEAR}-11-21</Dt></Dt></Bal>
    {entries}</Stmt></BkToCstmrStmt></Document>""".encode()


def mt940_file(lines: Sequence[Booked], currency: str = "EUR") -> bytes:
    """MT940 with the structured field 86 of German banks."""
    booked = "".join(
        f":61:{_YY}11{one.day:02}11{one.day:02}{'C' if one.cents > 0 else 'D'}{_comma(abs(one.cents))}NTRFNONREF\r\n"
        f":86:166?00GUTSCHRIFT?20{one.text}?31{PAYER_IBAN}?32{one.name}\r\n"
        for one in lines
    )
    total = sum(one.cents for one in lines)
    return (
        f":20:STARTUMS\r\n:25:37040044/0532013000{currency}\r\n:28C:1/1\r\n:60F:C{_YY}1120{currency}0,00\r\n"
        f"{booked}:62F:C{_YY}1121{currency}{_comma(total)}\r\n-\r\n"
    ).encode("latin-1")
