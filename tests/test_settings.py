"""What a site offers by itself depends on who can reach it."""

from pathlib import Path

import pytest

from admitone.entrypoints.trying_out import shows_mailbox
from admitone.settings import Settings


@pytest.mark.parametrize(
    ("changes", "is_open"),
    [
        ({}, True),
        ({"base_url": "http://localhost:8000"}, True),
        ({"base_url": "https://tickets.example.org"}, False),
        ({"base_url": "http://192.0.2.7:8000"}, False),
        ({"host": "::1"}, True),
        ({"host": "0.0.0.0"}, False),  # noqa: S104 - the case that must not be open
        ({"base_url": "https://tickets.example.org", "development": True}, True),
        ({"trusted_proxies": ("127.0.0.1",)}, False),
        ({"trusted_proxies": ("127.0.0.1",), "development": True}, True),
        ({"development": False}, False),
    ],
)
def test_play_money_and_readable_letters_stay_on_this_machine(
    tmp_path: Path, changes: dict[str, object], is_open: bool
) -> None:
    settings = Settings(home=tmp_path, **changes)  # type: ignore[arg-type]
    assert settings.offers_sandbox is is_open
    assert shows_mailbox(settings) is is_open


def test_with_a_mail_server_nobody_can_read_letters_here(tmp_path: Path) -> None:
    assert shows_mailbox(Settings(home=tmp_path, smtp_host="mail.example.org")) is False


@pytest.mark.parametrize(
    ("changes", "may"),
    [
        ({}, True),
        ({"base_url": "https://tickets.example.org"}, False),
        ({"trusted_proxies": ("127.0.0.1",)}, False),
        ({"development": False}, False),
        ({"base_url": "https://tickets.example.org", "nodes_on_own_network": True}, True),
        ({"nodes_on_own_network": False}, False),
    ],
)
def test_nodes_on_the_sites_own_network_are_for_trials_and_for_those_who_say_so(
    tmp_path: Path, changes: dict[str, object], may: bool
) -> None:
    assert Settings(home=tmp_path, **changes).allows_nodes_on_own_network is may  # type: ignore[arg-type]
