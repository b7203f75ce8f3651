"""The door against a model in plain Python: any order of selling, scanning, cancelling and sending on."""

import asyncio
from collections.abc import Coroutine
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar, TypeVar
from uuid import UUID

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text

from admitone import checkin, migrations, tickets
from admitone.checkin import Verdict
from admitone.flows.admit import Admit, ScanIn
from admitone.plumbing.database import Database
from admitone.plumbing.signing import KeyRing
from admitone.values.clock import FrozenClock
from admitone.values.ids import uuid7
from tests.support import database as databases
from tests.support.door import House, drift, put_house, put_tickets
from tests.support.machines import profile

T = TypeVar("T")
RING = KeyRing.generate()
START = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
DOORS = ("Gate", "Yard")


@dataclass
class Model:
    """A ticket as it should be."""

    ticket: tickets.Ticket
    house: int
    codes: list[str]
    is_cancelled: bool = False
    first: tuple[datetime, str] | None = None


@dataclass
class Answered:
    """A scan and what it was answered."""

    house: int
    scan: ScanIn
    verdict: Verdict
    first: tuple[datetime, str] | None
    at: datetime


@dataclass
class World:
    """Two events of two organisers and everything that happened."""

    houses: list[House] = field(default_factory=list)
    models: dict[UUID, Model] = field(default_factory=dict)


class DoorMachine(RuleBasedStateMachine):
    """Rules do a thing both to the database and to the model, and compare."""

    template: ClassVar[str]
    sold = Bundle("sold")
    scans = Bundle("scans")

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.loop = asyncio.new_event_loop()
        self.stack.callback(self.loop.close)
        url = self.stack.enter_context(databases.clone(self.template))
        self.db = Database(url, pool_size=4, role=migrations.APP_ROLE, name="machine")
        self.clock = FrozenClock(START)
        self.flows = [Admit(self.db, self.clock, RING), Admit(self.db, self.clock, RING)]
        self.world = World()

    def do(self, story: Coroutine[Any, Any, T]) -> T:
        """Run one story to its end."""
        return self.loop.run_until_complete(story)

    def teardown(self) -> None:
        """Give everything back."""
        self.do(self.db.close())
        self.stack.close()

    @initialize()
    def open_the_houses(self) -> None:
        """Two organisers, an event each."""
        self.world.houses = [self.do(put_house(self.db)) for _ in range(2)]

    @rule(target=sold, house=st.integers(0, 1))
    def sell(self, house: int) -> UUID:
        """One more ticket."""
        [ticket] = self.do(put_tickets(self.db, self.world.houses[house], RING))
        self.world.models[ticket.id] = Model(ticket, house, [tickets.code_of(ticket, RING)])
        return ticket.id

    @rule(seconds=st.integers(0, 7200))
    def wait(self, seconds: int) -> None:
        """Time passes."""
        self.clock.move(seconds=seconds)

    @rule(ticket_id=sold)
    def cancel(self, ticket_id: UUID) -> None:
        """Its order is taken back."""
        model = self.world.models[ticket_id]
        cancelled = self.do(self.db.run(lambda tx: tickets.cancel(tx, [model.ticket.order_id])))
        assert cancelled == ([] if model.is_cancelled else [ticket_id])
        model.is_cancelled = True

    @rule(ticket_id=sold)
    def send_on(self, ticket_id: UUID) -> None:
        """It gets a new code."""
        model = self.world.models[ticket_id]
        if model.is_cancelled:
            with pytest.raises(tickets.TicketIsCancelled):
                self.do(self.db.run(lambda tx: tickets.reissue(tx, RING, ticket_id, actor="system")))
            return
        model.ticket = self.do(self.db.run(lambda tx: tickets.reissue(tx, RING, ticket_id, actor="system")))
        model.codes.append(tickets.code_of(model.ticket, RING))

    @rule(
        target=scans,
        ticket_id=sold,
        house=st.integers(0, 1),
        age=st.integers(0, 2),
        door=st.sampled_from(DOORS),
        process=st.integers(0, 1),
    )
    def scan(self, ticket_id: UUID, house: int, age: int, door: str, process: int) -> Answered:
        """One of its codes, new or old, is shown at one of the doors."""
        model = self.world.models[ticket_id]
        code = model.codes[max(len(model.codes) - 1 - age, 0)]
        verdict = self._verdict(model, house, code)
        scan = ScanIn(uuid7(), self.world.houses[house].event_id, code, door)
        said = self.do(self.flows[process].scan(self.world.houses[house].doorkeeper, scan))
        first = model.first if verdict is Verdict.ALREADY_USED else None
        assert said.answer.verdict is verdict
        assert self._first(said.answer) == first
        if verdict is Verdict.ADMITTED:
            model.first = (self.clock.now(), door)
        return Answered(house, scan, verdict, first, self.clock.now())

    def _verdict(self, model: Model, house: int, code: str) -> Verdict:
        if model.house != house:
            return Verdict.WRONG_EVENT
        if code != model.codes[-1] or model.is_cancelled:
            return Verdict.CANCELLED
        return Verdict.ADMITTED if model.first is None else Verdict.ALREADY_USED

    @rule(answered=scans, process=st.integers(0, 1))
    def scan_again(self, answered: Answered, process: int) -> None:
        """The same scan is sent once more: nothing that happened since changes its answer."""
        keeper = self.world.houses[answered.house].doorkeeper
        said = self.do(self.flows[process].scan(keeper, answered.scan))
        assert said.answer.verdict is answered.verdict
        assert self._first(said.answer) == answered.first
        assert (said.answer.at, said.answer.door) == (answered.at, answered.scan.door)

    @rule(answered=scans, ticket_id=sold)
    def reuse_a_scan_id(self, answered: Answered, ticket_id: UUID) -> None:
        """A scan id comes with another code: refused."""
        code = self.world.models[ticket_id].codes[-1]
        if code == answered.scan.code:
            return
        keeper = self.world.houses[answered.house].doorkeeper
        scan = ScanIn(answered.scan.scan_id, answered.scan.event_id, code, answered.scan.door)
        with pytest.raises(checkin.ScanIdReused):
            self.do(self.flows[0].scan(keeper, scan))

    @staticmethod
    def _first(answer: checkin.ScanAnswer) -> tuple[datetime, str] | None:
        if answer.first_at is None or answer.first_door is None:
            return None
        return answer.first_at, answer.first_door

    @invariant()
    def those_inside_are_those_let_in(self) -> None:
        """The admissions are the model's, and nothing has drifted."""
        inside = {one for one, model in self.world.models.items() if model.first is not None}
        assert self.do(self._inside()) == inside
        assert self.do(drift(self.db)) == []

    async def _inside(self) -> set[UUID]:
        async with self.db.reading() as reader:
            return set((await reader.execute(text("SELECT ticket_id FROM checkin_admission"))).scalars())


@pytest.fixture
def machine(template: str) -> type[DoorMachine]:
    """The machine, with databases to clone."""
    DoorMachine.template = template
    return DoorMachine


def test_the_door_does_what_the_model_says(machine: type[DoorMachine]) -> None:
    run_state_machine_as_test(machine, settings=profile())
