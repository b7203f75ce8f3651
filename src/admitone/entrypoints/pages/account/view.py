"""What a person's account page says."""

from dataclasses import dataclass, field
from typing import ClassVar

from admitone.entrypoints.pages.views import Link, Part


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A sign-in. `device`: "Firefox on Windows"; `seen_words`: "Last used today, 19:30"."""

    device: str
    seen_words: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class WalletKeyRow:
    """A Lightning wallet that signs in. `name`: the end of its key. A POST to `remove_url` forgets it."""

    name: str
    seen_words: str
    remove_url: str


@dataclass(frozen=True, slots=True)
class AccountView:
    """`name` posts `name`; `password` posts current_password (if `asks_current`) and new_password; `delete` posts
    delete_password (if `asks_current`).

    `asks_link`: there is nothing to type that would prove who this is, so `email` is mailed a link (POST `email` and
    `next` to `mail_link_url`), which leads back to `page_path`. `organisers` are the
    organisers this person works for; `site` is what whoever runs the site may open. The sign-out addresses take a POST.
    """

    template: ClassVar[str] = "account/account.html"

    email: str
    name: Part
    password: Part
    has_password: bool
    sessions: tuple[SessionRow, ...]
    sign_out_url: str
    sign_out_everywhere_url: str
    organisers: tuple[Link, ...] = ()
    site: tuple[Link, ...] = ()
    wallet_keys: tuple[WalletKeyRow, ...] = ()
    link_wallet_url: str = ""
    password_min: int = 10
    asks_current: bool = False
    asks_link: bool = False
    mail_link_url: str = ""
    page_path: str = ""
    delete: Part = field(default_factory=lambda: Part(""))
    wallet_url: str = ""
