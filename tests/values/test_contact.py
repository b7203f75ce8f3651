"""Addresses: accepted or refused, equal or not, and the typo people make most."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admitone.values import contact
from admitone.values.contact import BadEmail, email_key, email_masked, typo_hint, valid_email

LOCALS = st.from_regex(r"[A-Za-z0-9+_-]{1,20}(\.[A-Za-z0-9+_-]{1,20}){0,2}", fullmatch=True)
DOMAINS = st.from_regex(r"([A-Za-z0-9äöß日本]{1,12}\.){1,3}[A-Za-z]{2,6}", fullmatch=True)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("ann@example.org", "ann@example.org"),
        ("  Ann.Lee+x@Example.ORG\r\n", "Ann.Lee+x@example.org"),
        (
            "\uff41\uff4e\uff4e\uff20\uff45\uff58\uff41\uff4d\uff50\uff4c\uff45\uff0e\uff4f\uff52\uff47",
            "ann@example.org",
        ),
        ("o'neil/a=b{c}@a-b.co.uk", "o'neil/a=b{c}@a-b.co.uk"),
        ("x@MÜNCHEN.de", "x@xn--mnchen-3ya.de"),
        ("x@mu\u0308nchen.de", "x@xn--mnchen-3ya.de"),
        ("x@straße.de", "x@xn--strae-oqa.de"),
        ("x@日本。jp", "x@xn--wgv71a.jp"),
        ("x@пример.рф", "x@xn--e1afmkfd.xn--p1ai"),
        ("x@xn--mnchen-3ya.de", "x@xn--mnchen-3ya.de"),
        ("l" * 64 + "@example.org", "l" * 64 + "@example.org"),
        ("x@" + "d" * 63 + ".de", "x@" + "d" * 63 + ".de"),
        ("a@" + ".".join(["d" * 62] * 4), "a@" + ".".join(["d" * 62] * 4)),
    ],
)
def test_an_address_is_kept_in_its_deliverable_form(typed: str, kept: str) -> None:
    assert valid_email(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "", " ", "@", "ann", "ann@", "@example.org", "ann@example", "ann@@example.org", "a@b@c.de",
        "ann@.org",
        "ann@example.", "ann@example..org", "ann@-a.org", "ann@a-.org", "ann@a_b.org", "ann@1.2.3.4",
        "ann@[1.2.3.4]",
        ".ann@example.org", "ann.@example.org", "a..n@example.org", "a n@example.org", "ann@exa mple.org",
        '"a b"@example.org', "a,b@example.org", "<ann@example.org>", "Ann <ann@example.org>",
        "a;b@example.org",
        "ann@example.org\r\nBcc: x@y.de", "an\nn@example.org", "ann\0@example.org", "ann@exam\0ple.org",
        "ann@example.org\u0085x", "änn@example.org", "a\u200bnn@example.org", "x@a\u200b.de", "x@a\u202eb.de",
        "x@☃.de", "\ud800@example.org", "x@\ud800.de", "mailto:ann@example.org?cc=x@y.de%0a",
        "x@ex%61mple.org",
        "l" * 65 + "@example.org", "x@" + "d" * 64 + ".de", "x@" + "ü" * 60 + ".de",
        "aaa@" + ".".join(["d" * 62] * 4), "a@b.de" + " " * 600 + "junk", "x@" + "ü" * 100_000 + ".de",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(BadEmail) as caught:
        valid_email(typed, field="attendees.0.email")
    assert (caught.value.code, caught.value.field) == ("contact.bad_email", "attendees.0.email")
    assert caught.value.sentence == (
        "That does not look like an e-mail address. It should be like name@example.org."
    )


def test_the_field_of_a_refused_address_is_email_unless_said_otherwise() -> None:
    with pytest.raises(BadEmail) as caught:
        valid_email("x")
    assert caught.value.field == "email"


@given(st.text(max_size=60) | st.builds("{}@{}".format, st.text(max_size=20), st.text(max_size=30)))
def test_whatever_is_accepted_is_plain_ascii_without_a_way_into_a_header(text: str) -> None:
    try:
        kept = valid_email(text)
    except BadEmail:
        return
    assert re.fullmatch(r"[!#-'*+./-9=?A-Z^-~-]{1,64}@[a-z0-9.-]{3,253}", kept)
    assert valid_email(kept) == kept


@given(LOCALS, DOMAINS)
def test_a_kept_address_has_the_key_of_what_was_typed(local: str, domain: str) -> None:
    typed = f" {local}@{domain} "
    kept = valid_email(typed)
    assert email_key(kept) == email_key(typed) == email_key(email_key(typed))
    assert email_key(f"{local.swapcase()}@{domain}") == email_key(kept)


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("Ann@Example.org", " ann@EXAMPLE.ORG ", True),
        ("x@münchen.de", "x@XN--MNCHEN-3YA.de", True),
        ("\uff58@example.org", "x@example.org", True),
        ("x@straße.de", "x@strasse.de", False),
        ("ann+a@example.org", "ann@example.org", False),
        ("a.nn@gmail.com", "ann@gmail.com", False),
        ("Not An Address", "not an address", True),
        ("a@B", "A@b", True),
        ("", "@", False),
    ],
)
def test_two_spellings_have_one_key(left: str, right: str, same: bool) -> None:
    assert (email_key(left) == email_key(right)) is same


@given(st.text())
def test_a_key_can_be_made_of_anything(text: str) -> None:
    assert isinstance(email_key(text), str)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("gmial.com", "gmail.com"),
        ("gamil.com", "gmail.com"),
        ("gmal.com", "gmail.com"),
        ("gmaill.com", "gmail.com"),
        ("gnail.com", "gmail.com"),
        ("hmail.com", "gmail.com"),
        ("gmail.con", "gmail.com"),
        ("gmail.cmo", "gmail.com"),
        ("gmail.co", "gmail.com"),
        ("gmail.cm", "gmail.com"),
        ("gmial.con", "gmail.com"),
        ("gmal.co", "gmail.com"),
        ("GMIAL.com", "gmail.com"),
        ("hotmial.com", "hotmail.com"),
        ("hotmail.co.ku", "hotmail.co.uk"),
        ("outlok.com", "outlook.com"),
        ("yaho.com", "yahoo.com"),
        ("yahoo.co", "yahoo.com"),
        ("iclould.com", "icloud.com"),
        ("gmx.nte", "gmx.net"),
        ("acme.con", "acme.com"),
        ("acme.ogr", "acme.org"),
        ("mail.acme.cmo", "mail.acme.com"),
    ],
)
def test_a_mistyped_domain_gets_a_hint(typed: str, meant: str) -> None:
    assert typo_hint(f"Ann.Lee@{typed}") == f"Ann.Lee@{meant}"


@pytest.mark.parametrize(
    "domain",
    [
        "example.org", "acme.com", "acme.co", "acme.om", "small.com", "mali.com", "hail.com", "wet.de",
        "gmx.dk",
        "gmx.es", "proton.com", "university.edu", "b", "con", ".con", "", "xn--mnchen-3ya.de",
    ],
)  # fmt: skip
def test_an_honest_domain_gets_no_hint(domain: str) -> None:
    assert typo_hint(f"ann@{domain}") is None


@pytest.mark.parametrize("text", ["", "ann", "gmial.com", "@gmial.com"])
def test_what_is_no_address_gets_no_hint(text: str) -> None:
    assert typo_hint(text) is None


@pytest.mark.parametrize("domain", contact.KNOWN_DOMAINS)
def test_a_known_provider_never_gets_a_hint(domain: str) -> None:
    assert typo_hint(f"ann@{domain}") is None
    assert typo_hint(f"ann@{domain.upper()}") is None


@given(LOCALS, DOMAINS)
def test_a_hint_never_leads_to_another_hint(local: str, domain: str) -> None:
    hint = typo_hint(f"{local}@{domain}")
    assert hint is None or (hint.startswith(f"{local}@") and typo_hint(hint) in (None, hint))


@pytest.mark.parametrize(
    ("left", "right", "slips"),
    [
        ("ab", "ab", 0),
        ("ab", "ba", 1),
        ("ab", "abc", 1),
        ("abc", "ac", 1),
        ("abc", "axc", 1),
        ("ca", "abc", 3),
        ("", "ab", 2),
    ],
)
def test_slips_are_counted_with_neighbours_swapped_as_one(left: str, right: str, slips: int) -> None:
    assert contact._slips(left, right) == contact._slips(right, left) == slips


@pytest.mark.parametrize(
    ("email", "masked"),
    [("ann@example.org", "a•••@example.org"), ("a@example.org", "•••@example.org")],
)
def test_a_masked_address_shows_its_first_letter_and_its_domain(email: str, masked: str) -> None:
    assert email_masked(email) == masked
