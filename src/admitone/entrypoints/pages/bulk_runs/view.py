"""What an organiser sees who refunds many orders at once: the choice, what it would do, and how far it has come."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from admitone.entrypoints.pages.organiser.nav import OrganiserNav
from admitone.entrypoints.pages.views import PriceLine, State


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run in the list."""

    url: str
    title: str
    about: str
    state: State


@dataclass(frozen=True, slots=True)
class BulkRefundView:
    """The choice, and the runs there were. Fields: `type` (empty: all), `how` (all, amount), `amount`, `with_fees`,
    `message`. `types` are pairs (id, name). `next_url` is empty where all orders are taken back already.
    """

    template: ClassVar[str] = "bulk_runs/choose.html"
    section: ClassVar[str] = "orders"

    nav: OrganiserNav
    runs: tuple[RunLine, ...]
    types: tuple[tuple[str, str], ...]
    currency: str
    next_url: str
    orders_url: str
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ConfirmRunView:
    """What would happen, before it does. `fields` are sent again with `request` to `post_url`."""

    template: ClassVar[str] = "bulk_runs/confirm.html"
    section: ClassVar[str] = "orders"

    nav: OrganiserNav
    title: str
    lines: tuple[PriceLine, ...]
    sentences: tuple[str, ...]
    fields: tuple[tuple[str, str], ...]
    button: str
    post_url: str
    back_url: str


@dataclass(frozen=True, slots=True)
class RunMeter:
    """A bar: `value` of `most`."""

    label: str
    value: int
    most: int
    words: str


@dataclass(frozen=True, slots=True)
class RunView:
    """How far a run has come. With `status_url` the page looks whether `status` still holds, and anew when not."""

    template: ClassVar[str] = "bulk_runs/run.html"
    section: ClassVar[str] = "orders"

    nav: OrganiserNav
    title: str
    about: str
    state: State
    meters: tuple[RunMeter, ...]
    lines: tuple[PriceLine, ...]
    back_url: str
    status: str = ""
    status_url: str = ""
    pause_url: str = ""
    resume_url: str = ""
    resume_words: str = ""
    awaited_words: str = ""
    refused_words: str = ""
    needs_url: str = ""
    failed: tuple[tuple[str, str, str], ...] = ()
    """Address of the order, its code and buyer, why."""
