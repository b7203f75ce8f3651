"""What the pages of proofs say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from admitone.entrypoints.pages.views import EventSummary, Part


@dataclass(frozen=True, slots=True)
class BeginProofView:
    """What a proof is good for, and the button that begins it (a POST to `post_url`). `passes_on`: it is to pass the
    ticket on.
    """

    template: ClassVar[str] = "prove/begin.html"

    event: EventSummary
    ticket_words: str
    passes_on: bool
    post_url: str
    back_url: str


@dataclass(frozen=True, slots=True)
class ProofView:
    """A question. Each form posts `way` and its fields to `post_url`: nothing more by `account`, `preimage`, or
    `address` and `signature`. `account_email` is who is signed in, `sign_in_url` is for a guest. `ways` are those that
    can work. Once it is proved, `word` is shown to a door, or `receiver` posts `name` and `email`; `until_words` is how
    long.
    """

    template: ClassVar[str] = "prove/proof.html"

    event: EventSummary
    ticket_words: str
    passes_on: bool
    is_proved: bool
    until_words: str
    post_url: str
    ways: tuple[str, ...] = ()
    message: str = ""
    account_email: str = ""
    sign_in_url: str = ""
    word: str = ""
    receiver: Part = field(default_factory=lambda: Part(""))
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DoorWordView:
    """A door asks for a word: posts `word` to `form.url`. After a good one, `proved_words` says when and how, `holder`
    whose name is on the ticket, `ticket_words` which it is, and `state_words` whether it went in, or opens no door
    (`is_open` false).
    """

    template: ClassVar[str] = "prove/door.html"

    event_title: str
    door: str
    back_url: str
    form: Part
    proved_words: str = ""
    holder: str = ""
    ticket_words: str = ""
    state_words: str = ""
    is_open: bool = True
