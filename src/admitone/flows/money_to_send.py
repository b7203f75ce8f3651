"""Money that people send back themselves: where to, as a file for their bank, and that it was sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from admitone import accounts, payments, statements
from admitone.flows.ask_receiver import opened_receiver
from admitone.flows.payment_accounts import PaymentAccounts
from admitone.flows.received_money import BANK
from admitone.flows.refund import Refunding
from admitone.payments import RefundState
from admitone.plumbing.database import Database, Transaction
from admitone.plumbing.sealing import Sealer
from admitone.reads.received_money import ToSend, these_to_send
from admitone.statements import Debtor, Schema, Transfer
from admitone.values.actor import Action, Actor
from admitone.values.clock import Clock
from admitone.values.ids import derived_id
from admitone.values.refusals import Invalid

# Banks of the SEPA countries keep the day of Brussels.
_BANK_ZONE = ZoneInfo("Europe/Brussels")


class ReceiverMissing(Invalid):
    """Nobody has said yet where the money of these orders goes. `orders` are their codes."""

    code = "payments.receiver_missing"
    text = (
        "We do not know yet where the money of order {orders} goes. Type the account first, or leave it out."
    )


class OneAccountAtATime(Invalid):
    """A file is of one account, and of euros."""

    code = "payments.one_account_at_a_time"
    text = "Choose transfers in euros that leave the same account."


@dataclass(frozen=True, slots=True)
class TransferFile:
    """A file for the organiser's bank, and what to call it."""

    name: str
    data: bytes


class MoneyToSend:
    """Names receivers, writes files, marks as sent."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        accounts_: PaymentAccounts,
        refunding: Refunding,
        sealer: Sealer,
    ) -> None:
        self._database = database
        self._clock = clock
        self._accounts = accounts_
        self._refunding = refunding
        self._sealer = sealer

    async def name_receiver(
        self, actor: Actor, organiser_id: UUID, refund_id: UUID, *, holder: str, iban: str, bic: str = ""
    ) -> None:
        """Say whose account it goes to. Raises `Forbidden`, `RefundNotFound`, `SentAlready`, `BadIban`, `BadBic`..."""
        accounts.permit(actor, Action.REFUND_ORDERS, organiser_id)
        checked = statements.read_iban(iban)
        bic_checked = statements.read_bic(bic, checked)
        if not statements.sepa_text(holder).strip():
            raise statements.TransferTextMissing(field="holder")

        async def story(tx: Transaction) -> None:
            await self._own(tx, organiser_id, [refund_id])
            await payments.name_receiver(
                tx, refund_id, holder=holder.strip()[:70], iban=checked, bic=bic_checked
            )

        await self._database.run(story)

    async def transfer_file(
        self, actor: Actor, organiser_id: UUID, refund_ids: Sequence[UUID], schema: Schema = Schema.NEW
    ) -> TransferFile:
        """The transfers as a file for the bank (pain.001). The same ones make the same file again, that day.

        Raises `Forbidden`, `RefundNotFound`, `ReceiverMissing`, `OneAccountAtATime`, and what
        `statements.transfer_file` raises.
        """
        accounts.permit(actor, Action.REFUND_ORDERS, organiser_id)
        async with self._database.reading() as reader:
            found = await these_to_send(reader, organiser_id, refund_ids)
            if len(found) != len(set(refund_ids)) or not found:
                raise payments.RefundNotFound
            account = await payments.find_account(reader, found[0].account_id)
        assert account is not None, "accounts stay"
        is_bank = account.provider == BANK
        if not is_bank or any(one.account_id != account.id or one.currency != "EUR" for one in found):
            raise OneAccountAtATime
        without = [one.order_code for one in found if not one.knows_receiver]
        if without:
            raise ReceiverMissing(orders=", ".join(without[:10]))
        told = self._accounts.credentials(account)
        message_id = derived_id("transfer file", *sorted(one.refund_id.bytes for one in found)).hex
        data = statements.transfer_file(
            Debtor(told["holder"], told["iban"], told.get("bic") or None),
            [self._transfer(one) for one in found],
            message_id=message_id,
            created_at=max(one.asked_at for one in found),
            execute_on=self._clock.now().astimezone(_BANK_ZONE).date(),
            schema=schema,
        )
        return TransferFile(f"refunds-{self._clock.now():%Y-%m-%d}-{message_id[:8]}.xml", data)

    def _transfer(self, one: ToSend) -> Transfer:
        iban, bic = one.iban, one.bic
        if iban is None:
            assert one.sealed is not None, "asked for before"
            iban, bic = opened_receiver(self._sealer, one.refund_id, one.sealed)
        return Transfer(
            end_to_end_id=one.refund_id.hex,
            holder=one.holder or one.buyer,
            iban=iban,
            amount_minor=one.amount_minor,
            text=f"Refund of order {one.order_code}",
            bic=bic,
        )

    async def mark_sent(self, actor: Actor, organiser_id: UUID, refund_ids: Sequence[UUID]) -> int:
        """Somebody says that these were sent, or handed over: the refunds are done, their buyers are told; how many.

        Said again, nothing happens. Raises `Forbidden`, `RefundNotFound`.
        """
        accounts.permit(actor, Action.REFUND_ORDERS, organiser_id)

        async def story(tx: Transaction) -> set[UUID]:
            await self._own(tx, organiser_id, refund_ids)
            now = self._clock.now()
            return await payments.mark_sent(tx, organiser_id, refund_ids, now=now, actor=actor.label)

        sent = await self._database.run(story)
        for refund_id in sorted(sent):
            # Should this process die, the timetable asks the hand book too, only later.
            await self._refunding.ask_now(refund_id)
        await self._database.run(lambda tx: self._return_lines(tx, actor, organiser_id, refund_ids))
        return len(sent)

    async def _own(self, tx: Transaction, organiser_id: UUID, refund_ids: Sequence[UUID]) -> None:
        found = await payments.read_refunds(tx, refund_ids)
        mine = {one.id for one in found.values() if one.organiser_id == organiser_id}
        if mine != set(refund_ids) or set(await payments.sendings(tx, refund_ids)) != mine:
            raise payments.RefundNotFound

    async def _return_lines(
        self, tx: Transaction, actor: Actor, organiser_id: UUID, refund_ids: Sequence[UUID]
    ) -> None:
        """Lines of a statement all of whose money went back say so."""
        done = list((await payments.read_refunds(tx, refund_ids)).values())
        back = {one.attempt_id: one.amount_minor for one in done if one.state is RefundState.DONE}
        lines = await statements.lines_of_orders(tx, {one.order_id for one in done})
        whole = [
            one.id for one in lines if one.attempt_id in back and back[one.attempt_id] == one.amount_minor
        ]
        if whole:
            # One that was marked before stays as it is.
            await statements.mark_returned(tx, organiser_id, whole, now=self._clock.now(), actor=actor.label)
