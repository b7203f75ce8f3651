"""Being paid by address: Lightning Address, LNURL and UMA."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from admitone.assembly.ground import Ground
from admitone.flows.event_quotes import EventQuotes
from admitone.flows.lightning_invoice import LightningInvoices
from admitone.flows.lnurl_pay import LnurlPay
from admitone.flows.pay_texts import PayTexts
from admitone.flows.pay_with_bitcoin import PayWithBitcoin
from admitone.flows.payable import PayableDesk
from admitone.flows.payment import Payment
from admitone.flows.purchase import Purchase
from admitone.flows.uma_event_invoice import UmaEventInvoices
from admitone.flows.uma_paying import UmaPaying
from admitone.flows.uma_request import UmaRequesting
from admitone.flows.uma_site import UmaSite
from admitone.payments.bitcoin import BitcoinBook
from admitone.payments.uma import OwnKeys, Peers, PublicUmaProviders, own_key
from admitone.plumbing.public_fetch import PublicFetch
from admitone.settings import Settings


@dataclass(frozen=True, slots=True)
class ByAddressFlows:
    """`invoices` are those of orders; `lnurl` answers wallets, `uma` other providers; `requesting` brings invoices to
    them, `event_invoices` are shown by organisers.
    """

    invoices: LightningInvoices
    lnurl: LnurlPay
    uma: UmaPaying
    requesting: UmaRequesting
    event_invoices: UmaEventInvoices


def by_address_flows(
    ground: Ground,
    purchase: Purchase,
    payment: Payment,
    bitcoin: PayWithBitcoin,
    book: BitcoinBook,
    master_key: bytes,
) -> ByAddressFlows:
    """Build them. In development providers on this machine may be asked, over http."""
    settings = ground.settings
    site = UmaSite(
        urlsplit(settings.site_url).netloc, settings.site_url, settings.site_name, settings.uma_kyc
    )
    keys = uma_keys(settings, master_key)
    fetch = PublicFetch(loopback=settings.is_development)
    invoices = LightningInvoices(bitcoin, book)
    payable = PayableDesk(
        ground.database,
        ground.clock,
        ground.offers,
        purchase,
        payment,
        invoices,
        book,
        EventQuotes(master_key),
        PayTexts(site.domain, settings.site_name),
        ground.order_url,
    )
    lnurl = LnurlPay(payable, ground.links, ground.limiter, site_url=site.url)
    event_invoices = UmaEventInvoices(
        ground.database, ground.clock, ground.offers, payable, ground.links, keys, site
    )
    paying = UmaPaying(
        payable,
        lnurl,
        ground.settlement,
        ground.limiter,
        ground.links,
        Peers(ground.database, ground.clock, fetch),
        keys,
        event_invoices,
        site,
    )
    requesting = UmaRequesting(
        ground.database,
        ground.clock,
        PublicUmaProviders(fetch),
        ground.limiter,
        invoices,
        book,
        keys,
        lambda order_id: site.payreq(lnurl.order_key(order_id)),
        domain=site.domain,
        kyc=site.kyc,
    )
    return ByAddressFlows(invoices, lnurl, paying, requesting, event_invoices)


def uma_keys(settings: Settings, master_key: bytes) -> OwnKeys:
    """From settings, else made from the master key. Raises `BadUmaKey`."""
    signing, encryption = settings.uma_signing_key, settings.uma_encryption_key
    return OwnKeys(
        own_key(
            "signing",
            None if signing is None else signing.get_secret_value(),
            settings.uma_signing_certificates,
            master_key,
        ),
        own_key(
            "encryption",
            None if encryption is None else encryption.get_secret_value(),
            settings.uma_encryption_certificates,
            master_key,
        ),
    )
