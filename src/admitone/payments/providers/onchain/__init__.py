"""Paying on Bitcoin's chain, over whatever implements `payments.bitcoin.chain.Chain`."""

from admitone.payments.providers.onchain.provider import CAPABILITIES as CAPABILITIES
from admitone.payments.providers.onchain.provider import METHOD as METHOD
from admitone.payments.providers.onchain.provider import Onchain as Onchain
from admitone.payments.providers.onchain.provider import OnchainProvider as OnchainProvider
from admitone.payments.providers.onchain.watching import Waker as Waker
from admitone.payments.providers.onchain.watching import sleeping as sleeping
