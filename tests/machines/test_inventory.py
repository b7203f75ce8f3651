"""Places against a model in plain Python: any order of holding, ordering, selling, giving back and resizing."""

from collections.abc import Callable, Collection, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, consumes, initialize, invariant, multiple, rule

from admitone import inventory
from admitone.inventory import HoldItem, HoldRequest
from admitone.plumbing.database import Transaction
from admitone.values.ids import uuid7
from admitone.values.refusals import Refusal
from tests.support.machines import SiteMachine, run_machine
from tests.support.onsale import OnSale, TypeOnSale, put_on_sale

T = TypeVar("T")
HOLD_SECONDS = 900
# Which pools a unit of each type takes a place from: one of its own and the shared one, or the shared one alone.
DRAWS = ((1, 0), (2, 0), (0,))
CAPACITIES = (9, 6, 5)
IN_A_POOL = ("active", "claimed", "sold")

amounts = st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 2)).filter(any)


@dataclass
class ModelHold:
    """A hold as it should be. `amounts` of each type."""

    amounts: tuple[int, ...]
    state: str = "active"
    is_due: bool = False
    is_extended: bool = False
    digest: bytes = b""

    def places(self) -> dict[int, int]:
        """Places per pool."""
        wanted: dict[int, int] = {}
        for amount, pools in zip(self.amounts, DRAWS, strict=True):
            for pool in pools if amount else ():
                wanted[pool] = wanted.get(pool, 0) + amount
        return wanted


@dataclass
class Model:
    """Three pools and every hold there ever was, in order."""

    capacity: list[int] = field(default_factory=lambda: list(CAPACITIES))
    holds: dict[UUID, ModelHold] = field(default_factory=dict)
    version: int = 1
    is_open: bool = True

    def taken(self, pool: int, states: Collection[str] = IN_A_POOL) -> int:
        """Places of a pool in holds in these states."""
        return sum(hold.places().get(pool, 0) for hold in self.holds.values() if hold.state in states)

    def fits(self, hold: ModelHold) -> bool:
        """There are places for all of it."""
        return all(self.capacity[pool] - self.taken(pool) >= places for pool, places in hold.places().items())

    def expire(self, pools: Collection[int] | None = None) -> int:
        """Due holds go; with `pools` only those that draw on no other."""
        due = [
            hold
            for hold in self.holds.values()
            if hold.state == "active" and hold.is_due and (pools is None or set(hold.places()) <= set(pools))
        ]
        for hold in due:
            hold.state = "expired"
        return len(due)

    def take(self, wanted: Sequence[tuple[UUID, ModelHold]]) -> list[str]:
        """A batch: what each should hear. When somebody would hear "sold out", due holds go first."""
        before = dict(self.holds)
        said = self._take(wanted)
        pools = {pool for _, hold in wanted for pool in hold.places()}
        if "SoldOut" in said:
            self.holds = before
            if self.expire(pools):
                return self._take(wanted)
            self.holds = dict(before)
            return self._take(wanted)
        return said

    def _take(self, wanted: Sequence[tuple[UUID, ModelHold]]) -> list[str]:
        said = []
        for hold_id, hold in wanted:
            if not self.is_open:
                said.append("SalesClosed")
            elif not self.fits(hold):
                said.append("SoldOut")
            else:
                self.holds[hold_id] = hold
                said.append("Held")
        return said


