"""The text of EIP-4361 that a wallet signs."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from accounts.ethereum.message import Message, NotAMessage, read

MESSAGE = Message(
    domain="example.org:8443",
    address="0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    statement="Sign in.",
    uri="https://example.org:8443",
    chain_id=42161,
    nonce="0123456789abcdef",
    issued_at=datetime(2026, 11, 25, 4, 22, 54, tzinfo=UTC),
    expires_at=datetime(2026, 11, 25, 4, 27, 54, tzinfo=UTC),
)


def test_it_has_the_lines_of_the_standard():
    assert MESSAGE.text().splitlines() == [
        "example.org:8443 wants you to sign in with your Ethereum account:",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "",
        "Sign in.",
        "",
        "URI: https://example.org:8443",
        "Version: 1",
        "Chain ID: 42161",
        "Nonce: 0123456789abcdef",
        "Issued At: 2026-11-25T04:22:54Z",
        "Expiration Time: 2026-11-25T04:27:54Z",
    ]


def test_what_is_written_is_read_back():
    assert read(MESSAGE.text()) == MESSAGE


@pytest.mark.parametrize(
    "edited",
    [
        "",
        MESSAGE.text() + "\n",
        MESSAGE.text() + "\nResources:\n- https://evil.example",
        MESSAGE.text().replace("Version: 1", "Version: 2"),
        MESSAGE.text().replace("2026-11-25T04:22", "2026-13-25T04:22"),
        MESSAGE.text().replace("Sign in.", "Sign\nin."),
        "\n" + MESSAGE.text(),
    ],
)
def test_another_form_is_no_message(edited):
    with pytest.raises(NotAMessage):
        read(edited)


def test_differences_are_named():
    assert MESSAGE.differences(MESSAGE) == []
    assert replace(MESSAGE, chain_id=1, domain="evil.example").differences(MESSAGE) == ["domain", "chain_id"]
