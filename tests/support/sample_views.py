"""Every page with believable contents: for template tests, the accessibility test and the preview."""

from admitone.entrypoints.pages.rendering import View
from tests.support.sample_approval_views import approval_views
from tests.support.sample_bitcoin_views import bitcoin_views
from tests.support.sample_bulk_views import bulk_views
from tests.support.sample_connected_views import connected_views
from tests.support.sample_credit_views import credit_views
from tests.support.sample_document_views import document_views
from tests.support.sample_door_views import door_views
from tests.support.sample_editor_views import editor_views
from tests.support.sample_event_views import event_views
from tests.support.sample_exchange_views import exchange_views
from tests.support.sample_fee_views import fee_views
from tests.support.sample_money_views import money_views
from tests.support.sample_needs_views import needs_views
from tests.support.sample_order_views import checkout_views, order_views
from tests.support.sample_organiser_views import organiser_views
from tests.support.sample_ownership_views import ownership_views, wallet_sign_in_views
from tests.support.sample_payment_views import payment_views
from tests.support.sample_payout_views import payout_views
from tests.support.sample_people_views import letter_views, people_views, word_views
from tests.support.sample_play_views import play_views
from tests.support.sample_promo_views import promo_views
from tests.support.sample_refund_claim_views import refund_claim_views
from tests.support.sample_refund_views import refund_views
from tests.support.sample_uma_views import uma_invoice_views
from tests.support.sample_wallet_views import wallet_views
from tests.support.sample_watch_views import watch_views
from tests.support.sample_write_views import write_views


def all_views() -> dict[str, View]:
    """Name of the sample and its view; together they show every template."""
    return {
        **event_views(),
        **checkout_views(),
        **order_views(),
        **bitcoin_views(),
        **connected_views(),
        **exchange_views(),
        **people_views(),
        **ownership_views(),
        **wallet_sign_in_views(),
        **wallet_views(),
        **needs_views(),
        **payment_views(),
        **letter_views(),
        **word_views(),
        **door_views(),
        **organiser_views(),
        **refund_views(),
        **refund_claim_views(),
        **play_views(),
        **promo_views(),
        **credit_views(),
        **bulk_views(),
        **approval_views(),
        **payout_views(),
        **fee_views(),
        **document_views(),
        **editor_views(),
        **watch_views(),
        **uma_invoice_views(),
        **write_views(),
        **money_views(),
    }
