"""How PayPal says no: a status, a name, and an issue for machines."""

import secrets
from collections.abc import Mapping, Sequence

_NAMES = {
    400: ("INVALID_REQUEST", "Request is not well-formed, syntactically incorrect, or violates schema."),
    401: (
        "AUTHENTICATION_FAILURE",
        "Authentication failed due to missing authorization header, or invalid authentication credentials.",
    ),
    403: ("NOT_AUTHORIZED", "Authorization failed due to insufficient permissions."),
    404: ("RESOURCE_NOT_FOUND", "The specified resource does not exist."),
    422: (
        "UNPROCESSABLE_ENTITY",
        "The requested action could not be performed, semantically incorrect, or failed business validation.",
    ),
}

# What PayPal's documents say beside each issue.
_SENTENCES = {
    "CANNOT_BE_ZERO_OR_NEGATIVE": "Must be greater than zero. "
    "If the currency supports decimals, only two decimal place precision is supported.",
    "CAPTURE_FULLY_REFUNDED": "The capture has already been fully refunded",
    "DECIMAL_PRECISION": "If the currency supports decimals, only two decimal place precision is supported.",
    "DUPLICATE_BATCH": "Batch with given sender_batch_id already exists",
    "DUPLICATE_INVOICE_ID": "Duplicate Invoice ID detected. To avoid a potential duplicate transaction your account "
    "setting requires that Invoice Id be unique for each transaction.",
    "DUPLICATE_REQUEST_ID": "The value of PayPal-Request-Id header has already been used.",
    "INSTRUMENT_DECLINED": "The instrument presented  was either declined by the processor or bank, "
    "or it can't be used for this payment.",
    "INVALID_CURRENCY_CODE": "Currency code is invalid or is not currently supported. Please refer "
    "https://developer.paypal.com/api/rest/reference/currency-codes/ for list of supported currency codes.",
    "INVALID_PARAMETER_SYNTAX": "The value of a field does not conform to the expected format.",
    "INVALID_RESOURCE_ID": "Specified resource ID does not exist. Please check the resource ID and try again.",
    "MALFORMED_REQUEST_JSON": "The request JSON is not well formed.",
    "MISSING_REQUIRED_PARAMETER": "A required parameter is missing.",
    "NOT_PATCHABLE": "Cannot be patched.",
    "ORDER_ALREADY_CAPTURED": "Order already captured.If 'intent=CAPTURE' only one capture per order is allowed.",
    "ORDER_ALREADY_COMPLETED": "The order cannot be patched after it is completed.",
    "ORDER_NOT_APPROVED": "Payer has not yet approved the Order for payment. Please redirect the payer to the "
    "'rel':'approve' url returned as part of the HATEOAS links within the Create Order call or provide a valid "
    "`payment_source` in the request.",
    "PENDING_CAPTURE": "Cannot initiate a refund as the capture is pending. Capture is typically pending when the "
    "payer has funded the transaction using e-check/bank funded.",
    "REFUND_AMOUNT_EXCEEDED": "The refund amount must be less than or equal to the capture amount that has not yet "
    "been refunded.",
    "REFUND_FAILED_INSUFFICIENT_FUNDS": "Capture could not be refunded due to insufficient funds. Please check to see "
    "if you have sufficient funds in your PayPal account or if the bank account linked to your PayPal account is "
    "verified and has sufficient funds.",
}


class SaysNo(Exception):
    """PayPal's no. `name` replaces the usual one of the status."""

    def __init__(
        self,
        status: int,
        issue: str | None = None,
        *,
        name: str | None = None,
        links: Sequence[Mapping[str, str]] = (),
    ) -> None:
        super().__init__(issue or str(status))
        self.status = status
        usual, message = _NAMES[status]
        self.body: dict[str, object] = {
            "name": name or usual,
            "message": message,
            "debug_id": secrets.token_hex(7),
            "links": list(links),
        }
        if issue is not None:
            described = _SENTENCES.get(issue, "The requested action could not be performed.")
            self.body["details"] = [{"issue": issue, "description": described}]


def missing() -> SaysNo:
    """There is no such thing."""
    return SaysNo(404, "INVALID_RESOURCE_ID")
