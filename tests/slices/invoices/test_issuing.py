"""Documents in the database: one per cause, numbered by organiser, kind, year and whether it was a test."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import text

from admitone import invoices
from admitone.assembly import Assembly
from admitone.invoices import Content, Document, Draft, Sold
from admitone.invoices.renderings.paper import page as paper_words
from admitone.plumbing.database import Transaction
from admitone.values.ids import uuid7
from tests.slices.invoices import making
from tests.support.onsale import OnSale, place, put_on_sale

HALF = (Sold("General admission", 1, 1190, 190, 1900),)


class Desk:
    """Issues documents of one order."""

    def __init__(self, site: Assembly, show: OnSale, order_id: UUID) -> None:
        self.site, self.show, self.order_id = site, show, order_id

    def draft(self, cause: str, content: Content, *, is_test: bool = False, **more: object) -> Draft:
        """A draft for this order."""
        at = making.NOW
        made = Draft(cause, self.show.organiser_id, self.order_id, at, content, is_test)
        return replace(made, **more)  # type: ignore[arg-type]

    async def issue(self, *drafts: Draft) -> list[Document]:
        """In a transaction of its own."""
        return await self.site.database.run(lambda tx: invoices.issue(tx, drafts))


@pytest.fixture
async def desk(assembly: Assembly) -> Desk:
    """An order to write documents for."""
    show = await put_on_sale(assembly)
    return Desk(assembly, show, (await place(assembly, show)).id)


async def test_a_cause_makes_one_document_however_often_it_is_asked(desk: Desk) -> None:
    draft = desk.draft("invoice:one", making.made())
    [first] = await desk.issue(draft)
    other = replace(draft, content=making.made(paid=False))
    assert await desk.issue(draft, other) == [first, first]
    [second] = await desk.issue(desk.draft("invoice:two", making.made()))
    assert (first.number_text, second.number_text) == ("INV-2026-000001", "INV-2026-000002")
    async with desk.site.database.reading() as reader:
        assert await invoices.read(reader, first.id) == first
        assert first.content == draft.content
        both = await invoices.of_orders(reader, [desk.order_id, UUID(int=3)])
    assert both == {desk.order_id: [first, second], UUID(int=3): []}


async def test_each_kind_year_and_test_has_numbers_of_its_own(desk: Desk) -> None:
    content = making.made()
    next_year = replace(content, issued_on=date(2027, 1, 1))
    issued = await desk.issue(
        desk.draft("a", content),
        desk.draft("b", next_year),
        desk.draft("c", making.receipt()),
        desk.draft("d", content, is_test=True),
        desk.draft("e", content, prefix="FOUNDRY"),
        desk.draft("f", next_year),
    )
    assert [one.number_text for one in issued] == [
        "INV-2026-000001",
        "INV-2027-000001",
        "RCP-2026-000001",
        "TEST-INV-2026-000001",
        "FOUNDRY-INV-2026-000002",
        "INV-2027-000002",
    ]


async def test_what_is_rolled_back_leaves_no_gap(desk: Desk) -> None:
    async def fails(tx: Transaction) -> None:
        await invoices.issue(tx, [desk.draft("a", making.made()), desk.draft("b", making.made())])
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await desk.site.database.run(fails)
    [document] = await desk.issue(desk.draft("c", making.made()))
    assert document.number == 1


async def test_an_invoice_is_never_credited_twice_over(desk: Desk) -> None:
    [sold] = await desk.issue(desk.draft("sale", making.made()))

    def credit(cause: str) -> Draft:
        content = invoices.credit_note(sold, HALF, issued_on=date(2026, 12, 1))
        return desk.draft(cause, content, cancels_id=sold.id)

    [first] = await desk.issue(credit("one"))
    assert (first.number_text, first.cancels_id) == ("CN-2026-000001", sold.id)
    with pytest.raises(invoices.CreditedTooMuch, match="INV-2026-000001"):
        await desk.issue(credit("two"), credit("three"))
    assert [one.number for one in await desk.issue(credit("one"), credit("four"))] == [1, 2]
    with pytest.raises(invoices.CreditedTooMuch):
        await desk.issue(credit("five"))
    async with desk.site.database.reading() as reader:
        counted = await reader.execute(
            text("SELECT kind, last_number FROM invoices_counter ORDER BY kind"),
        )
        assert [tuple(row) for row in counted] == [("credit_note", 2), ("invoice", 1)]


async def test_a_credit_note_for_somebody_elses_invoice_is_refused(assembly: Assembly, desk: Desk) -> None:
    [sold] = await desk.issue(desk.draft("sale", making.made()))
    [paper] = await desk.issue(desk.draft("receipt", making.receipt()))
    content = invoices.credit_note(sold, HALF, issued_on=date(2026, 12, 1))
    other = await put_on_sale(assembly)
    for draft in (
        desk.draft("a", content, cancels_id=sold.id, organiser_id=other.organiser_id),
        desk.draft("b", content, cancels_id=uuid7()),
        desk.draft("c", content, cancels_id=paper.id),
    ):
        with pytest.raises(invoices.DocumentNotFound):
            await desk.issue(draft)
    async with assembly.database.reading() as reader:
        with pytest.raises(invoices.DocumentNotFound):
            await invoices.read(reader, uuid7())


async def test_a_receipt_is_taken_back_by_its_own_kind_and_never_twice_over(desk: Desk) -> None:
    [paper] = await desk.issue(desk.draft("receipt", making.receipt()))
    [sold] = await desk.issue(desk.draft("sale", making.made()))

    def refund(cause: str, cancels_id: UUID) -> Draft:
        lines = [invoices.Sold("All of it", 1, paper.content.gross_minor)]
        content = invoices.refund_receipt(paper, lines, issued_on=date(2026, 12, 1))
        return desk.draft(cause, content, cancels_id=cancels_id)

    with pytest.raises(invoices.DocumentNotFound):
        await desk.issue(refund("of an invoice", sold.id))
    [made] = await desk.issue(refund("one", paper.id))
    assert (made.number_text, made.content.tax_minor, made.content.taxes) == ("RFD-2026-000001", 0, ())
    with pytest.raises(invoices.CreditedTooMuch):
        await desk.issue(refund("two", paper.id))
    page = paper_words(made)
    assert (page["title"], page["sums"][0][0]) == ("Receipt of refund", "Total refunded")  # type: ignore[index]
    assert ["For receipt", f"{paper.number_text} of 21 November 2026"] in page["facts"]  # type: ignore[operator]
    assert invoices.misfit(made.content) == "receipt"


async def test_nothing_asked_is_nothing_written(desk: Desk) -> None:
    assert await desk.issue() == []
