"""Builds the object graph: the only file that knows every adapter."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from admitone import accounts, messaging, payments, tickets
from admitone.accounts import KnownDevices
from admitone.assembly.bitcoin import Nodes, bitcoin_ground, open_nodes
from admitone.assembly.by_address import ByAddressFlows, by_address_flows
from admitone.assembly.connected_wallets import (
    ConnectedWalletFlows,
    connected_wallet_flows,
    connected_wallet_reactions,
)
from admitone.assembly.ground import Ground
from admitone.assembly.money import MoneyFlows, money_asking, money_flows, money_reactions
from admitone.assembly.ownership import OwnershipFlows, ownership_flows, ownership_reactions
from admitone.assembly.providers import kinds
from admitone.assembly.streams import watching_online
from admitone.databases import OpenDatabase
from admitone.flows.admit import Admit
from admitone.flows.approvals import Approvals
from admitone.flows.bitcoin_desk import BitcoinDesk
from admitone.flows.cancel_event import EventCancelling
from admitone.flows.delete_account import AccountEnding
from admitone.flows.documents import Documents
from admitone.flows.exchange import Exchanging
from admitone.flows.expiry import Expiry
from admitone.flows.join import Join
from admitone.flows.notices import NoticeDesk
from admitone.flows.offer_book import OfferBook
from admitone.flows.order_letters import OrderLetters
from admitone.flows.pay_with_bitcoin import PayWithBitcoin
from admitone.flows.payment import Payment
from admitone.flows.payment_accounts import PaymentAccounts
from admitone.flows.post_office import PostOffice
from admitone.flows.promo_codes import PromoCodes
from admitone.flows.purchase import Purchase, Rules
from admitone.flows.reactions import Reactions
from admitone.flows.refund import Refunding
from admitone.flows.settlement import Settlement
from admitone.flows.team import Team
from admitone.flows.tell_moved import MoveTelling
from admitone.flows.watch_stream import WatchStream
from admitone.flows.write_holders import Circulars
from admitone.messaging.senders.mailbox import MailboxSender
from admitone.messaging.senders.smtp import SmtpSender, SmtpServer
from admitone.payments.credit import CreditCodes
from admitone.payments.providers.play_bitcoin import PlayPayer
from admitone.payments.providers.sandbox import Bank, NoticeSecret
from admitone.plumbing.database import Database
from admitone.plumbing.limiter import Limiter
from admitone.plumbing.links import Links
from admitone.plumbing.outgoing import Client, open_client
from admitone.plumbing.sealing import Sealer, load_or_create_master_key
from admitone.plumbing.signing import KeyRing
from admitone.settings import Settings
from admitone.values.clock import Clock, SystemClock


@dataclass(frozen=True, slots=True)
class Assembly:
    """Everything an entrypoint needs, built once per process."""

    settings: Settings
    database: Database
    clock: Clock
    links: Links
    keys: tickets.KeyKeeper
    limiter: Limiter
    payment_accounts: PaymentAccounts
    sandbox: Bank | None
    client: Client
    nodes: Nodes
    offers: OfferBook
    purchase: Purchase
    exchanging: Exchanging
    payment: Payment
    pay_with_bitcoin: PayWithBitcoin
    bitcoin_desk: BitcoinDesk
    settlement: Settlement
    notices: NoticeDesk
    expiry: Expiry
    refunding: Refunding
    cancelling: EventCancelling
    admit: Admit
    watching: WatchStream
    join: Join
    account_ending: AccountEnding
    team: Team
    passwords: accounts.Passwords
    post: PostOffice
    letters: OrderLetters
    documents: Documents
    telling: MoveTelling
    circulars: Circulars
    reactions: Reactions
    money: MoneyFlows
    connected_wallets: ConnectedWalletFlows
    by_address: ByAddressFlows
    ownership: OwnershipFlows

    @property
    def ring(self) -> KeyRing:
        """The keys that sign and verify codes, as this process knows them now."""
        return self.keys.ring

    @property
    def play_payer(self) -> PlayPayer | None:
        """Whoever pays with play Bitcoin, when the site offers play money."""
        return None if self.sandbox is None else PlayPayer(self.database, self.clock)

    async def close(self) -> None:
        """Give connections and threads back."""
        self.passwords.close()
        await self.client.aclose()
        await self.nodes.client.aclose()
        await self.database.close()


def master_key(settings: Settings) -> bytes:
    """The 32-byte key everything else is derived from or sealed with: from settings, else a file in `home`."""
    if settings.master_key is not None:
        return bytes.fromhex(settings.master_key.get_secret_value())
    return load_or_create_master_key(settings.home / "master.key")


def make_sender(settings: Settings, clock: Clock) -> messaging.Sender:
    """SMTP when a server is named, else the development mailbox."""
    if settings.smtp_host is None:
        return MailboxSender()
    server = SmtpServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        security=settings.smtp_security,
        username=settings.smtp_username,
        password=None if settings.smtp_password is None else settings.smtp_password.get_secret_value(),
    )
    return SmtpSender(server, from_email=settings.mail_from, from_name=settings.site_name, clock=clock)


async def assemble(
    settings: Settings,
    opened: OpenDatabase,
    role: str | None,
    *,
    clock: Clock | None = None,
    name: str = "admitone",
) -> Assembly:
    """Build everything on a migrated database. `role` is the database role to work as, `name` what the server sees."""
    clock, key = clock or SystemClock(), master_key(settings)
    database = Database(opened.url, pool_size=settings.pool_size, role=role, name=name)
    sandbox = sandbox_bank(settings, database, clock, key)
    client, nodes = open_client(), open_nodes(settings)
    bitcoin = bitcoin_ground(settings, database, clock, key)
    known = kinds(settings, clock, client, sandbox, payments.HandBook(database, clock), bitcoin, nodes)
    ground = await _ground(settings, database, clock, key, known)
    offers, accounts_, settlement = ground.offers, ground.payment_accounts, ground.settlement
    limiter, post, order_url = ground.limiter, ground.post, ground.order_url
    expiry = Expiry(database, clock, settlement.ask_about_order)
    passwords = accounts.Passwords()
    cancelling = EventCancelling(database, clock, accounts_, post, order_url)
    money = money_flows(ground, cancelling)
    join = Join(database, clock, passwords, limiter, post, KnownDevices(key), site_url=settings.site_url)
    ownership = ownership_flows(ground, KnownDevices(key), join.proof)
    telling = MoveTelling(database, clock, ground.letters)
    circulars = Circulars(database, clock, post, order_url, ground.ticket_url)
    purchase, payment = _selling(ground, expiry)
    pay_with_bitcoin = PayWithBitcoin(database, payment, bitcoin.book)
    by_address = by_address_flows(ground, purchase, payment, pay_with_bitcoin, bitcoin.book, key)
    connected_wallets = connected_wallet_flows(ground, payment, by_address)
    admit = Admit(database, clock, ground.keys.ring)
    return Assembly(
        settings=settings,
        database=database,
        clock=clock,
        links=ground.links,
        keys=ground.keys,
        limiter=limiter,
        payment_accounts=accounts_,
        sandbox=sandbox,
        client=client,
        nodes=nodes,
        offers=offers,
        purchase=purchase,
        exchanging=Exchanging(database, clock, accounts_, offers, purchase, ground.approvals),
        payment=payment,
        pay_with_bitcoin=pay_with_bitcoin,
        bitcoin_desk=BitcoinDesk(database, clock, accounts_, payment),
        settlement=settlement,
        notices=NoticeDesk(database, clock, accounts_),
        expiry=expiry,
        refunding=ground.refunding,
        cancelling=cancelling,
        admit=admit,
        watching=watching_online(settings, database, clock, admit, key),
        join=join,
        account_ending=_account_ending(ground, join, connected_wallets),
        team=Team(database, clock, limiter, post, site_url=settings.site_url),
        passwords=passwords,
        post=post,
        letters=ground.letters,
        documents=ground.documents,
        telling=telling,
        circulars=circulars,
        money=money,
        connected_wallets=connected_wallets,
        by_address=by_address,
        ownership=ownership,
        reactions=_reactions(ground, cancelling, telling, circulars, money, ownership, connected_wallets),
    )


def _selling(ground: Ground, expiry: Expiry) -> tuple[Purchase, Payment]:
    settings, offers = ground.settings, ground.offers
    rules = Rules(settings.hold_seconds, settings.pay_seconds)
    purchase = Purchase(
        ground.database, ground.clock, offers, ground.promo_codes, ground.keys.ring, expiry, rules
    )
    payment = Payment(
        ground.database, ground.clock, ground.payment_accounts, offers, ground.settlement, ground.order_url
    )
    return purchase, payment


def _account_ending(ground: Ground, join: Join, connected: ConnectedWalletFlows) -> AccountEnding:
    find_url = f"{ground.settings.site_url}/tickets/find"
    return AccountEnding(
        ground.database, ground.clock, join.proof, connected.connections, ground.post, find_url
    )


def _reactions(
    ground: Ground,
    cancelling: EventCancelling,
    telling: MoveTelling,
    circulars: Circulars,
    money: MoneyFlows,
    ownership: OwnershipFlows,
    connected_wallets: ConnectedWalletFlows,
) -> Reactions:
    return Reactions(
        ground.database,
        ground.settlement,
        ground.letters,
        cancelling,
        telling,
        circulars,
        more={
            **money_reactions(money),
            **ownership_reactions(ownership),
            **connected_wallet_reactions(connected_wallets),
        },
        asking=money_asking(money),
    )


async def _ground(
    settings: Settings, database: Database, clock: Clock, key: bytes, known: Mapping[str, payments.Kind]
) -> Ground:
    sealer = Sealer({1: key}, active=1)
    links = Links(key)
    keys = await signing_keys(database, sealer)

    def order_url(order_id: UUID) -> str:
        return f"{settings.site_url}/orders/{links.make('order', order_id)}"

    def ticket_url(about: UUID) -> str:
        return f"{settings.site_url}/t/{links.make('ticket', about)}"

    sender = make_sender(settings, clock)
    post = PostOffice(database, clock, sender, site_name=settings.site_name, base_url=settings.site_url)
    documents = Documents(database, keys, settings.site_url)
    payment_accounts = PaymentAccounts(database, clock, sealer, known, settings.site_url)
    offers, limiter = OfferBook(database, clock), Limiter(settings.limiter_url)
    approvals = Approvals(database, clock)
    return Ground(
        settings=settings,
        database=database,
        clock=clock,
        links=links,
        keys=keys,
        sealer=sealer,
        credit_codes=CreditCodes(key),
        limiter=limiter,
        promo_codes=PromoCodes(database, clock, limiter),
        post=post,
        documents=documents,
        letters=OrderLetters(database, post, documents, order_url, ticket_url),
        payment_accounts=payment_accounts,
        offers=offers,
        settlement=Settlement(database, clock, payment_accounts, offers, keys.ring),
        approvals=approvals,
        refunding=Refunding(database, clock, payment_accounts, approvals),
        order_url=order_url,
        ticket_url=ticket_url,
    )


async def signing_keys(database: Database, sealer: Sealer) -> tickets.KeyKeeper:
    """The keys that sign ticket codes; the first is made on first use."""
    await database.run(lambda tx: tickets.ensure_key(tx, sealer))
    async with database.reading() as reader:
        return tickets.KeyKeeper(database, sealer, await tickets.load_ring(reader, sealer))


def sandbox_bank(settings: Settings, database: Database, clock: Clock, key: bytes) -> Bank | None:
    """The sandbox bank, when the site offers play money."""
    if not settings.offers_sandbox:
        return None
    secret = hashlib.sha256(b"admitone sandbox notices|" + key).digest()
    return Bank(database, clock, NoticeSecret(secret))
