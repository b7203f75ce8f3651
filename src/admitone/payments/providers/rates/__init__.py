"""What one bitcoin costs, as several exchanges say in public."""

from admitone.payments.providers.rates.public import PublicRates as PublicRates
from admitone.payments.providers.rates.sources import SOURCES as SOURCES
from admitone.payments.providers.rates.sources import Source as Source
