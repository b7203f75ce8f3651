"""The answers of wallets' protocols, for the OpenAPI document. Field names are those of the protocols."""

from typing import Literal

from pydantic import BaseModel


class WalletError(BaseModel):
    """LUD-01, with UMA's code."""

    status: Literal["ERROR"]
    reason: str
    code: str


class LnurlOfferShown(BaseModel):
    """LUD-06. `metadata` is JSON within JSON; `minSendable` and `maxSendable` are msat and mostly one and the same."""

    tag: Literal["payRequest"]
    callback: str
    minSendable: int
    maxSendable: int
    metadata: str
    commentAllowed: int | None = None
    payerData: dict[str, dict[str, bool]] | None = None


class UmaOfferShown(LnurlOfferShown):
    """UMAD-04: what can be paid in which currency, signed."""

    umaVersion: str
    currencies: list[dict[str, object]]
    compliance: dict[str, object]


class LnurlInvoiceShown(BaseModel):
    """LUD-06, LUD-09, LUD-11: `pr` is the invoice (BOLT 11)."""

    pr: str
    routes: list[object]
    disposable: bool
    successAction: dict[str, str]


class UmaInvoiceAnswerShown(BaseModel):
    """UMAD-06: the invoice, in which currency and at which rate, and who is paid, signed in version 1."""

    pr: str
    routes: list[object]
    converted: dict[str, object] | None = None
    payeeData: dict[str, object] | None = None


class KeysShown(BaseModel):
    """UMAD-02, in hexadecimal digits; chains of certificates (DER) where the site has them."""

    signingPubKey: str
    encryptionPubKey: str
    expirationTimestamp: int
    signingCertChain: list[str] | None = None
    encryptionCertChain: list[str] | None = None


class UmaSiteShown(BaseModel):
    """UMAD-10."""

    name: str
    uma_major_versions: list[int]


class CallbackShown(BaseModel):
    """It was heard."""

    status: Literal["OK"]


class LnurlWithdrawalShown(BaseModel):
    """LUD-03: what may be withdrawn, in msat; `k1` goes back with the invoice."""

    tag: Literal["withdrawRequest"]
    callback: str
    k1: str
    defaultDescription: str
    minWithdrawable: int
    maxWithdrawable: int


class LnurlOkShown(BaseModel):
    """It is being done."""

    status: Literal["OK"]
