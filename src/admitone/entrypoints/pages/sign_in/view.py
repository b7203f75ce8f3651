"""What the pages of signing in say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class SignInView:
    """Two forms: `email` to `link_url`, or `email` and `password` to `password_url`. `next_path` travels as
    `next`.

    `wallet_url` takes a POST that asks a Lightning wallet. `with_password` opens the second form (after it was
    refused). `demo` are demo sign-ins shown in development: (who, e-mail, password).
    """

    template: ClassVar[str] = "sign_in/sign_in.html"

    link_url: str
    password_url: str
    register_url: str
    wallet_url: str
    next_path: str = ""
    reason: str = ""
    with_password: bool = False
    demo: tuple[tuple[str, str, str], ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LinkSentView:
    """A letter is on its way. Says the same whether or not the address is known."""

    template: ClassVar[str] = "sign_in/link_sent.html"

    email: str
    minutes: int
    back_url: str


@dataclass(frozen=True, slots=True)
class ConfirmView:
    """The page behind a mailed link: a GET changes nothing, the button POSTs `token` to `post_url`.

    `title`: "Sign in to Admit One", "Confirm your address", "Join Foundry Presents". `button`: "Sign in",
    "Create my account", "Join as door staff". `lead`: who this is for.
    """

    template: ClassVar[str] = "sign_in/confirm.html"

    title: str
    lead: str
    button: str
    post_url: str
    token: str


@dataclass(frozen=True, slots=True)
class InvitationView:
    """An invitation, for somebody who is not signed in as the one invited. Two forms lead back here: `email` to
    `link_url`, or `email` and `password` to `password_url`, with `next_path` as `next`.

    `role_words`: "door staff". `until`: "8 March 2027, 12:00 UTC". `signed_in_as` is another address than the invited
    one, and empty for a guest.
    """

    template: ClassVar[str] = "sign_in/invitation.html"

    title: str
    inviter_name: str
    organiser_name: str
    role_words: str
    email: str
    until: str
    next_path: str
    link_url: str
    password_url: str
    sign_out_url: str
    signed_in_as: str = ""


@dataclass(frozen=True, slots=True)
class RegisterView:
    """Posts name, email, next and form_key to `post_url`. A password can be set once the address is confirmed."""

    template: ClassVar[str] = "sign_in/register.html"

    post_url: str
    sign_in_url: str
    next_path: str = ""
    form_key: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WalletView:
    """A question to a Lightning wallet. `state`: waiting (scan `qr_svg`, or open `wallet_url` on this device; `lnurl`
    is the same as text), known (POST to `go_on_url` signs in), unknown (nobody has this wallet: sign in by `email` to
    `link_url`, or, signed in as `account_email`, POST to `link_key_url`, with `current_password` if `asks_password`; if
    `asks_link` a mailed link to that address has to be used first), mine (it is linked already), taken (to
    somebody else), gone (POST to
    `again_url` asks anew). `status_url` answers `{"state": "<state>"}`.
    """

    template: ClassVar[str] = "sign_in/wallet.html"

    state: str
    again_url: str
    sign_in_url: str
    account_url: str = ""
    qr_svg: Markup = field(default_factory=Markup)
    lnurl: str = ""
    wallet_url: str = ""
    status_url: str = ""
    go_on_url: str = ""
    link_url: str = ""
    link_key_url: str = ""
    account_email: str = ""
    next_path: str = ""
    site_host: str = ""
    minutes: int = 0
    asks_password: bool = False
    asks_link: bool = False
    errors: Mapping[str, str] = field(default_factory=dict)
