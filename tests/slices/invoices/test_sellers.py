"""Who an organiser is on its invoices: kept as checked, refused field by field."""

from dataclasses import replace

import pytest

from admitone import invoices
from admitone.assembly import Assembly
from admitone.values.refusals import Problems
from tests.slices.invoices.making import SELLER
from tests.support.onsale import put_on_sale


async def test_details_are_kept_in_the_form_we_print_and_written_over(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    typed = replace(
        SELLER,
        organiser_id=show.organiser_id,
        legal_name="  Foundry\n Nights GmbH ",
        address_lines=("14 Foundry Road", " ", "10115 Berlin"),
        country="de",
        vat_id="de 136 695 976",
        iban="DE89 3704 0044 0532 0130 00",
        email="Billing@Foundry.EXAMPLE",
    )
    async with assembly.database.reading() as reader:
        assert await invoices.seller_of(reader, show.organiser_id) == invoices.Seller(show.organiser_id)
    saved = await assembly.database.run(lambda tx: invoices.save_seller(tx, typed))
    assert saved == replace(SELLER, organiser_id=show.organiser_id, email="Billing@foundry.example")
    again = replace(saved, footer="", is_small_business=True, vat_id=None)
    await assembly.database.run(lambda tx: invoices.save_seller(tx, again))
    async with assembly.database.reading() as reader:
        assert await invoices.seller_of(reader, show.organiser_id) == again


async def test_every_wrong_field_is_named_and_nothing_is_kept(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    wrong = replace(
        SELLER,
        organiser_id=show.organiser_id,
        legal_name="n" * 201,
        address_lines=("a", "b", "c", "d", "e", "f"),
        country="XX",
        vat_id="DE136695975",
        iban="DE89370400440532013001",
        email="nobody",
        footer="f" * 501,
        prefix="TEST",
    )
    with pytest.raises(Problems) as refusal:
        await assembly.database.run(lambda tx: invoices.save_seller(tx, wrong))
    assert [(one.field, one.code) for one in refusal.value.problems] == [
        ("legal_name", "invoices.text_too_long"),
        ("address_lines", "invoices.too_many_lines"),
        ("country", "invoices.bad_country"),
        ("vat_id", "invoices.bad_vat_id"),
        ("iban", "invoices.bad_iban"),
        ("email", "contact.bad_email"),
        ("footer", "invoices.text_too_long"),
        ("prefix", "invoices.bad_prefix"),
    ]
    async with assembly.database.reading() as reader:
        assert await invoices.seller_of(reader, show.organiser_id) == invoices.Seller(show.organiser_id)


@pytest.mark.parametrize(
    ("typed", "country", "kept"),
    [
        ("DE 136.695.976", "DE", "DE136695976"),
        ("136695976", "DE", "DE136695976"),
        ("fr 40 303 265 045", "FR", "FR40303265045"),
        ("40303265045", "FR", "FR40303265045"),
        ("GR094259216", "GR", "EL094259216"),
        ("094259216", "GR", "EL094259216"),
        ("ATU13585627", "AT", "ATU13585627"),
        ("U13585627", "AT", "ATU13585627"),
        # Registered where its events are.
        ("DE136695976", "PL", "DE136695976"),
        ("CHE-107.787.577 MWST", "CH", "CHE107787577MWST"),
        # Numbers we cannot check.
        ("NG12345678", "NG", "NG12345678"),
        ("12345678-0001", "NG", "NG123456780001"),
    ],
)
def test_a_vat_id_is_kept_with_its_letters(typed: str, country: str, kept: str) -> None:
    assert invoices.valid_vat_id(typed, country) == kept


@pytest.mark.parametrize(
    ("typed", "country"),
    [
        ("DE136695975", "DE"),
        ("136695975", "DE"),
        ("", "DE"),
        ("XX123", None),
        ("NG<b>", "NG"),
        ("FR136695976", "FR"),
    ],
)
def test_a_wrong_vat_id_is_refused(typed: str, country: str | None) -> None:
    with pytest.raises(invoices.BadVatId):
        invoices.valid_vat_id(typed, country)
