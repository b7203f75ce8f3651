"""The printed ticket: one page each, whose code a scanner reads, whatever people typed."""

import threading
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pypdfium2
import pytest
import zxingcpp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from admitone.tickets import code
from admitone.tickets.renderings.pdf import TicketDocument, Words, render_pdf
from admitone.tickets.short_code import short_of
from admitone.values import currencies, formats

SIGNER = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
LAGOS = ZoneInfo("Africa/Lagos")
POSTER = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 320" width="640" height="320">'
    '<rect width="640" height="320" fill="#F3E9D7"/><circle cx="300" cy="160" r="90" fill="#FFB81C"/></svg>'
)


def ticket_code(serial: int) -> str:
    return code.encode(code.Payload(12, serial, 3, 0, 30_000_000, 1_440, 1), SIGNER)


TICKET = TicketDocument(
    title="Lagos Jazz Week: Opening Night",
    organiser_name="Foundry Nights",
    type_name="General admission",
    holder_name="Ada Obi",
    order_code="K7QX2M9RT",
    unit_label="1 of 2",
    starts_at=datetime(2027, 3, 12, 19, 30, tzinfo=LAGOS),
    doors_at=datetime(2027, 3, 12, 18, 45, tzinfo=LAGOS),
    ends_at=datetime(2027, 3, 12, 23, 0, tzinfo=LAGOS),
    zone_name="Africa/Lagos",
    venue_name="The Old Foundry",
    venue_address="14 Foundry Road, Yaba",
    online=False,
    price_text="₦19,425",
    accent="ultra",
    poster_svg=POSTER,
    code=ticket_code(1),
    help_text="Refunds until 5 March. Questions: hello@foundry.example",
)


def pages(pdf: bytes) -> list[pypdfium2.PdfPage]:
    return list(pypdfium2.PdfDocument(pdf))


def scanned(page: pypdfium2.PdfPage, dots_per_inch: int = 150) -> list[str]:
    picture = page.render(scale=dots_per_inch / 72).to_pil()
    return [found.text for found in zxingcpp.read_barcodes(picture)]


def words_on(page: pypdfium2.PdfPage) -> str:
    return " ".join(page.get_textpage().get_text_bounded().replace("\u200b", "").split())


def claims_to_be_accessible(pdf: bytes) -> bool:
    return b"pdfuaid:part" in pdf and b"/MarkInfo" in pdf and b"/StructTreeRoot" in pdf


def test_a_scanner_reads_each_ticket_code_off_its_own_page() -> None:
    tickets = [replace(TICKET, code=ticket_code(serial), unit_label=f"{serial} of 3") for serial in (1, 2, 3)]
    pdf = render_pdf(tickets)
    assert [scanned(page) for page in pages(pdf)] == [[ticket.code] for ticket in tickets]
    assert claims_to_be_accessible(pdf)


def test_the_code_is_at_least_30_mm_wide_and_dark_on_light() -> None:
    (page,) = pages(render_pdf([TICKET]))
    picture = page.render(scale=300 / 72).to_pil()
    (found,) = zxingcpp.read_barcodes(picture, try_invert=False)
    side_mm = (found.position.top_right.x - found.position.top_left.x) / 300 * 25.4
    assert 44 < side_mm < 47


def test_the_page_says_what_when_where_and_for_how_much() -> None:
    (page,) = pages(render_pdf([TICKET]))
    said = words_on(page)
    for expected in (
        "Foundry Nights",
        "Lagos Jazz Week: Opening Night",
        "Friday 12 March 2027, 19:30",
        "Doors 18:45, ends 23:00",
        "Lagos time (UTC+01:00)",
        "The Old Foundry",
        "14 Foundry Road, Yaba",
        "1 of 2",
        "General admission",
        "Ada Obi",
        "K7QX2M9RT",
        "₦19,425",
        "Refunds until 5 March. Questions: hello@foundry.example",
        short_of(code.parse(TICKET.code).payload.serial, code.digest(TICKET.code)),
    ):
        assert expected in said


def test_the_file_has_a_title_a_language_and_an_author() -> None:
    pdf = render_pdf([TICKET, replace(TICKET, code=ticket_code(2))])
    about = pypdfium2.PdfDocument(pdf).get_metadata_dict()
    assert about["Title"] == "Tickets: Lagos Jazz Week: Opening Night"
    assert about["Author"] == "Foundry Nights"
    assert b"/Lang(en)" in pdf


def test_times_are_shown_at_the_venue_whatever_zone_they_came_in() -> None:
    elsewhere = replace(
        TICKET,
        starts_at=TICKET.starts_at.astimezone(ZoneInfo("Asia/Tokyo")),
        doors_at=None,
    )
    later = replace(elsewhere, ends_at=datetime(2027, 3, 14, 22, 0, tzinfo=LAGOS))
    (page,) = pages(render_pdf([later]))
    assert "Friday 12 March 2027, 19:30 ends Sunday 14 March 2027, 22:00" in words_on(page)


def test_an_online_event_says_so_and_words_can_be_translated() -> None:
    words = Words(when="Quand", where="Où", online="En ligne", zone="heure de {place}")
    online = replace(
        TICKET,
        online=True,
        venue_name=None,
        venue_address=None,
        language="fr-FR",
        words=words,
    )
    pdf = render_pdf([online])
    said = words_on(pages(pdf)[0])
    assert "Quand ven. 12 mars 2027, 19:30" in said
    assert "heure de Lagos (UTC+01:00) Où En ligne" in said
    assert b"/Lang(fr)" in pdf


