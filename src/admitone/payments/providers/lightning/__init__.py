"""Lightning: one provider that sells with any node (`node.LightningNode`).

A kind opens an account with `Lightning.provider(sheet, node)`.
"""

from admitone.payments.providers.lightning.preimages import Preimages as Preimages
from admitone.payments.providers.lightning.provider import METHOD as METHOD
from admitone.payments.providers.lightning.provider import Lightning as Lightning
from admitone.payments.providers.lightning.provider import LightningProvider as LightningProvider
