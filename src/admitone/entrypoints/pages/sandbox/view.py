"""What the pretended bank says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from admitone.entrypoints.pages.views import Options, State


@dataclass(frozen=True, slots=True)
class BankView:
    """A payment at the Sandbox Bank. The form posts `decision` (pay or fail), `delay`, `copies`,
    `shuffle` and `lose`.

    `is_open` is False once it was decided; then only `return_url` is offered. `delays` and `copies` are
    choices.
    """

    template: ClassVar[str] = "sandbox/bank.html"

    ref: str
    merchant: str
    description: str
    amount: str
    method_name: str
    state: State
    is_open: bool
    post_url: str
    return_url: str
    delays: Options
    copies: Options
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
