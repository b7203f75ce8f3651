"""Matching: a code is found however people and banks mangle it; a text without it is never certain."""

from datetime import UTC, date, datetime
from uuid import UUID

from hypothesis import assume, example, given
from hypothesis import strategies as st

from admitone.statements import Candidate, Matcher, Reason, StatementLine, Suggestion, suggest
from admitone.statements.matching import is_near, name_likeness
from admitone.values.ids import ALPHABET, normalise_code

PLACED = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
codes = st.text(st.sampled_from(ALPHABET), min_size=9, max_size=9)
words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=60)
SEPARATORS = (" ", "-", "\n", ".", "/", "\u00a0", " - ", "\r\n", "_", "\u2013", "\u200b", "?", ":")


def order(number: int = 1, code: str = "7K3M9QX2V", expected: int = 2500, **more: str) -> Candidate:
    return Candidate(
        order_id=UUID(int=number),
        code=code,
        expected_minor=expected,
        currency=more.get("currency", "EUR"),
        buyer_name=more.get("name", "Ada Lovelace"),
        email=more.get("email", "ada@example.org"),
        placed_at=PLACED,
    )


def line(text: str = "", amount: int = 2500, payer: str | None = None, day: int = 20) -> StatementLine:
    return StatementLine(None, date(2026, 11, day), "EUR", amount, payer, None, text, {})


def others(code: str) -> list[Candidate]:
    """Orders that are there as well, none of them one letter apart."""
    return [
        order(number, f"{number:05}ZZZZ", 9900, name="Mo") for number in range(100, 140) if code[5:] != "ZZZZ"
    ]


@st.composite
def mangled(draw: st.DrawFn) -> tuple[str, str]:
    """(code, text): upper or lower case, lookalikes, broken anywhere, in the middle of other words."""
    code = draw(codes)
    letters = []
    for letter in code:
        alike = {"0": "0Oo", "1": "1IiLl"}.get(letter, letter + letter.lower())
        letters.append(draw(st.sampled_from(alike)))
        letters.append(draw(st.sampled_from(SEPARATORS)) if draw(st.integers(0, 3)) == 0 else "")
    return code, f"{draw(words)} {''.join(letters)} {draw(words)}"


@given(mangled())
@example(("0O10L1I1K".replace("O", "0").replace("L", "1").replace("I", "1"), "oO l-o Li\nIlk"))
def test_a_code_is_found_however_it_is_broken_and_typed(given_: tuple[str, str]) -> None:
    code, text = given_
    assume(not code.isdigit())
    [first, *_] = suggest(line(text), [order(1, code), *others(code)])
    assert first.order_id == UUID(int=1)
    assert first.is_certain
    assert first.reasons[:2] == (Reason.CODE, Reason.AMOUNT)


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, str]:
    """(code, code with one letter wrong, missing, too many, or two neighbours swapped)."""
    code = draw(codes)
    at = draw(st.integers(0, 7))
    wrong = draw(st.sampled_from(ALPHABET + "U"))
    text = draw(
        st.sampled_from(
            [
                code[:at] + wrong + code[at + 1 :],
                code[:at] + code[at + 1 :],
                code[:at] + wrong + code[at:],
                code[:at] + code[at + 1] + code[at] + code[at + 2 :],
            ]
        )
    )
    # What still holds the whole code is not damaged, such as a letter too many at its end.
    assume(code not in text)
    return code, text


@given(damaged(), st.sampled_from(["", "Order ", "tickets: "]))
def test_a_code_with_one_mistake_is_suggested_and_never_certain(pair: tuple[str, str], before: str) -> None:
    code, text = pair
    [first, *_] = suggest(line(f"{before}{text}"), [order(1, code), *others(code)])
    assert first.order_id == UUID(int=1)
    assert first.reasons[:2] == (Reason.CODE_NEARLY, Reason.AMOUNT)
    assert not first.is_certain


@given(words, st.lists(codes, min_size=1, max_size=20, unique=True), st.booleans())
def test_a_text_without_a_code_is_never_certain(text: str, known: list[str], is_amount: bool) -> None:
    plain = "".join(letter for letter in normalise_code(text) if letter.isalnum())
    assume(not any(code in plain for code in known))
    candidates = [order(number, code) for number, code in enumerate(known)]
    found = suggest(line(text, 2500 if is_amount else 1, "Ada Lovelace"), candidates)
    assert not any(one.is_certain or Reason.CODE in one.reasons for one in found)


@given(codes, st.data())
def test_a_text_made_of_a_codes_own_letters_but_two_is_never_certain(code: str, data: st.DataObject) -> None:
    first, second = sorted(data.draw(st.sets(st.integers(0, 8), min_size=2, max_size=2)))
    letters = list(code)
    for at in (first, second):
        letters[at] = data.draw(st.sampled_from([one for one in ALPHABET if one != code[at]]))
    text = "".join(letters)
    assert not any(one.is_certain for one in suggest(line(text), [order(1, code)]))


