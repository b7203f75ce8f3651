"""VAT numbers: their form, and between whom a sale is reverse charged."""

import pytest

from admitone.pricing import EU_COUNTRIES, BadVatId, VatId, checked_vat_id, is_reverse_charged

# Numbers that companies print on their own papers, or that the tax offices use as examples.
GOOD = [
    ("DE136695976", VatId("DE136695976", "DE")),
    ("de 136 695 976", VatId("DE136695976", "DE")),
    ("FR 61 954 506 077", VatId("FR61954506077", "FR")),
    ("ATU 57194903", VatId("ATU57194903", "AT")),
    ("EL 094259216", VatId("EL094259216", "GR")),
    ("NL004495445B01", VatId("NL004495445B01", "NL")),
    ("PL8567346215", VatId("PL8567346215", "PL")),
    ("XI980780684", VatId("XI980780684", "XI")),
]


@pytest.mark.parametrize(("text", "expected"), GOOD)
def test_a_number_is_written_in_its_short_form(text: str, expected: VatId) -> None:
    assert checked_vat_id(text) == expected
    assert checked_vat_id(text, expected.country) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "DE",
        "DE136695977",
        "136695976",
        "US123456789",
        "GB980780684",
        "GR094259216",
        "EU372022452",
        "DE" + "1" * 500,
        "DE13669597\u0666",
        "\0",
    ],
)
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(BadVatId) as caught:
        checked_vat_id(text)
    assert (caught.value.code, caught.value.field) == ("pricing.bad_vat_id", "vat_id")


def test_a_number_of_another_country_than_said_is_refused() -> None:
    with pytest.raises(BadVatId):
        checked_vat_id("DE136695976", "FR")


@pytest.mark.parametrize(
    ("seller", "buyer", "expected"),
    [
        ("DE", VatId("FR61954506077", "FR"), True),
        ("GR", VatId("DE136695976", "DE"), True),
        ("GR", VatId("EL094259216", "GR"), False),
        ("DE", VatId("DE136695976", "DE"), False),
        ("DE", VatId("XI980780684", "XI"), False),
        ("US", VatId("DE136695976", "DE"), False),
        (None, VatId("DE136695976", "DE"), False),
        ("DE", None, False),
    ],
)
def test_a_business_in_another_eu_country_owes_the_tax_itself(
    seller: str | None, buyer: VatId | None, expected: bool
) -> None:
    assert is_reverse_charged(seller, buyer) is expected


def test_the_union_has_twenty_seven_countries() -> None:
    assert len(EU_COUNTRIES) == 27
