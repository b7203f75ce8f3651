"""Why a UMA or LNURL request is answered with no: with UMA's own code and status, which the payer's provider reads."""

from collections.abc import Mapping

from admitone.values.refusals import Invalid, Refusal


class UmaRefused(Refusal):
    """A request of another provider that cannot be answered. `uma_code` and `http_status` as UMA's table of errors says
    (`uma.generated.errors`), `more` what the answer has besides.
    """

    code = "uma.refused"
    text = "{reason}"

    def __init__(
        self, uma_code: str, http_status: int, reason: str, more: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(reason=reason)
        self.uma_code = uma_code
        self.http_status = http_status
        self.more = dict(more or {})


class BadUmaAddress(Invalid):
    """Not of the form `$name@domain`."""

    code = "uma.bad_address"
    text = (
        "A UMA name begins with $ and has a domain, such as $ada@wallet.example. Please check what you typed."
    )


class OwnUmaAddress(Invalid):
    """An address of this site: it receives, and pays nothing."""

    code = "uma.own_address"
    text = "That is a name of this site. Please enter the UMA name of your wallet."


def no_such_receiver() -> UmaRefused:
    """Nobody of that name can be paid here."""
    return UmaRefused("USER_NOT_FOUND", 404, "Nobody can be paid here by that name.")


def no_such_request() -> UmaRefused:
    """The callback belongs to nothing we asked for."""
    return UmaRefused("REQUEST_NOT_FOUND", 404, "We have asked for no such payment.")


def wrong_amount(msat: int) -> UmaRefused:
    """Another amount than was asked for."""
    return UmaRefused(
        "AMOUNT_OUT_OF_RANGE", 400, f"The amount has to be {msat} millisatoshi, no more and no less."
    )
