"""Names, slugs and what never shows a secret."""

import pytest

from admitone import accounts
from admitone.accounts import checked_name
from admitone.accounts.mailed_links import NewLink
from admitone.accounts.team.invitations import NewInvitation
from admitone.values.ids import uuid7
from tests.conftest import NOW


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Ada", "Ada"),
        ("  Ada \t\n Obi  ", "Ada Obi"),
        ("Ada\u202eObi", "AdaObi"),
        ("Ada\x00\x07Obi", "AdaObi"),
        ("علی\u200cرضا", "علی\u200cرضا"),
        ("O'Neill-Šimić <b>", "O'Neill-Šimić <b>"),
    ],
)
def test_a_name_is_one_visible_line(typed: str, kept: str) -> None:
    assert checked_name(typed) == kept


@pytest.mark.parametrize("typed", ["", "   ", "\u200b\u200b", "...", "\u202e"])
def test_a_name_of_nothing_is_refused(typed: str) -> None:
    with pytest.raises(accounts.NameMissing):
        checked_name(typed)


def test_a_name_has_two_hundred_characters_at_most() -> None:
    assert checked_name("a" * 200) == "a" * 200
    with pytest.raises(accounts.NameTooLong) as caught:
        checked_name("a" * 201)
    assert caught.value.data == {"most": 200}


def test_secrets_are_not_shown_when_something_is_printed() -> None:
    token = accounts.new_token()
    for holder in (
        accounts.NewSession(uuid7(), uuid7(), token, NOW),
        NewLink(token, accounts.hash_of(token)),
        NewInvitation(uuid7(), token, NOW),
    ):
        assert token not in repr(holder)
        assert token not in str(holder)