@given(
    st.text(st.sampled_from("0123AB"), max_size=6),
    st.text(st.sampled_from("0123AB"), max_size=6),
)
def test_one_mistake_apart_is_what_the_long_way_says(left: str, right: str) -> None:
    near = {left}
    near |= {left[:at] + left[at + 1 :] for at in range(len(left))}
    near |= {left[:at] + letter + left[at:] for at in range(len(left) + 1) for letter in "0123AB"}
    near |= {left[:at] + letter + left[at + 1 :] for at in range(len(left)) for letter in "0123AB"}
    near |= {left[:at] + left[at + 1] + left[at] + left[at + 2 :] for at in range(len(left) - 1)}
    assert is_near(left, right) is (right in near)


def test_two_codes_in_one_text_are_both_shown_and_neither_certain() -> None:
    both = [order(1, "7K3M9QX2V"), order(2, "ABCDEFGH2", 2500)]
    found = suggest(line("7K3M9QX2V and ABCDEFGH2", 5000), both)
    assert [one.order_id.int for one in found] == [1, 2]
    assert not any(one.is_certain for one in found)
    assert all(Reason.SEVERAL_CODES in one.reasons for one in found)


def test_a_code_one_letter_from_anothers_is_not_certain() -> None:
    found = suggest(line("7K3M9QX2V"), [order(1, "7K3M9QX2V"), order(2, "7K3M9QX2W")])
    assert [(one.order_id.int, one.is_certain, one.reasons[0]) for one in found] == [
        (1, False, Reason.CODE),
        (2, False, Reason.CODE_NEARLY),
    ]


def test_a_code_of_digits_has_to_stand_by_itself() -> None:
    known = [order(1, "123456789")]
    [inside] = suggest(line("IBAN DE00123456789012 0000"), known)
    assert (inside.is_certain, inside.reasons[0]) == (False, Reason.CODE)
    [apart] = suggest(line("12 34 56 789"), known)
    assert not apart.is_certain
    [alone] = suggest(line("order 123456789, thanks"), known)
    assert alone.is_certain


def reasons(found: list[Suggestion]) -> list[tuple[int, tuple[Reason, ...]]]:
    return [(one.order_id.int, one.reasons) for one in found]


def test_too_little_and_too_much_are_said_and_whose_it_is_stays_certain() -> None:
    for amount, reason in ((2499, Reason.AMOUNT_UNDER), (2501, Reason.AMOUNT_OVER)):
        [found] = suggest(line("7K3M9QX2V", amount), [order()])
        assert found.reasons == (Reason.CODE, reason)
        assert found.is_certain


def test_another_currency_is_never_certain() -> None:
    [found] = suggest(line("7K3M9QX2V"), [order(currency="CHF")])
    assert (found.is_certain, found.reasons) == (False, (Reason.CODE, Reason.OTHER_CURRENCY))


def test_money_that_went_out_pays_for_nothing() -> None:
    assert suggest(line("7K3M9QX2V", -2500, "Ada Lovelace"), [order()]) == []


def test_without_a_code_the_amount_and_the_name_suggest() -> None:
    known = [order(1), order(2, "ABCDEFGH2", name="Grace Hopper"), order(3, "ABCDEFGH3", expected=2600)]
    found = suggest(line("tickets for Friday", payer="LOVELACE, ADA"), known)
    assert reasons(found) == [(1, (Reason.AMOUNT, Reason.NAME))]
    assert not found[0].is_certain
    assert suggest(line("tickets for Friday", 2400, "LOVELACE, ADA"), known) == []
    assert suggest(line("tickets for Friday", payer="Somebody Else"), known) == []


def test_without_a_code_the_amount_and_the_address_suggest() -> None:
    for text in ("ada@example.org", "ADA(AT)EXAMPLE.ORG", "ada example org", "ada@exam\nple.org"):
        found = suggest(line(text, payer="Joint account"), [order(name="Countess of L.")])
        assert reasons(found) == [(1, (Reason.AMOUNT, Reason.EMAIL))], text


def test_money_from_before_the_order_is_not_guessed_and_is_said_beside_a_code() -> None:
    assert suggest(line("hello", payer="Ada Lovelace", day=15), [order()]) == []
    [found] = suggest(line("7K3M9QX2V", day=15), [order()])
    assert Reason.BEFORE_ORDER in found.reasons
    assert suggest(line("hello", payer="Ada Lovelace", day=17), [order()]) != []


def test_the_likeliest_come_first_and_five_are_enough() -> None:
    alike = [order(number, f"ABCDEFG{number:02}") for number in range(10, 30)]
    found = Matcher([*alike, order(1)]).suggest(line("7K3M9QX2V", payer="Ada Lovelace"))
    assert len(found) == 5
    assert found[0].order_id == UUID(int=1)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


def test_names_are_compared_as_people_and_banks_write_them() -> None:
    for said in (
        "ADA LOVELACE",
        "Lovelace, Ada",
        "Dr. Ada King Lovelace",
        "ada lovelce",
        "ADA UND CHARLES LOVELACE",
    ):
        assert name_likeness("Ada Lovelace", said) == 100, said
    assert name_likeness("Jürgen Müßig", "JUERGEN MUESSIG") == 100
    assert name_likeness("Zoë Brontë", "ZOE BRONTE") == 100
    assert name_likeness("Łukasz Żak", "LUKASZ ZAK") == 100
    assert name_likeness("Ada Lovelace", "Lovelace Ltd") > 50
    assert name_likeness("Ada Lovelace", "Grace Hopper") == 0
    assert name_likeness("Dr.", "Dr. No") == 0
    assert name_likeness("", "Ada") == 0
