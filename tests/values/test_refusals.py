"""A refusal has a code, a sentence and its data; a bundle keeps each one."""

import pickle

import pytest

from admitone.values.refusals import (
    Busy,
    Conflict,
    Forbidden,
    Gone,
    Invalid,
    NotFound,
    Problems,
    Refusal,
    TooMany,
    Unauthenticated,
)


class SoldOut(Conflict):
    """An example of a slice's own refusal."""

    code = "inventory.sold_out"
    text = "Only {left} left of {name}."


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (Refusal, "refused"),
        (NotFound, "not_found"),
        (Conflict, "conflict"),
        (Forbidden, "forbidden"),
        (Unauthenticated, "unauthenticated"),
        (Invalid, "invalid"),
        (Gone, "gone"),
        (Busy, "busy"),
    ],
)
def test_each_kind_has_a_code_and_a_sentence_of_its_own(kind: type[Refusal], code: str) -> None:
    refusal = kind()
    assert (refusal.code, refusal.sentence, refusal.field, refusal.data) == (code, kind.text, None, {})
    assert refusal.sentence.endswith(".")


def test_a_refusal_fills_its_sentence_from_its_data() -> None:
    refusal = SoldOut(field="items.0.quantity", left=2, name="{Balcony}")
    assert refusal.sentence == "Only 2 left of {Balcony}."
    assert str(refusal) == "inventory.sold_out: Only 2 left of {Balcony}."
    assert refusal.data == {"left": 2, "name": "{Balcony}"}
    assert refusal.field == "items.0.quantity"
    assert isinstance(refusal, Conflict)


def test_a_refusal_without_the_data_of_its_sentence_fails_where_it_is_made() -> None:
    with pytest.raises(KeyError, match="left"):
        SoldOut(name="Balcony")


@pytest.mark.parametrize("bad", ["", "Sold out", "inventory.", ".x", "a..b", "1a", "sold-out"])
def test_a_malformed_code_is_found_when_the_class_is_made(bad: str) -> None:
    with pytest.raises(AssertionError, match="dotted lower-case words"):
        type("Broken", (Refusal,), {"code": bad})


def test_an_empty_sentence_is_found_when_the_class_is_made() -> None:
    with pytest.raises(AssertionError, match="text is empty"):
        type("Broken", (Refusal,), {"text": " "})


def test_too_many_says_when_to_come_back() -> None:
    refusal = TooMany(retry_after_seconds=30, field="email", what="mails")
    assert refusal.retry_after_seconds == 30
    assert refusal.sentence == "That was too often. Try again in 30 s."
    assert (refusal.code, refusal.field) == ("too_many", "email")
    assert refusal.data == {"retry_after_seconds": 30, "what": "mails"}
    with pytest.raises(AssertionError):
        TooMany(retry_after_seconds=0)


def test_problems_keep_every_refusal_in_order_and_unpack_bundles() -> None:
    first, second, third = Invalid(field="a"), SoldOut(field="b", left=0, name="x"), NotFound(field="c")
    bundle = Problems(first, Problems(second, third))
    assert bundle.problems == (first, second, third)
    assert (bundle.code, bundle.field) == ("invalid.fields", None)
    assert str(bundle) == (
        "invalid.fields: a: invalid: Something in what you sent is not right.; "
        "b: inventory.sold_out: Only 0 left of x.; c: not_found: There is nothing here by that name."
    )
    with pytest.raises(AssertionError):
        Problems()


def test_a_refusal_survives_a_journey_between_processes() -> None:
    again = pickle.loads(pickle.dumps(NotFound(field="id")))
    assert (again.code, again.field, again.sentence) == ("not_found", "id", NotFound.text)
