"""Why a wallet cannot be connected, or does not pay."""

from admitone.values.refusals import Busy, Conflict, Invalid, NotFound


class NotAConnection(Invalid):
    """It is no connection of Nostr Wallet Connect."""

    code = "nwc.not_a_connection"
    text = (
        "This is not a wallet connection. It begins with nostr+walletconnect:// and your wallet app makes it."
    )


class ConnectionWithoutKey(Invalid):
    """It does not say which wallet."""

    code = "nwc.no_key"
    text = "The part of this connection that names the wallet is missing or damaged. Please copy all of it again."


class ConnectionWithoutSecret(Invalid):
    """It has no secret, so nobody could pay with it."""

    code = "nwc.no_secret"
    text = "The secret of this connection is missing or damaged. Please copy all of it again."


class ConnectionWithoutRelay(Invalid):
    """It does not say by which relay the wallet is reached."""

    code = "nwc.no_relay"
    text = "This connection does not say where the wallet can be reached. Please copy all of it again."


class RelayNotSecure(Invalid):
    """Its relay does not speak TLS."""

    code = "nwc.relay_not_secure"
    text = "The relay of this connection is not reached by an encrypted address: it has to begin with wss://."


class RelayNotPublic(Invalid):
    """Its relay is on a private network."""

    code = "nwc.relay_not_public"
    text = "The relay of this connection is on a private network, which we do not connect to. Choose a public relay."


class ConnectedWalletAway(Busy):
    """The wallet, or the relay between us, gave no answer."""

    code = "nwc.away"
    text = "Your wallet does not answer. Open it, and try again in a minute."


class ConnectedWalletRefused(Conflict):
    """The wallet does not know this connection (any more), or lets it do nothing."""

    code = "nwc.refused"
    text = "Your wallet does not accept this connection. Make a new one there, and paste it here."


class CannotPay(Conflict):
    """The connection may look, and not pay."""

    code = "nwc.cannot_pay"
    text = "This connection may not pay invoices. Make one in your wallet that may, with a budget you are fine with."


class NotConnected(NotFound):
    """This person has connected no wallet."""

    code = "nwc.not_connected"
    text = "You have not connected a wallet."


class NotAsked(NotFound):
    """No connected wallet was asked to pay this order, or not yet."""

    code = "nwc.not_asked"
    text = "No connected wallet has been asked to pay this order."


class NothingToPay(Conflict):
    """There is no Lightning invoice of this order that can be paid now."""

    code = "nwc.nothing_to_pay"
    text = "There is no Lightning invoice to pay for this order just now. Look at the order, and choose Bitcoin again."
