"""Every option there is, read from the environment (`ADMITONE_…`, and `DATABASE_URL`). Read at the top only."""

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from platformdirs import user_data_path
from pydantic import AliasChoices, Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from admitone import payments
from admitone.flows.site_fees import SiteFees, read_site_fee
from admitone.values.sites import LOOPBACK, site_at

RateSource = Literal["coinbase", "kraken", "bitstamp", "bitfinex", "coingecko", "bitpay"]


def _try_uma_key(field_name: str | None, key: SecretStr | None, certificates: str | None) -> None:
    """Raise a `ValueError` that quotes neither when they cannot be used."""
    assert field_name is not None, "a validator of fields"
    use = field_name.split("_")[1]
    payments.uma.own_key(use, None if key is None else key.get_secret_value(), certificates, bytes(32))


class Settings(BaseSettings):
    """Defaults run a whole site with nothing prepared: own PostgreSQL, sandbox payments, kept letters."""

    model_config = SettingsConfigDict(env_prefix="ADMITONE_", extra="ignore", frozen=True)

    # --- where ---
    database_url: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("DATABASE_URL", "ADMITONE_DATABASE_URL"),
        description="PostgreSQL 15 or newer; without it the program starts its own",
    )
    home: Path = Field(
        default_factory=lambda: user_data_path("admitone"), description="own database, own keys"
    )
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    base_url: str | None = Field(default=None, description="how buyers reach this site; no slash at the end")
    allowed_hosts: tuple[str, ...] = Field(default=(), description="other host names this site answers to")
    trusted_proxies: tuple[str, ...] = Field(
        default=(), description="networks whose X-Forwarded-For is believed"
    )
    site_name: str = "Admit One"
    development: bool | None = Field(
        default=None,
        description="play money and readable letters; by itself when the site is on this machine only",
    )

    # --- secrets ---
    master_key: SecretStr | None = Field(
        default=None, description="64 hex digits; without it a file in `home`"
    )

    # --- database ---
    pool_size: int = Field(
        default=12, ge=2, le=100, description="connections per process; as many again, 8 at most, for batches"
    )

    # --- selling ---
    hold_seconds: int = Field(default=900, ge=10, le=7200)
    pay_seconds: int = Field(default=900, ge=30, le=86400)

    # --- payments ---
    payments_sandbox: bool | None = Field(
        default=None, description="offer sandbox payments (play money); by itself in development only"
    )

    stripe_url: str | None = Field(default=None, description="a stand-in for Stripe, in development only")
    paystack_url: str | None = Field(default=None, description="a stand-in for Paystack, in development only")
    paypal_url: str | None = Field(default=None, description="a stand-in for PayPal, in development only")

    # --- bitcoin ---
    bitcoin_rates: Literal["public", "play"] | None = Field(
        default=None,
        description="what bitcoin costs in test mode: as exchanges say, or fixed play prices; by itself play in"
        " development only. Real money always costs what exchanges say",
    )
    bitcoin_rate_sources: tuple[RateSource, ...] = Field(
        default=("coinbase", "kraken", "bitstamp", "bitfinex", "coingecko", "bitpay"),
        description="the exchanges that are asked",
    )
    bitcoin_rate_sources_least: int = Field(
        default=3, ge=1, le=6, description="so many of them have to agree"
    )
    bitcoin_rate_spread_bps: int = Field(
        default=200, ge=10, le=2000, description="how far apart they may be, in hundredths of a percent"
    )

    nodes_on_own_network: bool | None = Field(
        default=None,
        description="organisers may name nodes (Bitcoin Core, LND) at addresses of this site's own network;"
        " by itself in development only",
    )

    # --- fees ---
    platform_fee: str = Field(
        default="",
        description="the site's fee on each ticket, such as 2.5% + EUR 0.50; without it organisers set the fee",
    )
    processing_fee: str = Field(
        default="", description="the site's fee for carrying the money, such as 1.5% + EUR 0.25"
    )

    # --- UMA ---
    uma_signing_key: SecretStr | None = Field(
        default=None, description="64 hex digits (secp256k1); without it one made from the master key"
    )
    uma_signing_certificates: str | None = Field(
        default=None, description="its certificates as PEM, from the leaf to the root"
    )
    uma_encryption_key: SecretStr | None = Field(
        default=None, description="64 hex digits (secp256k1); without it one made from the master key"
    )
    uma_encryption_certificates: str | None = Field(
        default=None, description="its certificates as PEM, from the leaf to the root"
    )
    uma_kyc: Literal["VERIFIED", "NOT_VERIFIED", "PENDING", "UNKNOWN"] = Field(
        default="UNKNOWN", description="what other providers are told of the organisers here"
    )

    # --- letters ---
    smtp_host: str | None = Field(
        default=None, description="without it letters are kept, and shown at /dev/mailbox in development"
    )
    smtp_port: int = 587
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    mail_from: str = "tickets@localhost"

    # --- more than one machine ---
    limiter_url: str = Field(default="async+memory://", description="where rate limits are counted")

    log_format: Literal["text", "json"] = "text"

    @field_validator("base_url")
    @classmethod
    def _no_slash(cls, value: str | None) -> str | None:
        return None if value is None else value.rstrip("/")

    @field_validator("platform_fee", "processing_fee")
    @classmethod
    def _readable_fee(cls, value: str) -> str:
        read_site_fee(value)
        return value

    @field_validator("uma_signing_key", "uma_encryption_key")
    @classmethod
    def _usable_uma_key(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        _try_uma_key(info.field_name, value, None)
        return value

    @field_validator("uma_signing_certificates", "uma_encryption_certificates")
    @classmethod
    def _certificates_of_the_uma_key(cls, value: str | None, info: ValidationInfo) -> str | None:
        assert info.field_name is not None, "a validator of fields"
        if value is not None:
            _try_uma_key(
                info.field_name, info.data.get(info.field_name.replace("certificates", "key")), value
            )
        return value

    @property
    def site_fees(self) -> SiteFees:
        """What the site earns on what is sold."""
        return SiteFees(read_site_fee(self.platform_fee), read_site_fee(self.processing_fee))

    @property
    def site_url(self) -> str:
        """`base_url`, or the address this process listens at."""
        return self.base_url or site_at(self.host, self.port)

    @property
    def is_development(self) -> bool:
        """Nobody but the person trying it out can reach this site: it may show letters and take play money.

        Whoever names a proxy says that others come through it.
        """
        if self.development is not None:
            return self.development
        is_here = urlsplit(self.site_url).hostname in LOOPBACK and self.host in LOOPBACK
        return is_here and not self.trusted_proxies

    @property
    def offers_sandbox(self) -> bool:
        """Sandbox payments are offered."""
        return self.is_development if self.payments_sandbox is None else self.payments_sandbox

    @property
    def pays_by_public_rates(self) -> bool:
        """Bitcoin costs what exchanges say also in test mode, and not play prices."""
        return self.bitcoin_rates == "public" or (self.bitcoin_rates is None and not self.is_development)

    @property
    def allows_nodes_on_own_network(self) -> bool:
        """Organisers may name nodes at private addresses. Where strangers become organisers, they must not."""
        return self.is_development if self.nodes_on_own_network is None else self.nodes_on_own_network

    @property
    def is_https(self) -> bool:
        """Buyers reach the site over TLS."""
        return self.site_url.startswith("https://")