class InventoryMachine(SiteMachine):
    """The slice's verbs, each in a transaction of its own."""

    holds = Bundle("holds")
    # Orders that ran out: these may still be paid late.
    late = Bundle("late")

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.show: OnSale

    @initialize()
    def begin(self) -> None:
        """Stalls and circle with places of their own, and all of it in one house."""
        types = TypeOnSale("Stalls", 1000, CAPACITIES[1]), TypeOnSale("Circle", 1000, CAPACITIES[2])
        self.show = self.do(
            put_on_sale(self.site, *types, TypeOnSale("Anywhere", 900, None), shared=CAPACITIES[0])
        )
        [(self.model.version,)] = self.rows("SELECT DISTINCT terms_version FROM inventory_pool")

    def run(self, story: Callable[[Transaction], Coroutine[Any, Any, T]]) -> T:
        """One committed transaction."""
        return self.do(self.db.run(story))

    def request(self, hold_id: UUID, wanted: tuple[int, ...], digest: bytes, version: int) -> HoldRequest:
        """What the flow would ask."""
        return HoldRequest(
            hold_id=hold_id,
            event_id=self.show.event_id,
            organiser_id=self.show.organiser_id,
            terms_version=version,
            items=tuple(
                HoldItem(self.show.types[at], amount, tuple(self.show.pools[pool] for pool in DRAWS[at]))
                for at, amount in enumerate(wanted)
                if amount
            ),
            hold_seconds=HOLD_SECONDS,
            digest=digest,
        )

    @rule(target=holds, batch=st.lists(amounts, min_size=1, max_size=4))
    def take(self, batch: list[tuple[int, ...]]) -> Any:
        """Several buyers in one batch."""
        wanted = [(uuid7(), ModelHold(one, digest=bytes([place]))) for place, one in enumerate(batch)]
        requests = [
            self.request(hold_id, hold.amounts, hold.digest, self.model.version) for hold_id, hold in wanted
        ]
        said = self.run(lambda tx: inventory.take_many(tx, requests))
        assert [type(one).__name__ for one in said] == self.model.take(wanted)
        return multiple(*(hold_id for hold_id, _ in wanted if hold_id in self.model.holds))

    @rule(wanted=amounts)
    def take_on_an_old_offer(self, wanted: tuple[int, ...]) -> None:
        """Somebody has an older page open."""
        request = self.request(uuid7(), wanted, b"", self.model.version - 1)
        [said] = self.run(lambda tx: inventory.take_many(tx, [request]))
        assert isinstance(said, inventory.TermsChanged)

    @rule(hold_id=holds, is_same=st.booleans())
    def take_again(self, hold_id: UUID, is_same: bool) -> None:
        """The same request comes once more, or another one with its key."""
        hold = self.model.holds[hold_id]
        digest = hold.digest if is_same else b"other"
        request = self.request(hold_id, hold.amounts, digest, self.model.version)
        [said] = self.run(lambda tx: inventory.take_many(tx, [request]))
        assert isinstance(said, inventory.Held if is_same else inventory.KeyReused)

    @rule(hold_id=holds)
    def run_out(self, hold_id: UUID) -> None:
        """Its time passes."""
        self.change("UPDATE inventory_hold SET held_until = clock_timestamp() WHERE id = :id", id=hold_id)
        self.model.holds[hold_id].is_due = True

    @rule()
    def sweep(self) -> None:
        """The timetable's sweep."""
        assert self.run(inventory.expire_due) == self.model.expire()

    @rule(hold_id=holds)
    def extend(self, hold_id: UUID) -> None:
        """The buyer asks for more time."""
        hold = self.model.holds[hold_id]
        wanted = "datetime"
        if hold.state != "active" or hold.is_due:
            wanted = "HoldGone"
        elif hold.is_extended:
            wanted = "AlreadyExtended"
        else:
            hold.is_extended = True
        may_be = self.run(lambda tx: inventory.read(tx, hold_id)).may_be_extended(HOLD_SECONDS)
        assert may_be == (wanted == "datetime"), "what the buyer is offered is what they get"
        assert self.heard(lambda tx: inventory.extend(tx, hold_id, HOLD_SECONDS)) == wanted

    def heard(self, story: Callable[[Transaction], Coroutine[Any, Any, object]]) -> str:
        """The kind of what was answered or refused."""
        try:
            return type(self.run(story)).__name__
        except Refusal as refusal:
            return type(refusal).__name__

    @rule(chosen=st.lists(holds, max_size=4, unique=True))
    def claim(self, chosen: list[UUID]) -> None:
        """They become orders."""
        claims = [(hold_id, uuid7(), HOLD_SECONDS) for hold_id in chosen]
        expected = self.move(chosen, ("active",), "claimed", lambda hold: not hold.is_due)
        assert set(self.run(lambda tx: inventory.claim_many(tx, claims))) == expected

    @rule(hold_id=holds)
    def claim_and_refuse(self, hold_id: UUID) -> None:
        """The order is refused, so the hold is as it was."""
        before = self.rows("SELECT state, held_until FROM inventory_hold WHERE id = :id", id=hold_id)
        hold = self.model.holds[hold_id]

        async def story(tx: Transaction) -> int:
            claimed = await inventory.claim_many(tx, [(hold_id, uuid7(), HOLD_SECONDS)])
            await inventory.unclaim_many(tx, list(claimed))
            return len(claimed)

        assert self.run(story) == (hold.state == "active" and not hold.is_due)
        assert self.rows("SELECT state, held_until FROM inventory_hold WHERE id = :id", id=hold_id) == before

    @rule(chosen=st.lists(holds, max_size=4, unique=True))
    def sell(self, chosen: list[UUID]) -> None:
        """They are paid."""
        expected = self.move(chosen, ("claimed",), "sold")
        assert self.run(lambda tx: inventory.sell_many(tx, chosen)) == expected

    @rule(chosen=st.lists(holds, max_size=4, unique=True), as_expired=st.booleans())
    def release(self, chosen: list[UUID], as_expired: bool) -> None:
        """They are given back unpaid."""
        expected = self.move(chosen, ("active", "claimed"), "expired" if as_expired else "released")
        assert self.run(lambda tx: inventory.release_many(tx, chosen, as_expired=as_expired)) == expected

    @rule(chosen=st.lists(holds, max_size=4, unique=True))
    def give_back(self, chosen: list[UUID]) -> None:
        """They are given back after paying."""
        expected = self.move(chosen, ("sold",), "released")
        assert self.run(lambda tx: inventory.return_many(tx, chosen)) == expected

    def move(
        self,
        chosen: Sequence[UUID],
        states: Sequence[str],
        to: str,
        may: Callable[[ModelHold], bool] = lambda _: True,
    ) -> set[UUID]:
        """Those of the chosen that may, move; which did."""
        moved = {
            one for one in chosen if self.model.holds[one].state in states and may(self.model.holds[one])
        }
        for one in moved:
            self.model.holds[one].state = to
        return moved

    @rule(target=late, chosen=st.lists(holds, max_size=4, unique=True))
    def order_and_run_out(self, chosen: list[UUID]) -> Any:
        """They become orders that nobody pays in time."""
        self.claim(chosen)
        gone = [one for one in chosen if self.model.holds[one].state == "claimed"]
        self.release(gone, as_expired=True)
        return multiple(*gone)

    @rule(wanted=amounts)
    def fill_up(self, wanted: tuple[int, ...]) -> None:
        """The same basket again and again, until it does not fit."""
        while self.model.is_open and self.model.fits(ModelHold(wanted)):
            self.take([wanted])

    @rule(chosen=st.lists(late, min_size=1, max_size=3, unique=True))
    def late_money(self, chosen: list[UUID]) -> None:
        """Late payments for holds that were given back, in this order: as many as still fit."""
        late = [one for one in chosen if self.model.holds[one].state in ("expired", "released")]
        expected = set()
        for one in late:
            hold = self.model.holds[one]
            if self.model.fits(hold):
                hold.state = "sold"
                expected.add(one)
        assert self.run(lambda tx: inventory.retake_many(tx, late)) == expected

    @rule(pool=st.integers(0, 2), capacity=st.integers(0, 15))
    def resize(self, pool: int, capacity: int) -> None:
        """The organiser changes a pool."""
        least = self.model.taken(pool)
        asked = (self.show.organiser_id, self.show.pools[pool], capacity)
        said = self.heard(lambda tx: inventory.resize_pool(tx, *asked))
        assert said == ("NoneType" if capacity >= least else "CapacityBelowSold")
        if capacity >= least:
            self.model.capacity[pool] = capacity

    @rule(capacity=st.integers(0, 100))
    def a_stranger_resizes(self, capacity: int) -> None:
        """Somebody else's pool does not exist."""
        asked = (uuid7(), self.show.pools[0], capacity)
        assert self.heard(lambda tx: inventory.resize_pool(tx, *asked)) == "PoolNotFound"

    @rule(is_open=st.booleans())
    def publish(self, is_open: bool) -> None:
        """The offer is changed, or sales are closed."""
        self.model.version += 1
        self.model.is_open = is_open
        offer = (self.show.event_id, self.model.version)
        self.run(lambda tx: inventory.open_pools(tx, *offer, is_open=is_open))

    @rule(hold_id=consumes(holds))
    def forget(self, hold_id: UUID) -> None:
        """Nobody touches this one any more; it stays as it is."""

    @invariant()
    def the_pools_are_the_models(self) -> None:
        """Counters, states and the recount."""
        if not hasattr(self, "show"):
            return
        found = {
            pool: tuple(counters)
            for pool, *counters in self.rows("SELECT id, capacity, held, sold FROM inventory_pool")
        }
        for at, pool in enumerate(self.show.pools):
            held, sold = self.model.taken(at, ("active", "claimed")), self.model.taken(at, ("sold",))
            assert found[pool] == (self.model.capacity[at], held, sold)
        states = dict(self.rows("SELECT id, state FROM inventory_hold"))
        assert states == {hold_id: hold.state for hold_id, hold in self.model.holds.items()}
        # The others are about orders, which this machine has none of.
        assert self.broken("I-1 capacity", "I-2 recount") == {}


def test_places_do_what_the_model_says(template: str) -> None:
    run_machine(InventoryMachine, template)