def test_a_ticket_for_an_event_online_says_where_to_watch_and_speaks_of_no_door() -> None:
    online = replace(
        TICKET,
        online=True,
        venue_name=None,
        venue_address=None,
        doors_at=TICKET.starts_at,
        watch_url="https://tickets.example/e/jazz/watch",
    )
    said = words_on(pages(render_pdf([online]))[0])
    assert "Online Watch at tickets.example/e/jazz/watch" in said
    assert "oor" not in said.replace("Foundry", "")


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("]#{panic()}", "]#{panic()}"),
        (
            '#eval("1+1") $x^2$ *bold* _it_ `raw` \\u{41} <label> @ref',
            '#eval("1+1") $x^2$ *bold* _it_',
        ),
        ("Ада 🎉 Обі", "Ада Обі"),
        ("🎉🎉", "General admission"),
        ("Zoë Nguyễn Đặng Łukasz", "Zoë Nguyễn Đặng Łukasz"),
        ("Ελευθερία", "Ελευθερία"),
        ("a\x00b\x1b[31mc\u202ed", "ab[31mcd"),
        ("two\nlines\ttabs", "two lines tabs"),
    ],
)
def test_a_hostile_or_foreign_name_is_only_text(typed: str, printed: str) -> None:
    pdf = render_pdf([replace(TICKET, holder_name=typed)])
    (page,) = pages(pdf)
    # A reader guesses a space where the font changes inside a word, so spaces are left out of the comparison.
    assert printed.replace(" ", "") in words_on(page).replace(" ", "")
    assert scanned(page) == [TICKET.code]
    assert claims_to_be_accessible(pdf)


@pytest.mark.parametrize("name", ["محمد الأحمد", "דוד בן־גוריון", "आदित्य शर्मा"])
def test_names_in_our_bundled_scripts_stay_accessible(name: str) -> None:
    pdf = render_pdf([replace(TICKET, holder_name=name, title=name)])
    assert claims_to_be_accessible(pdf)
    assert scanned(pages(pdf)[0]) == [TICKET.code]


def test_a_script_we_have_no_font_for_still_gets_its_ticket() -> None:
    pdf = render_pdf([replace(TICKET, holder_name="山田太郎", title="日本の夜")])
    (page,) = pages(pdf)
    assert scanned(page) == [TICKET.code]
    assert "General admission" in words_on(page)
    assert not claims_to_be_accessible(pdf)


def test_an_amount_of_any_currency_is_printed_in_our_letters() -> None:
    amounts = {
        formats.money(123_456_700, currency): currency
        for currency in currencies.EXPONENTS
        if not formats.money_style(currency).prefix.startswith(currency)
    }
    assert len(amounts) > 20
    pdf = render_pdf([replace(TICKET, price_text=amount) for amount in amounts])
    assert claims_to_be_accessible(pdf)
    for page, amount in zip(pages(pdf), amounts, strict=True):
        assert amount.replace("\u00a0", "") in words_on(page).replace(" ", "").replace("\u00a0", "")
    assert b"FigtreeSigns-SemiBold" in render_pdf([TICKET])


def test_endless_text_neither_adds_a_page_nor_hides_the_code() -> None:
    long = "W" * 200
    pdf = render_pdf(
        [
            replace(
                TICKET,
                title=long,
                organiser_name=long,
                type_name=long,
                holder_name="א" * 200,
                venue_name="x y " * 50,
                venue_address=long,
                order_code=long,
                unit_label=long,
                price_text=long,
                help_text=long * 5,
            )
        ]
    )
    (page,) = pages(pdf)
    assert scanned(page) == [TICKET.code]
    assert claims_to_be_accessible(pdf)


@pytest.mark.parametrize("poster", ["", "<svg", "not a picture"])
def test_a_broken_poster_costs_only_the_picture(poster: str) -> None:
    pdf = render_pdf([replace(TICKET, poster_svg=poster)])
    assert scanned(pages(pdf)[0]) == [TICKET.code]
    assert claims_to_be_accessible(pdf)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=120), st.text(max_size=120), st.text(max_size=20))
def test_no_text_at_all_can_stop_a_ticket(title: str, holder: str, language: str) -> None:
    pdf = render_pdf([replace(TICKET, title=title, holder_name=holder, language=language)])
    assert len(pages(pdf)) == 1


def test_threads_render_side_by_side_and_each_gets_its_own_ticket() -> None:
    # pypdfium2 is not thread-safe, so the reading is done after the threads have rendered.
    made: dict[int, bytes] = {}

    def make(serial: int) -> None:
        made[serial] = render_pdf([replace(TICKET, code=ticket_code(serial))])

    threads = [threading.Thread(target=make, args=(serial,)) for serial in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {serial: scanned(pages(pdf)[0]) for serial, pdf in made.items()} == {
        serial: [ticket_code(serial)] for serial in range(1, 9)
    }


def test_the_same_tickets_give_the_same_bytes() -> None:
    assert render_pdf([TICKET]) == render_pdf([TICKET])


def test_a_page_read_from_the_right_is_the_mirror_image_with_everything_on_it() -> None:
    arabic = replace(TICKET, language="ar", title="أسبوع لاغوس للجاز", holder_name="محمد الأحمد")
    pdf = render_pdf([arabic])
    (page,) = pages(pdf)
    picture = page.render(scale=150 / 72).to_pil()
    (found,) = zxingcpp.read_barcodes(picture)
    assert found.text == TICKET.code
    assert picture.width / 2 < found.position.top_left.x < found.position.top_right.x < picture.width * 0.9
    assert claims_to_be_accessible(pdf)
