"""What the organiser's page about bitcoin says."""

from dataclasses import dataclass
from typing import ClassVar

from admitone.entrypoints.pages.organiser.nav import OrganiserNav
from admitone.entrypoints.pages.views import State


@dataclass(frozen=True, slots=True)
class PendingRow:
    """A payment that is waited for, or was not paid. `is_other_way`: the row before asks for the same money on another
    rail. `ask_url` (POST `attempt`) asks about it, `play_url` has play money pay it; empty: they may not.
    """

    order_code: str
    order_url: str
    event_title: str
    amount: str
    rail: str
    since: str
    state: State
    note: str
    attempt: str
    ask_url: str = ""
    play_url: str = ""
    is_other_way: bool = False


@dataclass(frozen=True, slots=True)
class OwedRow:
    """A refund in bitcoin that has not gone out."""

    order_code: str
    order_url: str
    event_title: str
    amount: str
    rail: str
    since: str
    state: State


@dataclass(frozen=True, slots=True)
class NodeCard:
    """A node: its name, how it stands, and what lies there, as (label, words)."""

    account: str
    alias: str
    state: State
    facts: tuple[tuple[str, str], ...]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class EventLine:
    """An event on sale; `url` leads to its UMA invoices."""

    title: str
    when: str
    url: str


@dataclass(frozen=True, slots=True)
class BitcoinDeskView:
    """`nodes` are shown to those who see reports. `failed`: not paid within the last weeks. `owed`: goes back.
    `events`: on sale, for who may make UMA invoices of them.
    """

    template: ClassVar[str] = "organiser_bitcoin/desk.html"
    section: ClassVar[str] = "bitcoin"

    nav: OrganiserNav
    pending: tuple[PendingRow, ...]
    nodes: tuple[NodeCard, ...]
    shows_nodes: bool
    is_cut: bool = False
    failed: tuple[PendingRow, ...] = ()
    owed: tuple[OwedRow, ...] = ()
    is_failed_cut: bool = False
    events: tuple[EventLine, ...] = ()
