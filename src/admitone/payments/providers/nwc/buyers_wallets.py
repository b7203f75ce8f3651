"""Buyers' wallets, as the flows ask them: implements `payments.nwc.ConnectedWallets`."""

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from admitone.payments.nwc import (
    GET_BUDGET,
    PAY_INVOICE,
    Budget,
    ConnectedWalletAway,
    ConnectedWalletRefused,
    ConnectionUri,
    Look,
    RelayNotPublic,
    Told,
    WalletPaymentState,
)
from admitone.payments.providers.nwc.answers import (
    NOT_FOUND,
    NOTHING_DONE,
    PAYMENT_FAILED,
    ListedState,
    Misread,
    RelayAway,
    WalletSaidNo,
    WalletSilent,
    proves,
    read_budget,
    read_listed,
    read_look,
    read_paid,
)
from admitone.payments.providers.nwc.lines import open_line
from admitone.plumbing.database import require_no_transaction
from admitone.plumbing.public_fetch import AddressRefused, PublicFetch
from admitone.values.clock import Clock

if TYPE_CHECKING:
    from admitone.payments.providers.nwc.line import Line

LOOK_SECONDS: Final = 8.0
# The first question after a connection was made went unanswered in a wallet we know; the second was not.
LOOKS: Final = 2
# Why an outcome is unknown, in words of ours.
SILENT: Final = "silent"
BAD_PROOF: Final = "bad_proof"
BAD_ANSWER: Final = "bad_answer"


class NwcWallets:
    """`fetch` says which addresses may be connected to."""

    def __init__(self, fetch: PublicFetch, clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock

    async def look(self, uri: ConnectionUri) -> Look:
        """As `ConnectedWallets.look`."""
        require_no_transaction("looking at a wallet")
        try:
            async with open_line(uri, self._fetch, self._clock) as line:
                for left in reversed(range(LOOKS)):
                    try:
                        said = await line.ask("get_info", {}, seconds=LOOK_SECONDS)
                        break
                    except WalletSilent:
                        if not left:
                            raise
                look = read_look(said)
                return replace(look, budget=await self._budget(line)) if GET_BUDGET in look.methods else look
        except (RelayAway, WalletSilent, Misread) as error:
            raise ConnectedWalletAway from error
        except WalletSaidNo as error:
            raise ConnectedWalletRefused from error
        except AddressRefused:
            raise RelayNotPublic(field="uri") from None

    async def _budget(self, line: "Line") -> Budget | None:
        try:
            return read_budget(await line.ask(GET_BUDGET, {}, seconds=LOOK_SECONDS))
        except (WalletSaidNo, WalletSilent, Misread):
            return None

    async def pay(self, uri: ConnectionUri, bolt11: str, payment_hash: str, *, seconds: int) -> Told:
        """As `ConnectedWallets.pay`."""
        require_no_transaction("a payment by a wallet")
        try:
            async with open_line(uri, self._fetch, self._clock) as line:
                said = await line.ask(PAY_INVOICE, {"invoice": bolt11}, seconds=seconds)
            preimage, fees_msat = read_paid(said)
        except (RelayAway, AddressRefused):
            # The wallet has not heard it; somebody else may still try with the same invoice.
            return Told(WalletPaymentState.REFUSED, reason="away")
        except WalletSilent:
            return Told(WalletPaymentState.UNKNOWN, reason=SILENT)
        except Misread:
            return Told(WalletPaymentState.UNKNOWN, reason=BAD_ANSWER)
        except WalletSaidNo as error:
            if error.code in NOTHING_DONE:
                return Told(WalletPaymentState.REFUSED, reason=error.code)
            return await self._after_no(uri, bolt11, payment_hash, error.code)
        if proves(preimage, payment_hash):
            return Told(WalletPaymentState.PAID, fees_msat)
        return Told(WalletPaymentState.UNKNOWN, reason=BAD_PROOF)

    async def _after_no(self, uri: ConnectionUri, bolt11: str, payment_hash: str, code: str) -> Told:
        """After "it failed", which some say of an invoice they have paid before."""
        known = await self.look_up(uri, bolt11, payment_hash)
        # Not found is no no: that word is also said when looking for a way took too long, and it may arrive yet.
        if known.state is WalletPaymentState.REFUSED and code == PAYMENT_FAILED:
            return Told(WalletPaymentState.REFUSED, reason=code)
        if known.state is WalletPaymentState.PAID:
            return known
        return Told(WalletPaymentState.UNKNOWN, reason=code)

    async def look_up(self, uri: ConnectionUri, bolt11: str, payment_hash: str) -> Told:
        """As `ConnectedWallets.look_up`."""
        require_no_transaction("a question to a wallet")
        try:
            async with open_line(uri, self._fetch, self._clock) as line:
                asked = {"payment_hash": payment_hash}
                listed = read_listed(await line.ask("lookup_invoice", asked, seconds=LOOK_SECONDS))
        except (RelayAway, WalletSilent, AddressRefused):
            return Told(WalletPaymentState.UNKNOWN, reason=SILENT)
        except Misread:
            return Told(WalletPaymentState.UNKNOWN, reason=BAD_ANSWER)
        except WalletSaidNo as error:
            return Told(WalletPaymentState.UNKNOWN, reason=error.code)
        if listed.is_incoming:
            # The invoice is one of this very wallet: that it was paid, or ran out, says nothing of what left it.
            return Told(WalletPaymentState.UNKNOWN, reason=NOT_FOUND)
        if listed.state is ListedState.SETTLED:
            is_proven = proves(listed.preimage, payment_hash)
            state = WalletPaymentState.PAID if is_proven else WalletPaymentState.UNKNOWN
            return Told(state, listed.fees_msat, None if is_proven else BAD_PROOF)
        if listed.state is ListedState.FAILED:
            return Told(WalletPaymentState.REFUSED, reason=PAYMENT_FAILED)
        return Told(WalletPaymentState.UNKNOWN, reason=SILENT)
