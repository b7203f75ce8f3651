"""MT940: signs, days across New Year, and what was written with the money."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admitone.statements import Kind, ReadStatement, StatementLine, Unreadable, read_statement
from admitone.statements.mt940_details import read_details
from admitone.statements.reading import is_same_account

SAMPLES = Path(__file__).parent / "samples"
OURS = "DE89370400440532013000"


def read(name: str, account: str = OURS) -> ReadStatement:
    return read_statement((SAMPLES / name).read_bytes(), account=account, currency="EUR")


def shown(line: StatementLine) -> tuple[str | None, date, int, str | None, str | None, str]:
    return line.bank_ref, line.booked_on, line.amount_minor, line.payer_name, line.payer_iban, line.text


def test_a_german_file_is_read_with_reversals_and_new_year() -> None:
    statement = read("sparkasse.sta")
    day = date(2026, 11, 20)
    assert statement.kind is Kind.MT940
    assert [shown(line) for line in statement.lines] == [
        # The text has a question mark of its own, and goes on behind it.
        (
            "2026112012345",
            day,
            2500,
            "JUERGEN MUESSIG",
            "DE02120300000000202051",
            "Besuch? Bestellung 7K3M9QX2V Jazz",
        ),
        (None, day, -490, "Sparkasse", None, "Entgelt November"),
        ("2026112012399", day, -2500, "JUERGEN MUESSIG", None, "Storno 7K3M9QX2V"),
        (None, day, 490, None, None, "Entgelt zurueck"),
        # Valued in January, booked in December; the bank's notice below the balance is nobody's text.
        ("KREF-77", date(2026, 12, 31), 123_450, "ADA", None, "Neujahr\nKREF-77"),
    ]


def test_a_dutch_file_in_its_envelope_is_read_for_the_chosen_account() -> None:
    first = read("abn_amro.sta", "NL91ABNA0417164300")
    assert [shown(line)[2:] for line in first.lines] == [
        (2500, "J DE VRIES EN/OF A VRIES", "NL20INGB0001234567", "TICKETS 7K3M9QX2V"),
        (-1235, None, None, "ABN AMRO Bank N.V. Kosten zakelijke rekening 12,35"),
    ]
    second = read("abn_amro.sta", "NL81ABNA0523456789")
    assert [shown(line)[2:] for line in second.lines] == [(100, "J DE VRIES", "NL20INGB0001234567", "ANDER")]


def test_a_file_name_in_the_text_opens_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`mt940.parse` reads the file its text is the name of; ours never does."""
    monkeypatch.chdir(tmp_path)
    name = ":20:A\n:25:1\n"
    (tmp_path / name).write_text(":20:A\n:25:1\n:60F:C261120EUR0,\n:61:2611201120C25,00NTRFNONREF\n")
    assert read_statement(name.encode(), account="one", currency="EUR").lines == ()


@pytest.mark.parametrize(
    "line",
    [":61:2611201120X25,00NTRF", ":61:2613201120C25,00NTRF", ":61:2611201120C,NTRF", ":61:", ":61:26112"],
)
def test_a_line_that_cannot_be_read_refuses_the_file(line: str, caplog: pytest.LogCaptureFixture) -> None:
    data = f":20:A\n:25:1\n:60F:C261120EUR0,\n{line}Ada\n:86:hello Ada\n:62F:C261120EUR0,\n".encode()
    with pytest.raises(Unreadable):
        read_statement(data, account="one", currency="EUR")
    assert "Ada" not in caplog.text


@given(st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=80))
def test_whatever_is_written_with_money_is_read_or_refused(text: str) -> None:
    data = (
        f":20:A\n:25:1\n:60F:C261120EUR0,\n:61:2611201120C25,00NTRFNONREF\n:86:{text}\n:62F:C261120EUR25,\n"
    )
    [line] = read_statement(data.encode(), account="one", currency="EUR").lines
    assert line.amount_minor == 2500


@given(st.lists(st.text(st.sampled_from("ABCDEFGHJK 0123456789?+/"), min_size=1, max_size=27), max_size=9))
def test_a_text_cut_into_pieces_is_put_together(pieces: list[str]) -> None:
    whole = "".join(pieces)
    marked = "166?00GUTSCHRIFT" + "".join(f"?{20 + place}{piece}" for place, piece in enumerate(pieces))
    texts = read_details(marked).texts
    # A question mark with two digits is a mark; anything else stays.
    if "?" not in whole:
        assert texts == ((whole.strip(),) if whole.strip() else ())


@pytest.mark.parametrize(
    ("written", "texts"),
    [
        ("166?00X?20EREF+ABC?21SVWZ+Tickets?22 7K3M9QX2V", ("Tickets 7K3M9QX2V", "ABC")),
        ("166?00X?20Tickets 7K3M9?60QX2V", ("Tickets 7K3M9QX2V",)),
        ("/EREF/7K3M9QX2V//BENM//NAME/Mill Lane/REMI/thanks/", ("thanks", "7K3M9QX2V")),
        ("plain words\nbroken here", ("plain words broken here",)),
    ],
)
def test_each_dialect_gives_all_a_payer_can_have_written(written: str, texts: tuple[str, ...]) -> None:
    assert read_details(written).texts == texts


@pytest.mark.parametrize(
    ("stated", "is_same"),
    [
        ("37040044/0532013000", True),
        ("37040044/532013000EUR", True),
        ("DE89370400440532013000", True),
        ("DE89 3704 0044 0532 0130 00 EUR", True),
        ("main account", True),
        ("37040044/0532013001", False),
        ("DE02120300000000202051", False),
    ],
)
def test_an_account_is_known_by_the_names_banks_give_it(stated: str, is_same: bool) -> None:
    assert is_same_account(stated, OURS) is is_same
