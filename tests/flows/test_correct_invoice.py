"""A buyer corrects the address of their invoice: the old one is withdrawn, a new one written, and nothing is edited."""

import csv
import io
import zipfile
from datetime import timedelta

import pytest

from admitone import invoices
from admitone.assembly import Assembly
from admitone.flows.correct_invoice import (
    AlreadyCredited,
    CorrectedOften,
    NoInvoice,
    TooLateToCorrect,
    correct_buyer,
)
from admitone.flows.document_files import DocumentFile, csv_of, sample_pdf, zip_of
from admitone.reads.documents_list import DocumentsWanted, documents_list
from admitone.values.clock import FrozenClock
from admitone.values.ids import uuid7
from admitone.values.refusals import Forbidden, Problems
from tests.flows.test_invoicing import Bought, another, bought, follow_all, seller
from tests.support.onsale import must_hold, put_on_sale

ADA = {
    "name": "Ada Obi",
    "company": "Obi & Sons",
    "address": "Kastanienallee 1",
    "postcode": "10435",
    "city": "Berlin",
    "country": "de",
    "vat_id": "",
}


async def corrected(mine: Bought, **changes: str) -> invoices.Document:
    return await correct_buyer(mine.site.database, mine.site.clock, mine.order.id, ADA | changes)


async def test_the_old_invoice_is_withdrawn_and_a_new_one_stands(assembly: Assembly) -> None:
    mine = await bought(assembly)
    with pytest.raises(NoInvoice):
        await corrected(mine)
    await mine.write()
    made = await corrected(mine)
    first, *others = await mine.documents()
    kinds = {(one.content.kind, one.number) for one in others}
    assert kinds == {("credit_note", 1), ("invoice", 2)}
    assert made.number == 2
    assert first.content.buyer.company is None
    assert made.content.buyer.company == "Obi & Sons"
    assert made.content.buyer.address_lines == ("Kastanienallee 1", "10435 Berlin")
    assert made.content.buyer.country == "DE"
    assert made.content.lines == first.content.lines
    assert (await corrected(mine)).id == made.id
    assert len(await mine.documents()) == 3
    await mine.write()
    assert len(await mine.documents()) == 3
    await must_hold(assembly.database)


async def test_what_goes_back_later_is_credited_against_the_new_invoice(assembly: Assembly) -> None:
    mine = await bought(assembly)
    await mine.write()
    made = await corrected(mine)
    await assembly.refunding.take_back(mine.show.owner, mine.show.organiser_id, mine.order.code)
    await mine.write()
    last = [one for one in await mine.documents() if one.cause.startswith("undone:")]
    assert [one.cancels_id for one in last] == [made.id]
    with pytest.raises(AlreadyCredited):
        await corrected(mine, company="Somebody else")
    await must_hold(assembly.database)


async def test_a_receipt_becomes_an_invoice_once_the_seller_can_write_one(assembly: Assembly) -> None:
    mine = await bought(assembly, complete=False)
    await mine.write()
    with pytest.raises(invoices.SellerIncomplete):
        await corrected(mine)
    assert len(await mine.documents()) == 1
    await assembly.money.invoicing.save_seller(mine.show.owner, seller(mine.show.organiser_id))
    made = await corrected(mine)
    assert (made.content.kind, made.content.tax_minor) == ("invoice", mine.order.tax_minor)
    await must_hold(assembly.database)


async def test_each_field_that_is_wrong_is_named(assembly: Assembly) -> None:
    mine = await bought(assembly)
    await mine.write()
    with pytest.raises(Problems) as error:
        await corrected(mine, name=" ", city="", country="XX", company="x" * 201)
    assert {one.field for one in error.value.problems} == {"name", "city", "country", "company"}
    with pytest.raises(Problems):
        await corrected(mine, vat_id="DE1")
    assert len(await mine.documents()) == 1


async def test_it_ends_after_thirty_days_and_three_times(assembly: Assembly) -> None:
    mine = await bought(assembly)
    await mine.write()
    late = FrozenClock(assembly.clock.now() + timedelta(days=31))
    with pytest.raises(TooLateToCorrect):
        await correct_buyer(assembly.database, late, mine.order.id, ADA)
    for city in ("Ulm", "Bonn", "Kiel"):
        await corrected(mine, city=city)
    with pytest.raises(CorrectedOften):
        await corrected(mine, city="Jena")


async def whole(file: DocumentFile) -> bytes:
    return b"".join([piece async for piece in file.chunks])


async def test_a_month_is_a_zip_of_papers_and_a_list_whose_sums_are_the_orders(assembly: Assembly) -> None:
    mine = await bought(assembly)
    other = await another(assembly, mine.show)
    await assembly.money.cancel_tickets.cancel(other.order.id, await other.tickets(), uuid7())
    await follow_all(assembly)
    owner, organiser_id, wanted = mine.show.owner, mine.show.organiser_id, DocumentsWanted(is_test=True)
    made = zipfile.ZipFile(
        io.BytesIO(await whole(await zip_of(assembly.database, owner, organiser_id, wanted)))
    )
    assert made.testzip() is None
    names = made.namelist()
    assert len(names) == 4
    assert sum(name.startswith("test/invoice/TEST-FOUNDRY-INV-") for name in names) == 2
    assert all(made.read(name).startswith(b"%PDF-") for name in names if name.endswith(".pdf"))
    listed = (await whole(await csv_of(assembly.database, owner, organiser_id, wanted))).decode("utf-8-sig")
    assert made.read("list.csv").decode() == listed
    rows = list(csv.DictReader(io.StringIO(listed)))
    assert sorted(row["gross"] for row in rows) == ["-26.00", "26.00", "52.00"]
    assert {row["tax_rate_percent"] for row in rows} == {"19.00"}
    async with assembly.database.reading() as reader:
        first = await documents_list(reader, owner, organiser_id, wanted, limit=2)
        rest = await documents_list(reader, owner, organiser_id, wanted, cursor=first.next_cursor, limit=2)
    numbers = [one.number_text for one in (*first.items, *rest.items)]
    assert len(numbers) == len(set(numbers)) == 3
    assert rest.next_cursor is None
    with pytest.raises(Forbidden):
        await csv_of(assembly.database, mine.show.door, organiser_id, wanted)


async def test_a_sample_is_shown_and_never_kept(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    assert (await sample_pdf(assembly.database, assembly.clock, show.owner, show.organiser_id)).startswith(
        b"%PDF-"
    )
    await assembly.money.invoicing.save_seller(show.owner, seller(show.organiser_id))
    made = await sample_pdf(assembly.database, assembly.clock, show.owner, show.organiser_id)
    assert b"factur-x.xml" in made
    async with assembly.database.reading() as reader:
        page = await documents_list(reader, show.owner, show.organiser_id, DocumentsWanted())
    assert page.items == ()
