"""Being paid through Stripe: its hosted page (cards, phone payments, 3-D Secure), refunds, disputes, and Connect.

`kind` is the front that assembly opens accounts with; `adapter` puts together what plays the ports. Stripe's own
library is loaded on the first call (`sdk`), since that takes about a second.
"""

from admitone.payments.providers.stripe.adapter import StripeProvider
from admitone.payments.providers.stripe.kind import StripeKind

__all__ = ["StripeKind", "StripeProvider"]
